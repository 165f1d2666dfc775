import type { Permissions } from '../consumer-keys/consumer-key';
import { readRequest, type AuthRequest, type ReadRequest } from './auth-request';
import { overridingMethods } from './overriding-method';
import { noReadPermission, noWritePermission, unknownMethod } from './verification-errors';
import { isRestIndex } from './rest-routes';

const READS = new Set(['GET', 'HEAD']);
const WRITES = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/**
 * Returns whether the request needs a key. OPTIONS and the GET of an index do not, unless another
 * method overrides them.
 *
 * @param path the canonical path, of a REST route only
 */
export function needsKey(request: AuthRequest, path?: string): boolean {
  const isIndex = path !== undefined && isRestIndex(request.method, path);
  // Nearly every request ends here, so its query is not parsed.
  if (!isIndex && request.method.toUpperCase() !== 'OPTIONS') return true;
  return requestedMethods(readRequest(request)).some(
    (method) => method !== 'OPTIONS' && !(isIndex && READS.has(method)),
  );
}

/**
 * Checks that the key's permissions allow the sent method and every method that overrides it.
 * WooCommerce checks the overriding method only, so a read key can POST there.
 * @throws RestError 401
 */
export function checkPermission(request: ReadRequest, permissions: Permissions): void {
  checkMethods(requestedMethods(request), permissions);
}

/**
 * Checks the permissions for a `_method` in a body that was not read yet. Returns `undefined` if
 * the body need not be read.
 *
 * Frameworks look for `_method` in a POST only. A read key may not POST, and a read-write key gains
 * nothing by a `_method`, so only a write key's body is read.
 *
 * @throws RestError 401, and what reading the body throws
 */
export function checkUnreadBody(
  { method, methodsInBody }: Pick<ReadRequest, 'method' | 'methodsInBody'>,
  permissions: Permissions,
): Promise<void> | undefined {
  if (method !== 'POST' || permissions !== 'write' || !methodsInBody) return undefined;
  return methodsInBody().then((methods) => {
    checkMethods(methods, permissions);
  });
}

function checkMethods(methods: readonly string[], permissions: Permissions): void {
  for (const method of methods) {
    if (READS.has(method)) {
      if (permissions === 'write') throw noReadPermission();
    } else if (WRITES.has(method)) {
      if (permissions === 'read') throw noWritePermission();
    } else if (method !== 'OPTIONS') {
      throw unknownMethod();
    }
  }
}

/**
 * Checks the permission that a route needs in addition to that of the method.
 * @throws RestError 401
 */
export function checkNeed(need: Permissions, permissions: Permissions): void {
  if (need !== 'write' && permissions === 'write') throw noReadPermission();
  if (need !== 'read' && permissions === 'read') throw noWritePermission();
}

// Includes a `_method` after a `;`, because some APIs split a query there.
function requestedMethods(request: ReadRequest): string[] {
  const methods = [request.method];
  const header = request.methodOverride?.trim().toUpperCase();
  if (header) methods.push(header);
  for (const { pairs, otherPairs } of [request.query(), request.form()])
    methods.push(...overridingMethods(pairs), ...overridingMethods(otherPairs()));
  return methods;
}
