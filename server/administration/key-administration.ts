import type { Knex } from 'knex';
import type { AuditLog } from '../audit/audit-log';
import type { ConsumerKey, Permissions } from '../consumer-keys/consumer-key';
import type { ConsumerKeyService, IssuedKey } from '../consumer-keys/consumer-key-service';
import type { Database } from '../storage/database';
import type { User } from '../users/user';
import { auditedAs, type Actor } from './actor';

export interface KeyAdministrationDependencies {
  readonly database: Pick<Database, 'transaction'>;
  readonly consumerKeys: ConsumerKeyService;
  readonly audit: AuditLog;
  readonly now: () => number;
}

/**
 * Spends the one-time value of a form that shows a secret, in the same transaction. Returns `false`
 * if it was spent before.
 */
export type SpendForm = (within: Knex) => Promise<boolean>;

export interface NewKey {
  readonly owner: User;
  readonly description: string;
  readonly permissions: Permissions;
}

export interface KeyChanges {
  readonly description: string;
  readonly permissions: Permissions;
  readonly owner: User;
}

export type KeyAdministration = ReturnType<typeof keyAdministration>;

/**
 * Changes that a person makes to a key, in the console or on the command line. Each change and its
 * audit entry are one transaction.
 */
export function keyAdministration({ database, consumerKeys, audit, now }: KeyAdministrationDependencies) {
  const entryOf = (keyId: number, by: Actor) => ({ at: now(), ...auditedAs(by), keyId });

  return {
    async create(
      { owner, description, permissions }: NewKey,
      by: Actor,
      spendForm: SpendForm = unlimited,
    ): Promise<IssuedKey | 'form spent'> {
      return database.transaction(async (within) => {
        if (!(await spendForm(within))) return 'form spent';
        const request = { userId: owner.userId, description, permissions, now: now() };
        const issued = await consumerKeys.issue(request, within);
        const detail = { by: by.how, owner: owner.login, description, permissions };
        await audit.record({ event: 'key.created', ...entryOf(issued.keyId, by), detail }, within);
        return issued;
      });
    },

    /**
     * Changes a key. `key` and `owner` are the state that the person saw. If the state is different
     * now, nothing changes.
     */
    async change(
      key: ConsumerKey,
      owner: User,
      to: KeyChanges,
      by: Actor,
    ): Promise<'changed' | 'unchanged' | 'overtaken'> {
      const before = { description: key.description, permissions: key.permissions, owner: owner.login };
      const after = { description: to.description, permissions: to.permissions, owner: to.owner.login };
      const names = (['description', 'permissions', 'owner'] as const).filter(
        (name) => before[name] !== after[name],
      );
      if (names.length === 0) return 'unchanged';
      const only = (values: typeof before) => Object.fromEntries(names.map((name) => [name, values[name]]));
      return database.transaction(async (within) => {
        const row = { ...to, userId: to.owner.userId };
        if (!(await consumerKeys.change(key, row, within))) return 'overtaken';
        const detail = { by: by.how, description: to.description, from: only(before), to: only(after) };
        await audit.record({ event: 'key.changed', ...entryOf(key.keyId, by), detail }, within);
        return 'changed';
      });
    },

    async regenerate(
      key: ConsumerKey,
      owner: User,
      by: Actor,
      spendForm: SpendForm = unlimited,
    ): Promise<IssuedKey | 'form spent' | 'overtaken'> {
      return database.transaction(async (within) => {
        if (!(await spendForm(within))) return 'form spent';
        const issued = await consumerKeys.regenerate(key, within);
        if (!issued) return 'overtaken';
        const { description, permissions } = key;
        const detail = { by: by.how, owner: owner.login, description, permissions };
        await audit.record({ event: 'key.regenerated', ...entryOf(key.keyId, by), detail }, within);
        return issued;
      });
    },
  };
}

const unlimited: SpendForm = () => Promise.resolve(true);
