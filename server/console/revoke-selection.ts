import type { Request } from 'express';
import type { KeySelection } from '../consumer-keys/consumer-key-store';
import { requestParams, textParam, textParams } from '../http/request-params';
import { parseId } from './console-form';

/** More cannot be ticked on one page. */
const IDS_MAX = 500;

/** The keys to end: some by their numbers, all of an app, all of a user, or all that a user gave an app. */
export interface RevokeWish {
  readonly keyIds: readonly string[];
  readonly app: string;
  readonly callbackOrigin: string;
  readonly userId: string;
  /** The newest key that the confirmation page spoke of. */
  readonly upTo: string;
}

export const REVOKE_FORM = {
  texts: ['app', 'callback_origin', 'user_id', 'up_to'],
  lists: ['key_id'],
} as const;

export function wishOf(request: Request): RevokeWish {
  const params = requestParams(request);
  const text = (name: string) => textParam(params, name) ?? '';
  return {
    keyIds: textParams(params, 'key_id'),
    app: text('app'),
    callbackOrigin: text('callback_origin'),
    userId: text('user_id'),
    upTo: '',
  };
}

/** `undefined` for a wish that names no keys, or names them in a way that no form of ours does. */
export function selectionOf(wish: RevokeWish): KeySelection | undefined {
  const { keyIds, app, callbackOrigin, userId, upTo } = wish;
  const ids = keyIds.map(parseId);
  const byIds = ids.length > 0;
  const byApp = app !== '' || userId !== '';
  if (byIds === byApp || ids.length > IDS_MAX || ids.includes(undefined)) return undefined;
  if (byIds) return { keyIds: ids.filter((id) => id !== undefined) };
  const owner = parseId(userId);
  const last = parseId(upTo);
  if ((userId !== '' && owner === undefined) || (upTo !== '' && last === undefined)) return undefined;
  if (callbackOrigin !== '' && app === '') return undefined;
  return {
    ...(app === '' ? {} : { appName: app }),
    ...(callbackOrigin === '' ? {} : { callbackOrigin }),
    ...(owner === undefined ? {} : { userId: owner }),
    ...(last === undefined ? {} : { upTo: last }),
  };
}

/** The wish again as hidden fields, bound to the keys that were there when it was confirmed. */
export function hiddenFields(
  wish: RevokeWish,
  found: { readonly keyIds: readonly number[]; readonly newest: number },
): (readonly [name: string, value: string])[] {
  if (wish.keyIds.length > 0) return found.keyIds.map((keyId) => ['key_id[]', String(keyId)] as const);
  return Object.entries({
    app: wish.app,
    callback_origin: wish.callbackOrigin,
    user_id: wish.userId,
    up_to: String(found.newest),
  }).filter(([, value]) => value !== '');
}
