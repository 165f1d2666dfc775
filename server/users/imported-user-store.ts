import type { Knex } from 'knex';
import type { Columns } from '../storage/bulk-writes';
import type { Database } from '../storage/database';
import { insertMany } from '../storage/insert-many';
import { matchesNothing, noPassword } from './no-password';
import type { AccountDetails, Role, User } from './user';
import { accountKey, detailColumns, fromRow, type UserRow } from './user-store';

/** An account as an import compares it. */
export interface ImportedAccount {
  readonly user: User;
  /** Whether the password is the one of WordPress, or there is none. */
  readonly passwordIsImported: boolean;
  /** Whether another system keeps the account, so that an import does not change it. */
  readonly isExternal: boolean;
}

/** A user of WordPress, as it is stored here. */
export interface NewImportedUser {
  readonly login: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  /** The hash, as WordPress stores it. `null`: no password signs in. */
  readonly password: string | null;
  readonly createdAt: number;
}

const COLUMNS: Columns = {
  login: 'text',
  login_key: 'text',
  email: 'text',
  email_key: 'text',
  name: 'text',
  role: 'text',
  password_hash: 'text',
  imported_password: 'text',
  created_at: 'bigint',
};

export type ImportedUserStore = ReturnType<typeof importedUserStore>;

/** Reads and writes many accounts at once, for an import. */
export function importedUserStore({ knex, dialect }: Pick<Database, 'knex' | 'dialect'>) {
  const users = (within: Knex = knex) => within<UserRow>('users');
  return {
    /** Returns the accounts with these ids, by id. */
    async withIds(ids: readonly number[], within: Knex): Promise<Map<number, ImportedAccount>> {
      const rows = await users(within).whereIn('user_id', ids);
      const external = await within<{ user_id: number }>('external_accounts')
        .whereIn('user_id', ids)
        .pluck<number[]>('user_id');
      return new Map(
        rows.map((row) => [
          row.user_id,
          {
            user: fromRow(row),
            isExternal: external.includes(row.user_id),
            passwordIsImported:
              matchesNothing(row.password_hash) || row.password_hash === row.converted_password,
          },
        ]),
      );
    },

    /** Lists the accounts that have one of these logins, or one of these email addresses. */
    async named(names: readonly string[], within: Knex): Promise<User[]> {
      const keys = names.map(accountKey);
      const rows = await users(within).whereIn('login_key', keys).orWhereIn('email_key', keys);
      return rows.map(fromRow);
    },

    /** Stores accounts whose logins and email addresses are free. Returns them in their order. */
    async insert(accounts: readonly NewImportedUser[], within: Knex): Promise<User[]> {
      await insertMany(within, dialect, {
        table: 'users',
        columns: COLUMNS,
        rows: accounts.map((account) => {
          const { login, login_key, email, email_key, name } = detailColumns(account);
          const { role, password, createdAt } = account;
          return [login, login_key, email, email_key, name, role, noPassword(), password, createdAt];
        }),
      });
      const rows = await users(within).whereIn(
        'login_key',
        accounts.map(({ login }) => accountKey(login)),
      );
      const byLogin = new Map(rows.map((row) => [row.login_key, fromRow(row)]));
      return accounts.flatMap(({ login }) => byLogin.get(accountKey(login)) ?? []);
    },

    /** @throws a unique violation if the login or the email address is taken. */
    async setDetails(userId: number, details: AccountDetails, within: Knex): Promise<void> {
      await users(within).where({ user_id: userId }).update(detailColumns(details));
    },

    /** Replaces a password that came from WordPress with the one that is there now. */
    async setImportedPassword(userId: number, password: string | null, within: Knex): Promise<void> {
      await users(within)
        .where({ user_id: userId })
        .update({ password_hash: noPassword(), imported_password: password, converted_password: null });
    },
  };
}
