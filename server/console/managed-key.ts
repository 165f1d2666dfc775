import type { Request } from 'express';
import type { ConsumerKeyService } from '../consumer-keys/consumer-key-service';
import type { ConsumerKey } from '../consumer-keys/consumer-key';
import { PageError } from '../errors/http-errors';
import type { StoreUrl } from '../http/store-url';
import { mayManage } from '../users/may-manage';
import type { User } from '../users/user';
import type { UserService } from '../users/user-service';
import { parseId } from './console-form';

export type ManagedKeys = ReturnType<typeof managedKeys>;

/** Finds the key in a request's path, and checks whether the user may change it. */
export function managedKeys({
  consumerKeys,
  users,
  storeUrl,
}: {
  consumerKeys: ConsumerKeyService;
  users: UserService;
  storeUrl: StoreUrl;
}) {
  const toKeys = () => ({ href: `${storeUrl.basePath}/keys`, label: 'keys.all' });
  const gone = () => new PageError(404, 'key.gone', { next: toKeys() });
  const forbidden = () => new PageError(403, 'key.forbidden', { next: toKeys() });

  /** Finds a key and its owner. @throws PageError 404 */
  async function find(request: Request): Promise<{ key: ConsumerKey; owner: User }> {
    const { keyId } = request.params;
    const id = parseId(typeof keyId === 'string' ? keyId : undefined);
    const key = id === undefined ? undefined : await consumerKeys.find(id);
    const owner = key && (await users.find(key.userId));
    if (!owner) throw gone();
    return { key, owner };
  }
  return {
    find,
    forbidden,
    /**
     * Finds a key that the user may change.
     * @throws PageError 404, or 403 if it belongs to an administrator.
     */
    async findFor(user: User, request: Request): Promise<{ key: ConsumerKey; owner: User }> {
      const found = await find(request);
      if (!mayManage(user, found.owner)) throw forbidden();
      return found;
    },
    /** Returns the error for a key that was changed or revoked at the same time. */
    overtaken: (keyId: number) =>
      new PageError(409, 'key.overtaken', {
        next: { href: `${storeUrl.basePath}/keys/${keyId}`, label: 'key.show' },
      }),
  };
}
