import type { Permissions } from '../consumer-keys/consumer-key';
import type { AuthRequest } from './auth-request';
import { needsKey } from './method-permission';
import { twoRoutes } from './verification-errors';
import type { RestAddress } from './rest-address';
import type { KeyAuthentication, VerifiedKey } from './verify';

/**
 * Returns the key that allows a request, or `undefined` if the request needs no key and has none.
 * The gateway, forward auth and the middleware all decide by this function.
 *
 * @param address `undefined` outside the REST API, where every request except OPTIONS needs a key
 * @throws RestError 401 or 403
 */
export async function restAccess(
  keys: KeyAuthentication,
  request: AuthRequest,
  address: RestAddress | undefined,
  need?: Permissions,
): Promise<VerifiedKey | undefined> {
  if (address?.namesTwoRoutes) throw twoRoutes();
  if (needsKey(request, address?.path)) return keys.verify(request, need);
  return isPreflight(request) ? undefined : keys.verifyIfPresented(request, need);
}

/**
 * Returns whether the request is a browser's preflight. Its URL may carry the signature of the
 * request that follows, which cannot match OPTIONS, so the credential in a preflight is not
 * checked.
 */
export function isPreflight({ method, asksMethod = false }: AuthRequest): boolean {
  return asksMethod && method.toUpperCase() === 'OPTIONS';
}
