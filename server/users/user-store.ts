import type { Knex } from 'knex';
import type { Database } from '../storage/database';
import { containing } from '../storage/like-pattern';
import { MATCHES_NOTHING_SQL } from './no-password';
import { MANAGER_ROLES, type AccountDetails, type Role, type User } from './user';

/** A row of the table. It never leaves this folder. */
export interface UserRow {
  user_id: number;
  login: string;
  login_key: string;
  email: string;
  email_key: string;
  name: string;
  role: Role;
  password_hash: string;
  /** What WordPress stored. It counts only while `password_hash` matches nothing. */
  imported_password: string | null;
  /** The hash that was made when the imported password was first used. */
  converted_password: string | null;
  created_at: number;
  disabled_at: number | null;
}

type AccountColumns = Omit<UserRow, 'imported_password' | 'converted_password'>;

export interface NewUser {
  readonly login: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly passwordHash: string;
  /** What WordPress stored. It counts if `passwordHash` matches nothing (`no-password.ts`). */
  readonly importedPassword?: string;
  readonly createdAt: number;
}

/** A user with the hashes that sign-in compares. It never leaves this folder. */
export interface UserWithPassword {
  readonly user: User;
  readonly passwordHash: string;
  readonly importedPassword: string | null;
  readonly convertedPassword: string | null;
}

export type UserStore = ReturnType<typeof userStore>;

/**
 * Normalizes names and addresses for comparison: case is ignored, and composed characters are equal
 * to their parts.
 */
export const accountKey = (value: string) => value.normalize('NFKC').toLowerCase();

