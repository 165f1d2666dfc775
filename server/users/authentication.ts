import type { Knex } from 'knex';
import type { Database } from '../storage/database';
import type { EvenAnswers } from './even-answers';
import { trimAsWordPress } from './imported-password';
import { matchesNothing } from './no-password';
import type { Passwords } from './passwords';
import type { User } from './user';
import type { UserStore, UserWithPassword } from './user-store';

export interface AuthenticationDependencies {
  readonly database: Pick<Database, 'transaction'>;
  readonly store: UserStore;
  /** Returns whether another system keeps the account. No password is right for it. */
  readonly isExternal: (userId: number) => Promise<boolean>;
  readonly passwords: Passwords;
  readonly evenAnswers: EvenAnswers;
}

/** A user who has entered the right password. */
export interface ProvenUser {
  readonly user: User;
  /**
   * Returns whether the password is still the same. It may have been changed while it was checked.
   */
  readonly stillHolds: (within: Knex) => Promise<boolean>;
}

/** Returns the function that checks a login or email address and a password. */
export function authentication({
  database,
  store,
  isExternal,
  passwords,
  evenAnswers,
}: AuthenticationDependencies) {
  async function prove(loginOrEmail: string, password: string): Promise<ProvenUser | undefined> {
    const stored = await store.findForSignIn(loginOrEmail);
    // Asked for an unknown name too, which then takes as long.
    const found = (await isExternal(stored?.user.userId ?? 0)) ? undefined : stored;
    if (found && found.importedPassword !== null && matchesNothing(found.passwordHash)) {
      const right = await passwords.verifyImported(found.importedPassword, password);
      if (!right || found.user.disabledAt !== null) return undefined;
      return convert(found, loginOrEmail, password);
    }
    const right = await passwords.verify(found?.passwordHash, asCompared(found, password));
    if (!right || found?.user.disabledAt !== null) return undefined;
    return proven(found.user, found.passwordHash);
  }

  /** Stores a right imported password as this server stores passwords. */
  async function convert(
    found: UserWithPassword,
    loginOrEmail: string,
    password: string,
  ): Promise<ProvenUser | undefined> {
    const passwordHash = await passwords.hash(trimAsWordPress(password));
    if (await database.transaction((within) => store.convertPassword(found, passwordHash, within)))
      return proven(found.user, passwordHash);
    // Another browser converted it, or somebody set another password. What is stored now decides.
    return prove(loginOrEmail, password);
  }

  function proven(user: User, passwordHash: string): ProvenUser {
    return {
      user,
      async stillHolds(within) {
        const now = await store.findForSignIn(user.login, within);
        return now?.passwordHash === passwordHash && now.user.disabledAt === null;
      },
    };
  }

  /**
   * Returns the account for a login or email address and its password, or `undefined` if either is
   * wrong.
   *
   * @param network the client's (`clientNetwork`). While imported passwords wait, its attempts are
   * checked one after another.
   * @throws UnavailableError if too many passwords are waiting to be checked.
   */
  return async function authenticate(
    loginOrEmail: string,
    password: string,
    network?: string,
  ): Promise<ProvenUser | undefined> {
    const work = () => prove(loginOrEmail, password);
    return (await store.importedPasswordsWait()) ? evenAnswers(network, work) : work();
  };
}

/** Returns a password as it was hashed. WordPress ignores blanks at both ends, and this server does not. */
const asCompared = (found: UserWithPassword | undefined, password: string): string =>
  found && found.passwordHash === found.convertedPassword ? trimAsWordPress(password) : password;
