import type { Request } from 'express';
import type { KeySelection } from '../consumer-keys/key-conditions';
import { requestParams, textParam, textParams } from '../http/request-params';
import { parseId } from './console-form';

/** More than a page of the list shows. */
const IDS_MAX = 500;

/**
 * The keys to revoke: some by their ids, all of an app, all of a user, or all of a user's keys of
 * an app.
 */
export interface RevokeRequest {
  readonly keyIds: readonly string[];
  readonly app: string;
  readonly callbackOrigin: string;
  readonly userId: string;
  /** The newest key that the confirmation page counted. */
  readonly upTo: string;
  /** The query of the list that the user came from. */
  readonly list: string;
}

export const REVOKE_FORM = {
  texts: ['app', 'callback_origin', 'user_id', 'up_to', 'list'],
  lists: ['key_id'],
} as const;

/** Returns the request of a link, whose confirmation page has counted nothing yet. */
export function revokeRequestOf(request: Request): RevokeRequest {
  const params = requestParams(request);
  const text = (name: string) => textParam(params, name) ?? '';
  return {
    keyIds: textParams(params, 'key_id'),
    app: text('app'),
    callbackOrigin: text('callback_origin'),
    userId: text('user_id'),
    upTo: '',
    list: text('list'),
  };
}

/** Returns the request of a posted form. */
export function revokeRequestIn(
  texts: Readonly<Record<(typeof REVOKE_FORM.texts)[number], string>>,
  keyIds: readonly string[] = [],
): RevokeRequest {
  return {
    keyIds,
    app: texts.app,
    callbackOrigin: texts.callback_origin,
    userId: texts.user_id,
    upTo: texts.up_to,
    list: texts.list,
  };
}

/**
 * Returns the selection, or `undefined` if it names no keys or has values that the forms do not
 * send.
 */
export function selectionOf(wanted: RevokeRequest): KeySelection | undefined {
  const { keyIds, app, callbackOrigin, userId, upTo } = wanted;
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

/**
 * Returns the hidden fields of the confirmation form. They cover only keys that existed when the
 * page was shown.
 */
export function hiddenFields(
  wanted: RevokeRequest,
  found: { readonly keyIds: readonly number[]; readonly newest: number },
): (readonly [name: string, value: string])[] {
  const { keyIds, app, callbackOrigin, userId, list } = wanted;
  const fields: (readonly [string, string])[] =
    keyIds.length > 0
      ? found.keyIds.map((keyId) => ['key_id[]', String(keyId)])
      : [
          ['app', app],
          ['callback_origin', callbackOrigin],
          ['user_id', userId],
          ['up_to', String(found.newest)],
        ];
  return [...fields, ['list', list] as const].filter(([, value]) => value !== '');
}