/** Returns the only code that writes the table of users. Lookups and lists of keys join it. */
export function userStore({ knex, hot, dialect }: Pick<Database, 'knex' | 'hot' | 'dialect'>) {
  // Columns by name, so that a prepared statement gets no new column when the next version adds
  // one.
  const findById = hot.reader<AccountColumns>(`
    select user_id, login, login_key, email, email_key, name, role, password_hash, created_at, disabled_at
    from users where user_id = ?`);
  const users = (within: Knex = knex) => within<UserRow>('users');
  return {
    /** @throws a unique violation if the login or the email address is taken. */
    async insert(user: NewUser, within: Knex): Promise<User> {
      const [row] = await users(within)
        .insert({
          ...detailColumns(user),
          role: user.role,
          password_hash: user.passwordHash,
          imported_password: user.importedPassword ?? null,
          created_at: user.createdAt,
        })
        .returning('*');
      if (!row) throw new Error('The user was not stored.');
      return fromRow(row);
    },

    /**
     * Runs at each request of a signed-in browser, because the current state of the account counts.
     */
    async find(userId: number, within?: Knex): Promise<User | undefined> {
      const row = within ? await users(within).where({ user_id: userId }).first() : await findById(userId);
      return row && fromRow(row);
    },

    async findByLogin(login: string): Promise<User | undefined> {
      const row = await users()
        .where({ login_key: accountKey(login) })
        .first();
      return row && fromRow(row);
    },

    /** Finds a user by login, or else by email address, because sign-in forms take either. */
    async findForSignIn(loginOrEmail: string, within?: Knex): Promise<UserWithPassword | undefined> {
      const row =
        (await users(within)
          .where({ login_key: accountKey(loginOrEmail) })
          .first()) ??
        (await users(within)
          .where({ email_key: accountKey(loginOrEmail) })
          .first());
      return (
        row && {
          user: fromRow(row),
          passwordHash: row.password_hash,
          importedPassword: row.imported_password,
          convertedPassword: row.converted_password,
        }
      );
    },

    /** Returns whether an account has an imported password that was not used yet. */
    async importedPasswordsWait(): Promise<boolean> {
      // The first two conditions are those of the index. The last skips accounts whose password
      // an older server has set.
      const row = await users()
        .whereNotNull('imported_password')
        .whereNull('converted_password')
        .whereRaw(...MATCHES_NOTHING_SQL)
        .first('user_id');
      return row !== undefined;
    },

    async list(): Promise<User[]> {
      return (await users().orderBy('user_id')).map(fromRow);
    },

    /** Lists users by login. `search`: part of a login, name or email address. */
    async page(search: string | undefined, limit: number, offset: number): Promise<User[]> {
      const query = users().orderBy('login_key').limit(limit).offset(offset);
      if (search !== undefined) {
        const [asKey, asTyped] = [containing(accountKey(search)), containing(search)];
        const conditions = [
          dialect.like('login_key', asKey),
          dialect.like('email_key', asKey),
          dialect.like('name', asKey),
          dialect.like('name', asTyped),
        ];
        void query.where((either) => {
          for (const { sql, values } of conditions) void either.orWhereRaw(sql, values);
        });
      }
      return (await query).map(fromRow);
    },

    /** Lists the users who may own working keys, by login. */
    async managers(limit: number): Promise<User[]> {
      const rows = await users()
        .whereIn('role', MANAGER_ROLES)
        .whereNull('disabled_at')
        .orderBy('login_key')
        .limit(limit);
      return rows.map(fromRow);
    },

    /** Returns whether this user is the only administrator who can sign in. */
    async isLastAdministrator(userId: number, within?: Knex): Promise<boolean> {
      const another = await users(within)
        .where({ role: 'administrator' })
        .whereNull('disabled_at')
        .whereNot({ user_id: userId })
        .first('user_id');
      return another === undefined;
    },

    /** Returns whether an account has this login, or this email address. */
    async isTaken(name: 'login' | 'email', value: string, within: Knex): Promise<boolean> {
      return (await users(within).where(`${name}_key`, accountKey(value)).first('user_id')) !== undefined;
    },

    async exist(): Promise<boolean> {
      return (await users().select('user_id').first()) !== undefined;
    },

    /** @throws a unique violation if the login or the email address is taken. */
    async setDetails(userId: number, details: AccountDetails, within: Knex): Promise<void> {
      await users(within).where({ user_id: userId }).update(detailColumns(details));
    },

    async setRole(userId: number, role: Role, within?: Knex): Promise<boolean> {
      return (await users(within).where({ user_id: userId }).update({ role })) === 1;
    },

    /** `disabledAt` null enables the account. */
    async setDisabled(userId: number, disabledAt: number | null, within?: Knex): Promise<boolean> {
      return (await users(within).where({ user_id: userId }).update({ disabled_at: disabledAt })) === 1;
    },

    /**
     * Replaces the password. A later import sees that it was set here: its hash is not the one of
     * `converted_password`, and matches something. Neither the imported text nor the hash of the
     * earlier password stays in the database.
     */
    async setPasswordHash(userId: number, passwordHash: string, within: Knex): Promise<boolean> {
      const changed = await users(within)
        .where({ user_id: userId })
        .update({ password_hash: passwordHash, imported_password: null, converted_password: null });
      return changed === 1;
    },

    /**
     * Replaces an imported password by the hash of the same password. Returns `false` if the account
     * has another password now. The imported text, which may be weak, does not stay in the database.
     */
    async convertPassword(
      { user, passwordHash: before, importedPassword }: UserWithPassword,
      passwordHash: string,
      within: Knex,
    ): Promise<boolean> {
      const changed = await users(within)
        .where({ user_id: user.userId, password_hash: before, imported_password: importedPassword })
        .update({
          password_hash: passwordHash,
          imported_password: null,
          // While this is the same, a later import sees that the password was not changed here.
          converted_password: passwordHash,
        });
      return changed === 1;
    },

    /** Also removes the user's keys, sessions and grant requests. */
    async remove(userId: number, within?: Knex): Promise<boolean> {
      return (await users(within).where({ user_id: userId }).delete()) === 1;
    },
  };
}

/** Returns the columns of what an account is called. */
export const detailColumns = ({ login, email, name }: AccountDetails) => ({
  login,
  login_key: accountKey(login),
  email,
  email_key: accountKey(email),
  name,
});

/** Returns the account of a row. */
export function fromRow(row: AccountColumns): User {
  return {
    userId: row.user_id,
    login: row.login,
    email: row.email,
    name: row.name,
    role: row.role,
    createdAt: row.created_at,
    disabledAt: row.disabled_at,
  };
}
