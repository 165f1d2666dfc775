import {
  parseCallbackUrl,
  parseReturnUrl,
  type CallbackUrl,
  type ReturnUrl,
} from '../callback-delivery/urls';
import { isPermissions, type Permissions } from '../consumer-keys/consumer-key';
import { WcAuthError } from '../errors/http-errors';
import { utf8 } from '../http/php-params';
import type { RequestParams } from '../http/request-params';
import { repeated } from '../http/visible-text';

/** What an app asks with, in the order in which it is checked. */
export const GRANT_PARAMETERS = ['app_name', 'user_id', 'return_url', 'callback_url', 'scope'] as const;
export type GrantParameter = (typeof GRANT_PARAMETERS)[number];

/** The five parameters, checked. */
export interface GrantParameters {
  readonly appName: string;
  readonly appUserId: string;
  readonly returnUrl: ReturnUrl;
  readonly callbackUrl: CallbackUrl;
  readonly scope: Permissions;
  /** Each as it came, for every hop that carries them on and for the consent page's forms. */
  readonly asSent: Readonly<Record<GrantParameter, string>>;
}

/**
 * Reads the five parameters; GET and POST, authorize and the routes behind it, all read them here. The order of the
 * checks and their texts are WooCommerce's.
 *
 * @throws WcAuthError for the first check that fails.
 */
export function parseGrantParameters(params: RequestParams): GrantParameters {
  return checkGrantParameters(readGrantParameters(params));
}

/** The five as they were sent; the same checks hold for those a consent page was made with. */
export type AsSent = GrantParameters['asSent'];

function readGrantParameters(params: RequestParams): AsSent {
  return Object.fromEntries(GRANT_PARAMETERS.map((name) => [name, oneString(params, name)])) as AsSent;
}

/** @throws WcAuthError */
export function checkGrantParameters(asSent: AsSent): GrantParameters {
  const { scope } = asSent;
  if (!isPermissions(scope)) throw new WcAuthError(`Invalid scope ${repeated(scope)}.`);
  const returnUrl = parseReturnUrl(asSent.return_url);
  if (returnUrl === undefined) throw notAUrl(asSent.return_url);
  const callbackUrl = parseCallbackUrl(asSent.callback_url);
  if (callbackUrl === 'not-a-url') throw notAUrl(asSent.callback_url);
  if (callbackUrl === 'not-https') throw new WcAuthError('The callback_url needs to be over SSL.');
  return { appName: asSent.app_name, appUserId: asSent.user_id, returnUrl, callbackUrl, scope, asSent };
}

/** Makes both checks on one parameter before the next one is looked at, as WooCommerce 11.1 does (protocol 2.1). */
function oneString(params: RequestParams, name: GrantParameter): string {
  const value = params.get(name);
  // PHP's `empty()`: absent, `""` and `"0"`.
  if (value === undefined || value === '' || value === '0')
    throw new WcAuthError(`Missing parameter ${name}.`);
  // Bytes that are not UTF-8, and NUL, could not come back as they were sent.
  const text = typeof value === 'string' ? utf8(value) : undefined;
  if (text === undefined || text.includes('\0')) throw new WcAuthError(`Invalid parameter ${name}.`);
  return text;
}

const notAUrl = (value: string) => new WcAuthError(`The ${repeated(value)} is not a valid URL.`);

/** The five as a query, for the way from one route to the next. */
export function grantQuery({ asSent }: Pick<GrantParameters, 'asSent'>): string {
  return GRANT_PARAMETERS.map((name) => `${name}=${encodeURIComponent(asSent[name])}`).join('&');
}
