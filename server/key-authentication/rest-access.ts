import type { Permissions } from '../consumer-keys/consumer-key';
import type { AuthRequest } from './auth-request';
import { needsKey } from './method-permission';
import { twoRoutes } from './refusals';
import type { RestAddress } from './rest-address';
import type { KeyAuthentication, VerifiedKey } from './verify';

/**
 * Returns the key with which a request may pass, or `undefined` if it needs none and carries none. All three endpoints decide
 * by this.
 *
 * @param address `undefined` outside of the REST API, where every request but OPTIONS needs a key
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
 * Whether a browser asks what it may send. It asks with the signed URL of the request to come, whose signature cannot fit
 * OPTIONS, so no credential in it is checked.
 */
export function isPreflight({ method, asksMethod = false }: AuthRequest): boolean {
  return asksMethod && method.toUpperCase() === 'OPTIONS';
}
