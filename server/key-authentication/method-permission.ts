import type { Permissions } from '../consumer-keys/consumer-key';
import { readRequest, type AuthRequest, type ReadRequest } from './auth-request';
import { overridingMethods } from './overriding-method';
import { noReadPermission, noWritePermission, unknownMethod } from './refusals';
import { isRestIndex } from './rest-routes';

const READS = new Set(['GET', 'HEAD']);
const WRITES = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/**
 * Whether the request needs a key at all. OPTIONS does not, and neither does the GET of an index, unless the method is
 * overridden by another one.
 *
 * @param path the canonical path, of a REST route only
 */
export function needsKey(request: AuthRequest, path?: string): boolean {
  const isIndex = path !== undefined && isRestIndex(request.method, path);
  // Nearly every request is settled by this, without taking its query apart.
  if (!isIndex && request.method.toUpperCase() !== 'OPTIONS') return true;
  return requestedMethods(readRequest(request)).some(
    (method) => method !== 'OPTIONS' && !(isIndex && READS.has(method)),
  );
}

/**
 * The key must be allowed the method that was sent and every one that overrides it. WooCommerce looks at the overriding one
 * alone, so that a read key may POST there.
 * @throws RestError 401
 */
export function checkPermission(request: ReadRequest, permissions: Permissions): void {
  checkMethods(requestedMethods(request), permissions);
}

/**
 * The same for a `_method` in a body that was not read yet; `undefined` if there is no need to read it. Frameworks look for one
 * in a POST only. A read key may not POST, and a key that may read and write has nothing to gain.
 *
 * @throws RestError 401, and what reading the body throws
 */
export function checkUnreadBody(
  { method, methodsInBody }: ReadRequest,
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
 * What a route asks for besides what the method demands.
 * @throws RestError 401
 */
export function checkNeed(need: Permissions, permissions: Permissions): void {
  if (need !== 'write' && permissions === 'write') throw noReadPermission();
  if (need !== 'read' && permissions === 'read') throw noWritePermission();
}

// One after a `;` counts too: some APIs split there.
function requestedMethods(request: ReadRequest): string[] {
  const methods = [request.method];
  const header = request.methodOverride?.trim().toUpperCase();
  if (header) methods.push(header);
  for (const { pairs, otherPairs } of [request.query(), request.form()])
    methods.push(...overridingMethods(pairs), ...overridingMethods(otherPairs()));
  return methods;
}
