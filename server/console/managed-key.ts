import type { Request } from 'express';
import type { ConsumerKeyService } from '../consumer-keys/consumer-key-service';
import type { ConsumerKey } from '../consumer-keys/consumer-key';
import { PageError } from '../errors/http-errors';
import type { Messages } from '../pages/messages';
import type { StoreUrl } from '../http/store-url';
import { mayManage } from '../users/may-manage';
import type { User } from '../users/user';
import type { UserService } from '../users/user-service';
import { parseId } from './console-form';

export type ManagedKeys = ReturnType<typeof managedKeys>;

/** The key that an address names, for those who may have to do with it. */
export function managedKeys({
  consumerKeys,
  users,
  messages,
  storeUrl,
}: {
  consumerKeys: ConsumerKeyService;
  users: UserService;
  messages: Messages;
  storeUrl: StoreUrl;
}) {
  const toKeys = () => ({ href: `${storeUrl.basePath}/keys`, label: messages('keys.all') });
  const gone = () => new PageError(404, messages('key.gone'), messages('key.gone_text'), toKeys());
  const forbidden = () =>
    new PageError(403, messages('key.forbidden'), messages('key.forbidden_text'), toKeys());

  /** @throws PageError 404 */
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
    /** @throws PageError 404, or 403 for what is an administrator's */
    async findFor(user: User, request: Request): Promise<{ key: ConsumerKey; owner: User }> {
      const found = await find(request);
      if (!mayManage(user, found.owner)) throw forbidden();
      return found;
    },
    /** Somebody else changed or ended it meanwhile. */
    overtaken: (keyId: number) =>
      new PageError(409, messages('key.overtaken'), messages('key.overtaken_text'), {
        href: `${storeUrl.basePath}/keys/${keyId}`,
        label: messages('key.show'),
      }),
  };
}
