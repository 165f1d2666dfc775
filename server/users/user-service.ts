import type { Knex } from 'knex';
import { UserError } from '../errors/user-error';
import type { Database } from '../storage/database';
import { isUniqueViolation } from '../storage/errors';
import { accountDetails, quoted } from './account-details';
import { authentication } from './authentication';
import { evenAnswers } from './even-answers';
import type { ExternalAccountStore } from './external-account-store';
import { freeLogin } from './free-login';
import { noPassword } from './no-password';
import { PASSWORD_MAX, PASSWORD_MIN, type Passwords } from './passwords';
import { ACCOUNT_DETAILS, type AccountDetails, type Role, type User } from './user';
import type { ExternalSubject } from './sign-in-way';
import type { UserStore } from './user-store';

export interface UserDependencies {
  readonly database: Pick<Database, 'transaction'>;
  readonly store: UserStore;
  readonly externalAccounts: ExternalAccountStore;
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

/** A person whom another system has signed in for the first time. */
export interface AddExternalUser {
  /** What the login is made from. The account gets the next free one. */
  readonly preferredLogin: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly subject: ExternalSubject;
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
     * Stores an account that has no password. `also` runs in the same transaction.
     * @throws UserError if the address or the name is invalid, or the address is taken; a unique
     * violation if the subject has an account now.
     */
    async addExternal(
      { preferredLogin, email, name, role, subject, now }: AddExternalUser,
      also: (user: User, within: Knex) => Promise<unknown>,
    ): Promise<User> {
      const details = accountDetails({ login: 'user', email, name });
      return database.transaction(async (within) => {
        if (await store.isEmailTaken(details.email, within)) throw emailTaken(details);
        const login = await freeLogin(preferredLogin, (one) => store.isLoginTaken(one, within));
        const account = { ...accountDetails({ login, email, name }), role, passwordHash: noPassword() };
        const user = await store.insert({ ...account, createdAt: now }, within);
        await externalAccounts.link(user.userId, subject, now, within);
        await also(user, within);
        return user;
      });
    },

    /** Returns the account of an external subject. */
    async findExternal(subject: ExternalSubject): Promise<User | undefined> {
      const userId = await externalAccounts.userIdOf(subject);
      return userId === undefined ? undefined : store.find(userId);
    },
    /** Returns whom another system means by the account, or `undefined` if the account is local. */
    subjectOf: (userId: number, within?: Knex) => externalAccounts.subjectOf(userId, within),
    /** Returns the subjects of all external accounts, by user id. */
    externalSubjects: () => externalAccounts.all(),

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

    authenticate: authentication({ database, store, passwords, evenAnswers: evenAnswers() }),

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

const emailTaken = ({ email }: Pick<AccountDetails, 'email'>) =>
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
