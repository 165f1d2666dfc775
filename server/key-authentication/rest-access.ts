import type { Resource } from '../consumer-keys/key-limits';
import type { AuthRequest } from './auth-request';
import type { VerifiedKey } from './found-key';
import { needsKey } from './method-permission';
import { twoRoutes } from './verification-errors';
import { storeRoute } from '../http/route-path';
import { mayLeadToTheApi, queryNamesRoute, type RestAddress } from './rest-address';
import type { KeyAuthentication, Needs } from './verify';

/** What a program's own route needs. */
export interface OwnNeeds {
  /** The permission that the key needs in addition to that of the request's method. */
  readonly permission?: Needs['permission'];
  /**
   * The group that a limited key has to open (docs/keys.md). Without it, a route outside the REST API
   * belongs to `other`.
   */
  readonly resource?: Resource | undefined;
}

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
  { permission, resource }: OwnNeeds = {},
): Promise<VerifiedKey | undefined> {
  if (address?.namesTwoRoutes) throw twoRoutes();
  if (needsKey(request, address?.path))
    return keys.verify(request, {
      permission,
      route: { path: address?.path ?? hiddenRestPath(request), resource },
    });
  return isPreflight(request) ? undefined : keys.verifyIfPresented(request, { permission });
}

/**
 * Returns the path of a request outside the REST API that may lead there all the same. Its group is
 * that of the route if only the case of letters differs, and otherwise not known: WordPress prefers a
 * route in the query to the path.
 */
function hiddenRestPath({ target }: AuthRequest): string | undefined {
  const { path, query } = storeRoute(target, '');
  if (!mayLeadToTheApi({ path, query })) return undefined;
  return queryNamesRoute(query) ? '' : path;
}

/**
 * Returns whether the request is a browser's preflight. Its URL may carry the signature of the
 * request that follows, which cannot match OPTIONS, so the credential in a preflight is not
 * checked.
 */
export function isPreflight({ method, asksMethod = false }: AuthRequest): boolean {
  return asksMethod && method.toUpperCase() === 'OPTIONS';
}
