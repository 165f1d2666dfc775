import type { Knex } from 'knex';
import { isUniqueViolation } from '../storage/errors';
import { PASSWORD_MAX, PASSWORD_MIN, type Passwords } from './passwords';
import { PERSON_NAME_MAX, personName } from './person-name';
import type { Role, User } from './user';
import type { NewUser, UserStore } from './user-store';

export interface UserDependencies {
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

/** Who has shown the right password. */
export interface ProvenUser {
  readonly user: User;
  /** Whether the password is still that one: it may have been changed while it was being checked. */
  readonly stillHolds: (within: Knex) => Promise<boolean>;
}

/** What was asked of an account cannot be done; the message says why and may be shown. */
export class UserError extends Error {
  override readonly name = 'UserError';
}

export type UserService = ReturnType<typeof userService>;

export function userService({ store, passwords }: UserDependencies) {
  return {
    ...store,

    /**
     * `insert`: writes the account, and what else belongs to the same write.
     * @throws UserError for a login, address or password that cannot be, or is taken.
     */
    async add(
      { login, email, name, role, password, now }: AddUser,
      insert: (user: NewUser) => Promise<User> = (user) => store.insert(user),
    ): Promise<User> {
      // An `@` in a login could pass for another's e-mail address at sign-in.
      if (!/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,59}$/u.test(login))
        throw new UserError('A login has 1 to 60 letters, digits, spaces, dots, dashes or underscores.');
      if (!/^[^\s@]+@[^\s@]+$/.test(email) || email.length > 254)
        throw new UserError(`${JSON.stringify(email)} is not an e-mail address.`);
      const shownName = personName(name ?? '');
      if (Array.from(shownName).length > PERSON_NAME_MAX)
        throw new UserError(`A name has at most ${PERSON_NAME_MAX} characters.`);
      checkPassword(password);
      const passwordHash = await passwords.hash(password);
      try {
        return await insert({
          login,
          email,
          name: shownName || login,
          role,
          passwordHash,
          createdAt: now,
        });
      } catch (error) {
        if (isUniqueViolation(error)) throw new UserError('That login or e-mail address is taken.');
        throw error;
      }
    },

    /** The account behind a login or e-mail address and its password; `undefined` whatever of it is wrong. */
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

    /** `write`: stores the hash, and what else belongs to the same write. @throws UserError */
    async setPassword(
      userId: number,
      password: string,
      write: (passwordHash: string) => Promise<boolean> = (hash) => store.setPasswordHash(userId, hash),
    ): Promise<boolean> {
      checkPassword(password);
      return write(await passwords.hash(password));
    },
  };
}

function checkPassword(password: string): void {
  if (password.length < PASSWORD_MIN)
    throw new UserError(`A password has at least ${PASSWORD_MIN} characters.`);
  if (password.length > PASSWORD_MAX)
    throw new UserError(`A password has at most ${PASSWORD_MAX} characters.`);
}
