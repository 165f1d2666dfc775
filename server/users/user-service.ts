import type { Knex } from 'knex';
import { UserError } from '../errors/user-error';
import type { Database } from '../storage/database';
import { isUniqueViolation } from '../storage/errors';
import { accountDetails, quoted } from './account-details';
import { authentication } from './authentication';
import { evenAnswers } from './even-answers';
import type { ExternalAccountStore } from './external-account-store';
import { PASSWORD_MAX, PASSWORD_MIN, type Passwords } from './passwords';
import { ACCOUNT_DETAILS, type AccountDetails, type Role, type User } from './user';
import type { UserStore } from './user-store';

export interface UserDependencies {
  readonly database: Pick<Database, 'transaction'>;
  readonly store: UserStore;
  readonly externalAccounts: Pick<ExternalAccountStore, 'subjectOf'>;
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

/** `overtaken`: the account was changed at the same time. */
export type EditOutcome = 'changed' | 'unchanged' | 'overtaken' | 'gone';

export type UserService = ReturnType<typeof userService>;

/** Returns the accounts, for the rest of the server. No function returns or takes a password hash. */
export function userService({ database, store, externalAccounts, passwords }: UserDependencies) {
  return {
    /** Returns the current state of the account. `within` reads it in a transaction. */
    find: (userId: number, within?: Knex) => store.find(userId, within),
    findByLogin: (login: string) => store.findByLogin(login),
    list: () => store.list(),
    /** Lists accounts by login. `search` is part of a login, name or email address. */
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
      const details = accountDetails({ login, email, name });
      checkPassword(password);
      const passwordHash = await passwords.hash(password);
      return unlessTaken(
        details,
        undefined,
        database.transaction(async (within) => {
          const user = await store.insert({ ...details, role, passwordHash, createdAt: now }, within);
          await also(user, within);
          return user;
        }),
      );
    },

    /**
     * Changes the login, email address or name of an account. Its keys and sessions keep working.
     * A name that equals the login follows it.
     *
     * @param user the account as the person saw it. If it is different now, nothing changes.
     * @param also runs in the same transaction, if anything changes.
     * @throws UserError if a value is invalid or taken.
     */
    async edit(
      user: User,
      changes: Partial<AccountDetails>,
      also: (details: AccountDetails, within: Knex) => Promise<unknown> = nothingElse,
    ): Promise<EditOutcome> {
      const name = user.name === user.login ? '' : user.name;
      const details = accountDetails({ login: user.login, email: user.email, name, ...changes });
      if (isSame(details, user)) return 'unchanged';
      return unlessTaken(
        details,
        user.userId,
        database.transaction(async (within) => {
          const current = await store.find(user.userId, within);
          if (!current) return 'gone';
          if (!isSame(current, user)) return 'overtaken';
          await store.setDetails(user.userId, details, within);
          await also(details, within);
          return 'changed';
        }),
      );
    },

    authenticate: authentication({
      database,
      store,
      isExternal: async (userId) => (await externalAccounts.subjectOf(userId)) !== undefined,
      passwords,
      evenAnswers: evenAnswers(),
    }),

    /**
     * Changes a password. Returns `false` if the account is gone. `also` runs in the same
     * transaction.
     *
     * @throws UserError if the password is too short or too long, or the account is external.
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
        const user = await store.find(userId, within);
        if (!user) return false;
        if (await externalAccounts.subjectOf(userId, within)) throw noPasswordHere(user);
        await store.setPasswordHash(userId, passwordHash, within);
        await also(within);
        return true;
      });
    },
  };

  /**
   * Waits for work that stores these details.
   * @throws UserError if another account has the login or the email address.
   */
  async function unlessTaken<Result>(
    details: AccountDetails,
    ownId: number | undefined,
    work: Promise<Result>,
  ): Promise<Result> {
    try {
      return await work;
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      const { login, email } = details;
      const holder = await store.findByLogin(login);
      throw holder && holder.userId !== ownId
        ? new UserError({ field: 'login', key: 'users.error.login_taken', values: { login: quoted(login) } })
        : emailTaken({ email });
    }
  }
}

const nothingElse = () => Promise.resolve();

const noPasswordHere = ({ login }: User) =>
  new UserError({ field: 'password', key: 'users.error.external_password', values: { login } });

export const emailTaken = ({ email }: Pick<AccountDetails, 'email'>) =>
  new UserError({ field: 'email', key: 'users.error.email_taken', values: { email: quoted(email) } });

/**
 * Checks a new account before anything is stored.
 * @throws UserError
 */
export function checkAccount({ login, email, name, password }: Omit<AddUser, 'role' | 'now'>): void {
  accountDetails({ login, email, name });
  checkPassword(password);
}

const isSame = (one: AccountDetails, other: AccountDetails): boolean =>
  ACCOUNT_DETAILS.every((name) => one[name] === other[name]);

function checkPassword(password: string): void {
  if (password.length < PASSWORD_MIN)
    throw new UserError({
      field: 'password',
      key: 'users.error.password_short',
      values: { min: PASSWORD_MIN },
    });
  if (password.length > PASSWORD_MAX)
    throw new UserError({
      field: 'password',
      key: 'users.error.password_long',
      values: { max: PASSWORD_MAX },
    });
}
