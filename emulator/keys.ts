import type { App } from '../server/app';
import { isPermissions, type ConsumerKey } from '../server/consumer-keys/consumer-key';
import type { Account } from './accounts';
import { shown } from './check-options';
import { EmulatorError } from './errors';
import type { RememberedPairs } from './pairs';
import type { Key, Store } from './store';

export interface KeysDependencies {
  readonly app: Pick<App, 'consumerKeys' | 'users'>;
  readonly accounts: readonly Account[];
  readonly pairs: RememberedPairs;
  readonly now: () => number;
}

/** Returns the functions of the test kit that create, list and revoke keys without the pages. */
export function emulatedKeys({ app, accounts, pairs, now }: KeysDependencies) {
  const { consumerKeys, users } = app;
  const listed = ({ keyId, truncatedKey, permissions }: ConsumerKey) => ({
    keyId,
    consumerKey: pairs.endingWith(truncatedKey)?.consumerKey ?? '',
    permissions,
  });

  return {
    create: async ({
      permissions,
      user,
      description = 'Test key',
    }: Parameters<Store['createKey']>[0]): Promise<Key> => {
      if (!isPermissions(permissions))
        throw new EmulatorError(
          `permissions must be read, write or read_write (got ${JSON.stringify(permissions)}).`,
        );
      const login = user ?? accounts.find(({ role }) => role !== 'customer')?.login ?? '';
      const owner = await users.findByLogin(login);
      if (!owner)
        throw new EmulatorError(
          `The store has no user ${JSON.stringify(login)}. Its users are: ${accounts.map((account) => account.login).join(', ')}.`,
        );
      const request = { userId: owner.userId, description, permissions, now: now() };
      const issued = await consumerKeys.issue(request);
      pairs.allow(issued.consumerKey, permissions);
      return { ...issued, permissions };
    },
    list: async () => {
      return (await consumerKeys.list()).filter(({ pending }) => !pending).map(listed);
    },
    exists: async (keyId: number) => (await consumerKeys.find(keyId)) !== undefined,
    revoke: async (keyId: number): Promise<void> => {
      if (!Number.isInteger(keyId))
        throw new EmulatorError(`revoke takes the number of a key (got ${shown(keyId)}).`);
      if (!(await consumerKeys.remove(keyId)))
        throw new EmulatorError(`There is no key ${keyId}. It may have been revoked before.`);
    },
  };
}
