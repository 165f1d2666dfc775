import type { Knex } from 'knex';
import type { AuditLog } from '../audit/audit-log';
import type { ConsumerKeyService } from '../consumer-keys/consumer-key-service';
import type { KeyListReader } from '../consumer-keys/key-list-reader';
import type { RevocationService } from '../revocation/revocation-service';
import type { SessionStore } from '../session/session-store';
import { UserError } from '../errors/user-error';
import type { Database } from '../storage/database';
import { ACCOUNT_DETAILS, ROLES, type AccountDetails, type Role, type User } from '../users/user';
import type { ExternalUserService } from '../users/external-user-service';
import type { AddUser, EditOutcome, UserService } from '../users/user-service';
import { auditedAs, type Actor } from './actor';
import { revokeInPieces } from './revoke-in-pieces';

export interface UserAdministrationDependencies {
  readonly database: Pick<Database, 'transaction'>;
  readonly users: UserService;
  readonly externalUsers: Pick<ExternalUserService, 'subjectOf'>;
  readonly keys: {
    readonly consumerKeys: ConsumerKeyService;
    readonly keyList: KeyListReader;
    readonly revocation: RevocationService;
  };
  readonly sessionRecords: Pick<SessionStore, 'closeAllOf' | 'closeOthersOf'>;
  readonly audit: AuditLog;
  readonly now: () => number;
}

/**
 * `last administrator`: after the change, no account could manage accounts. Nothing was changed.
 */
export type UserOutcome = 'done' | 'gone' | 'last administrator';

export type UserAdministration = ReturnType<typeof userAdministration>;

/**
 * Changes to accounts, in the console or on the command line. Each change and its audit entry are
 * one transaction.
 */
export function userAdministration(dependencies: UserAdministrationDependencies) {
  const { database, users, externalUsers, keys, sessionRecords, audit, now } = dependencies;

  const entryOf = (by: Actor) => ({ at: now(), ...auditedAs(by) });
  const accountOf = ({ userId, login }: User, by: Actor) => ({ by: by.how, userId, login });

  /**
   * Works on the current state of an account. `weakens`: the account would no longer be an
   * administrator, so another one has to remain.
   */
  async function change(
    user: User,
    weakens: boolean,
    work: (current: User, within: Knex) => Promise<unknown>,
  ): Promise<UserOutcome> {
    return database.transaction(async (within) => {
      const current = await users.find(user.userId, within);
      if (!current) return 'gone';
      const counts = current.role === 'administrator' && current.disabledAt === null;
      if (weakens && counts && (await users.isLastAdministrator(user.userId, within)))
        return 'last administrator';
      await work(current, within);
      return 'done';
    });
  }

  /**
   * The account's keys stop at once, because the key finder checks their owner. Its browsers are
   * signed out.
   */
  const disable = (user: User, by: Actor): Promise<UserOutcome> =>
    change(user, true, async (current, within) => {
      if (current.disabledAt !== null) return;
      await users.setDisabled(user.userId, now(), within);
      await sessionRecords.closeAllOf(user.userId, within);
      await audit.record({ event: 'user.disabled', ...entryOf(by), detail: accountOf(user, by) }, within);
    });

  /**
   * Rejects a change that the other system would undo at the next sign-in.
   * @throws UserError
   */
  async function rejectExternal({ userId, login }: User, { how }: Actor): Promise<void> {
    if (how !== 'sign-in' && (await externalUsers.subjectOf(userId)))
      throw new UserError({ field: 'login', key: 'users.error.external_details', values: { login } });
  }

  return {
    /** @throws UserError */
    async add(account: Omit<AddUser, 'now'>, by: Actor): Promise<User> {
      return users.add({ ...account, now: now() }, (user, within) => {
        const detail = { ...accountOf(user, by), role: user.role };
        return audit.record({ event: 'user.added', ...entryOf(by), detail }, within);
      });
    },

    /**
     * Changes the login, email address or name. `user` is the account as the person saw it.
     *
     * @throws UserError
     */
    edit: async (user: User, changes: Partial<AccountDetails>, by: Actor): Promise<EditOutcome> => {
      const keptElsewhere = (['email', 'name'] as const).some(
        (one) => (changes[one] ?? user[one]) !== user[one],
      );
      if (keptElsewhere) await rejectExternal(user, by);
      return users.edit(user, changes, async (details, within) => {
        const changed = ACCOUNT_DETAILS.filter((name) => details[name] !== user[name]);
        const only = (values: AccountDetails) =>
          Object.fromEntries(changed.map((name) => [name, values[name]]));
        const account = accountOf({ ...user, ...details }, by);
        const detail = { ...account, from: only(user), to: only(details) };
        await audit.record({ event: 'user.changed', ...entryOf(by), detail }, within);
      });
    },

    /** @throws UserError if another system keeps the account. */
    changeRole: async (user: User, role: Role, by: Actor): Promise<UserOutcome> => {
      if (role !== user.role) await rejectExternal(user, by);
      return change(user, role !== 'administrator', async (current, within) => {
        if (current.role === role) return;
        await users.setRole(user.userId, role, within);
        const detail = { ...accountOf(user, by), from: current.role, to: role };
        await audit.record({ event: 'user.role_changed', ...entryOf(by), detail }, within);
      });
    },

    disable,

    enable: (user: User, by: Actor): Promise<UserOutcome> =>
      change(user, false, async (current, within) => {
        if (current.disabledAt === null) return;
        await users.setDisabled(user.userId, null, within);
        await audit.record({ event: 'user.enabled', ...entryOf(by), detail: accountOf(user, by) }, within);
      }),

    /**
     * Ends the account's sessions, except the given one.
     *
     * @throws UserError
     */
    async setPassword(user: User, password: string, by: Actor, keptSession?: string): Promise<UserOutcome> {
      const changed = await users.setPassword(user.userId, password, async (within) => {
        if (keptSession === undefined) await sessionRecords.closeAllOf(user.userId, within);
        else await sessionRecords.closeOthersOf(user.userId, keptSession, within);
        const detail = accountOf(user, by);
        await audit.record({ event: 'user.password_changed', ...entryOf(by), detail }, within);
      });
      return changed ? 'done' : 'gone';
    },

    /**
     * Stops the account and its keys at once. Then revokes the keys a few at a time, each with its
     * audit entry, and removes the account with the rest of its keys.
     */
    remove: async (user: User, by: Actor): Promise<UserOutcome> => {
      const stopped = await disable(user, by);
      if (stopped !== 'done') return stopped;
      const selection = { userId: user.userId };
      const revoked = await revokeInPieces({ selection, roles: ROLES }, by, keys);
      return change(user, true, async (current, within) => {
        const late = await keys.consumerKeys.select(selection, within);
        await keys.revocation.revoke(late, by, within);
        await users.remove(user.userId, within);
        const detail = { ...accountOf(user, by), role: current.role, keys: revoked + late.length };
        await audit.record({ event: 'user.removed', ...entryOf(by), detail }, within);
      });
    },
  };
}
