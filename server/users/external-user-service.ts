import type { Knex } from 'knex';
import { UserError } from '../errors/user-error';
import type { Database } from '../storage/database';
import { accountDetails, quoted } from './account-details';
import type { ExternalAccountStore } from './external-account-store';
import { freeLogin } from './free-login';
import { noPassword } from './no-password';
import type { ExternalSubject } from './sign-in-way';
import type { Role, User } from './user';
import { emailTaken } from './user-service';
import type { UserStore } from './user-store';

export interface ExternalUserDependencies {
  readonly database: Pick<Database, 'transaction'>;
  readonly store: UserStore;
  readonly externalAccounts: ExternalAccountStore;
}

/** A person whom another system has signed in for the first time. */
export interface AddExternalUser {
  readonly subject: ExternalSubject;
  /** What the login is made from. The account gets the next free one. */
  readonly preferredLogin: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly now: number;
}

export type ExternalUserService = ReturnType<typeof externalUserService>;

/** Returns the accounts of people who sign in through another system. They have no password here. */
export function externalUserService({ database, store, externalAccounts }: ExternalUserDependencies) {
  return {
    async find(subject: ExternalSubject): Promise<User | undefined> {
      const userId = await externalAccounts.userIdOf(subject);
      return userId === undefined ? undefined : store.find(userId);
    },
    /** Returns whom another system means by the account, or `undefined` if the account is local. */
    subjectOf: (userId: number, within?: Knex) => externalAccounts.subjectOf(userId, within),
    /** Returns the subjects of those of these accounts that are external, by user id. */
    subjectsOf: (userIds: readonly number[]) => externalAccounts.subjectsOf(userIds),

    /**
     * Stores an account. `also` runs in the same transaction.
     * @throws UserError if the address or the name is invalid, or the address is taken; a unique
     * violation if the subject has an account now.
     */
    add(
      { subject, preferredLogin, email, name, role, now }: AddExternalUser,
      also: (user: User, within: Knex) => Promise<unknown>,
    ): Promise<User> {
      return database.transaction(async (within) => {
        const login = await freeLogin(preferredLogin, (one) => store.isTaken('login', one, within));
        const details = accountDetails({ login, email, name });
        if (await store.isTaken('email', email, within)) throw emailTaken(details);
        const account = { ...details, role, passwordHash: noPassword(), createdAt: now };
        const user = await store.insert(account, within);
        await externalAccounts.link(user.userId, subject, now, within);
        await also(user, within);
        return user;
      });
    },

    /**
     * Links an account to an external subject. The account has no password afterwards. `also` runs in
     * the same transaction.
     * @throws UserError if the account or the subject is linked already.
     */
    link: (
      user: User,
      subject: ExternalSubject,
      now: number,
      also: (within: Knex) => Promise<unknown>,
    ): Promise<void> =>
      database.transaction(async (within) => {
        const linked = await externalAccounts.subjectOf(user.userId, within);
        if (linked) throw isLinked(user, linked);
        const otherId = await externalAccounts.userIdOf(subject, within);
        const other = otherId === undefined ? undefined : await store.find(otherId, within);
        if (other) throw subjectTaken(subject, other);
        await externalAccounts.link(user.userId, subject, now, within);
        await store.setPasswordHash(user.userId, noPassword(), within);
        await also(within);
      }),

    /**
     * Makes an external account one of this server. It has no password yet. `also` runs in the same
     * transaction.
     * @throws UserError if the account is not external.
     */
    unlink: (
      { userId, login }: User,
      also: (subject: ExternalSubject, within: Knex) => Promise<unknown>,
    ): Promise<void> =>
      database.transaction(async (within) => {
        const subject = await externalAccounts.subjectOf(userId, within);
        if (!subject)
          throw new UserError({ field: 'login', key: 'users.error.not_linked', values: { login } });
        await externalAccounts.unlink(userId, within);
        await also(subject, within);
      }),
  };
}

const isLinked = ({ login }: User, { subject }: ExternalSubject) =>
  new UserError({
    field: 'login',
    key: 'users.error.is_linked',
    values: { login, subject: quoted(subject) },
  });

const subjectTaken = ({ subject }: ExternalSubject, { login }: User) =>
  new UserError({
    field: 'subject',
    key: 'users.error.subject_taken',
    values: { login, subject: quoted(subject) },
  });
