import type { Resource } from '../consumer-keys/key-limits';
import { RestError } from '../errors/http-errors';
import type { OAuthParameter } from './presented-credential';

// Every error of protocol 3.1, with WooCommerce's codes and texts unless a comment says otherwise.

const rejected = (message: string, data: Readonly<Record<string, unknown>> = {}) =>
  new RestError(401, 'woocommerce_rest_authentication_error', message, data);
const cannotView = (status: number, data: Readonly<Record<string, unknown>> = {}) =>
  new RestError(status, 'woocommerce_rest_cannot_view', 'Sorry, you cannot list resources.', data);

export const noCredential = () => cannotView(401);
/**
 * Not WooCommerce's text: it answers as if there were no credential, which does not tell what is
 * wrong.
 */
export const insecure = () =>
  rejected(
    'A consumer key and secret are accepted over https only. Use https, or sign the request with OAuth 1.0a.',
  );
export const unknownKey = () => rejected('Consumer key is invalid.');
export const wrongSecret = () => rejected('Consumer secret is invalid.');
export const missingParameters = (missing: readonly OAuthParameter[]) =>
  new RestError(
    401,
    'woocommerce_rest_authentication_missing_parameter',
    `Missing OAuth parameter${missing.length > 1 ? 's' : ''} ${missing.join(', ')}`,
  );
export const unknownSignatureMethod = () => rejected('Invalid signature - signature method is invalid.');
/** Pass `baseStrings` with OAUTH_DEBUG only, and without secrets. */
export const wrongSignature = (baseStrings?: readonly string[]) =>
  rejected(
    'Invalid signature - provided signature does not match.',
    baseStrings === undefined ? {} : { base_strings: baseStrings },
  );
/**
 * Pass `clockSkewSeconds`, how far the client's clock is ahead of this server's, with OAUTH_DEBUG
 * only.
 */
export const wrongTimestamp = (clockSkewSeconds?: number) =>
  rejected(
    'Invalid timestamp.',
    clockSkewSeconds === undefined ? {} : { clock_skew_seconds: clockSkewSeconds },
  );
export const usedNonce = () => rejected('Invalid nonce - nonce has already been used.');
export const noWritePermission = () => rejected('The API key provided does not have write permissions.');
export const noReadPermission = () => rejected('The API key provided does not have read permissions.');
/** The address names two routes (protocol 3.0). */
export const twoRoutes = () => rejected('The provided API key cannot be used to access this endpoint.');
export const noRoute = () =>
  new RestError(404, 'rest_no_route', 'No route was found matching the URL and request method.');
export const unknownMethod = () => rejected('Unknown request method.');
export const ownerIsNotManager = () => cannotView(403);
/** Not WooCommerce's text: its keys never end. Only who proved the secret gets it. */
export const expiredKey = () => rejected('Consumer key has expired.');
/** Not WooCommerce's code: its keys work from every address. */
export const addressNotAllowed = () =>
  new RestError(
    403,
    'wc_auth_address_not_allowed',
    'This consumer key may not be used from this address. The store can change the allowed addresses.',
  );
/** `group`: what the key does not open. `undefined`: the route does not belong to one group. */
export const cannotViewResource = (group: Resource | undefined) => cannotView(403, dataOf(group));
export const cannotEditResource = (group: Resource | undefined) =>
  new RestError(
    403,
    'woocommerce_rest_cannot_edit',
    'Sorry, you are not allowed to edit this resource.',
    dataOf(group),
  );
const dataOf = (group: Resource | undefined) => ({ resource: group ?? null });

/**
 * Returns the error after too many wrong keys from one address. It no longer says what is wrong
 * with the key.
 */
export function tooManyFailures(waitMs: number): RestError {
  const seconds = Math.ceil(waitMs / 1000);
  return new RestError(
    429,
    'wc_auth_too_many_failures',
    `Too many requests with a wrong key came from this address. A correct key is still accepted. Otherwise wait ${seconds} seconds.`,
    {},
    { 'Retry-After': String(seconds) },
  );
}
