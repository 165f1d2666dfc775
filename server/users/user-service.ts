import type { Knex } from 'knex';
import { UserError } from '../errors/user-error';
import type { Database } from '../storage/database';
import { isUniqueViolation } from '../storage/errors';
import { PASSWORD_MAX, PASSWORD_MIN, type Passwords } from './passwords';
import { PERSON_NAME_MAX, personName } from './person-name';
import type { Role, User } from './user';
import type { UserStore } from './user-store';

export interface UserDependencies {
  readonly database: Pick<Database, 'transaction'>;
  readonly store: UserStore;
  readonly passwords: Passwords;
}

export interface AddUser {
  readonly login: string;
  readonly email: string;
  readonly name?: string | undefined;
  readonly role: Role;
  readonly password: string;
  readonly now: number;
}

/** A user who has entered the right password. */
export interface ProvenUser {
  readonly user: User;
  /**
   * Returns whether the password is still the same. It may have been changed while it was checked.
   */
  readonly stillHolds: (within: Knex) => Promise<boolean>;
}

export type UserService = ReturnType<typeof userService>;

/** The accounts, for the rest of the server. No function returns or takes a password hash. */
export function userService({ database, store, passwords }: UserDependencies) {
  return {
    /** Returns the current state of the account. `within` reads it in a transaction. */
    find: (userId: number, within?: Knex) => store.find(userId, within),
    findByLogin: (login: string) => store.findByLogin(login),
    list: () => store.list(),
    /** Lists accounts by login. `search` is part of a login, name or e-mail address. */
    page: (search: string | undefined, limit: number, offset: number) => store.page(search, limit, offset),
    /** Lists the accounts that may own working keys, by login. */
    managers: (limit: number) => store.managers(limit),
    exist: () => store.exist(),
    /** Returns whether no other administrator can sign in. */
    isLastAdministrator: (userId: number, within?: Knex) => store.isLastAdministrator(userId, within),
    setRole: (userId: number, role: Role, within?: Knex) => store.setRole(userId, role, within),
    /** Disables an account, or enables it if `disabledAt` is null. */
    setDisabled: (userId: number, disabledAt: number | null, within?: Knex) =>
      store.setDisabled(userId, disabledAt, within),
    /** Also removes the user's keys, sessions and grant requests. */
    remove: (userId: number, within?: Knex) => store.remove(userId, within),

    /**
     * Stores a new account. `also` runs in the same transaction.
     * @throws UserError if the login, address or password is invalid or taken.
     */
    async add(
      { login, email, name, role, password, now }: AddUser,
      also: (user: User, within: Knex) => Promise<unknown> = nothingElse,
    ): Promise<User> {
      checkAccount({ login, email, name, password });
      const shownName = personName(name ?? '');
      const passwordHash = await passwords.hash(password);
      try {
        return await database.transaction(async (within) => {
          const account = { login, email, name: shownName || login, role, passwordHash, createdAt: now };
          const user = await store.insert(account, within);
          await also(user, within);
          return user;
        });
      } catch (error) {
        if (isUniqueViolation(error)) throw new UserError({ key: 'users.error.taken' });
        throw error;
      }
    },

    /**
     * Returns the account for a login or e-mail address and its password, or `undefined` if either
     * is wrong.
     */
    async authenticate(loginOrEmail: string, password: string): Promise<ProvenUser | undefined> {
      const found = await store.findForSignIn(loginOrEmail);
      const right = await passwords.verify(found?.passwordHash, password);
      if (!right || found?.user.disabledAt !== null) return undefined;
      return {
        user: found.user,
        async stillHolds(within) {
          const now = await store.findForSignIn(found.user.login, within);
          return now?.passwordHash === found.passwordHash && now.user.disabledAt === null;
        },
      };
    },

    /**
     * Changes a password. Returns `false` if the account is gone. `also` runs in the same
     * transaction.
     *
     * @throws UserError if the password is too short or too long.
     */
    async setPassword(
      userId: number,
      password: string,
      also: (within: Knex) => Promise<unknown> = nothingElse,
    ): Promise<boolean> {
      checkPassword(password);
      // Hashed before the transaction starts, because hashing takes long and a transaction may run
      // twice.
      const passwordHash = await passwords.hash(password);
      return database.transaction(async (within) => {
        if (!(await store.setPasswordHash(userId, passwordHash, within))) return false;
        await also(within);
        return true;
      });
    },
  };
}

const nothingElse = () => Promise.resolve();

/**
 * Checks a new account before anything is stored.
 * @throws UserError
 */
export function checkAccount({ login, email, name, password }: Omit<AddUser, 'role' | 'now'>): void {
  // A login with an `@` could pass for another user's e-mail address at sign-in.
  if (!/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,59}$/u.test(login)) throw new UserError({ key: 'users.error.login' });
  if (!/^[^\s@]+@[^\s@]+$/.test(email) || email.length > 254)
    throw new UserError({
      key: 'users.error.email',
      values: { email: JSON.stringify(personName(email).slice(0, 200)) },
    });
  if (Array.from(personName(name ?? '')).length > PERSON_NAME_MAX)
    throw new UserError({ key: 'users.error.name', values: { max: PERSON_NAME_MAX } });
  checkPassword(password);
}

function checkPassword(password: string): void {
  if (password.length < PASSWORD_MIN)
    throw new UserError({ key: 'users.error.password_short', values: { min: PASSWORD_MIN } });
  if (password.length > PASSWORD_MAX)
    throw new UserError({ key: 'users.error.password_long', values: { max: PASSWORD_MAX } });
}
