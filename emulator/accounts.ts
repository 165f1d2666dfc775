import { passwords as passwordsWith } from '../server/users/passwords';
import { userStore } from '../server/users/user-store';
import type { Database } from '../server/storage/database';
import { EmulatorError } from './errors';
import type { StoreUser } from './store';

const DEFAULT_PASSWORD = 'correct horse battery';
const ROLES = ['administrator', 'shop_manager', 'customer'];
// argon2's cheapest: a test store protects nothing.
const CHEAPEST = { memoryCost: 8, timeCost: 1, parallelism: 1 };

/** Hashes passwords as cheaply as argon2 can. */
export const cheapPasswords = () => passwordsWith(CHEAPEST);

export type Account = Required<StoreUser>;

/**
 * Completes the users of the options.
 * @throws EmulatorError if a role is unknown or a login is there twice
 */
export function accountsOf(users: readonly StoreUser[] = [{ login: 'manager' }]): Account[] {
  const accounts = users.map((user) => ({
    password: DEFAULT_PASSWORD,
    email: `${user.login}@store.example`,
    role: 'shop_manager' as const,
    ...withoutUndefined(user),
  }));
  accounts.forEach(({ login, role }, index) => {
    if (typeof login !== 'string' || login.trim() === '')
      throw new EmulatorError(`users[${index}].login must be a name.`);
    if (!ROLES.includes(role))
      throw new EmulatorError(
        `users[${index}].role must be ${ROLES.join(', ')} (got ${JSON.stringify(role)}).`,
      );
    if (accounts.findIndex((other) => other.login === login) < index)
      throw new EmulatorError(
        `users[${index}].login is taken: two users are named ${JSON.stringify(login)}.`,
      );
  });
  return accounts;
}

/** Returns the function that stores the accounts. It hashes their passwords once. */
export function accountWriter(accounts: readonly Account[], now: () => number) {
  const passwords = cheapPasswords();
  const hashes = new Map<string, Promise<string>>();
  const hashOf = (password: string) => {
    const known = hashes.get(password) ?? passwords.hash(password);
    hashes.set(password, known);
    return known;
  };
  return async (database: Database): Promise<void> => {
    for (const { login, email, role, password } of accounts) {
      const user = {
        login,
        email,
        name: login,
        role,
        passwordHash: await hashOf(password),
        createdAt: now(),
      };
      await userStore(database).insert(user, database.knex);
    }
  };
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}
