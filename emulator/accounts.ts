import { PASSWORD_MAX, passwords as passwordsWith } from '../server/users/passwords';
import { accountKey, userStore } from '../server/users/user-store';
import type { Database } from '../server/storage/database';
import { expectMembers } from './check-options';
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
 * @throws EmulatorError if a member is wrong, or a login or an email address is there twice
 */
export function accountsOf(users: readonly StoreUser[] = [{ login: 'manager' }]): Account[] {
  const given: unknown = users;
  if (!Array.isArray(given) || given.length === 0)
    throw new EmulatorError('users must be a list of at least one user.');
  users.forEach((user, index) => {
    expectMembers(`users[${index}]`, user, ['login', 'password', 'email', 'role']);
  });
  const accounts = users.map((user) => ({
    password: DEFAULT_PASSWORD,
    email: `${user.login}@store.example`,
    role: 'shop_manager' as const,
    ...withoutUndefined(user),
  }));
  accounts.forEach(({ login, role, email, password }, index) => {
    if (typeof login !== 'string' || login.trim() === '' || login.trim() !== login)
      throw new EmulatorError(`users[${index}].login must be a name without spaces around it.`);
    if (typeof email !== 'string' || !/^[^\s@]+@[^\s@]+$/.test(email))
      throw new EmulatorError(
        `users[${index}].email must be an email address (got ${JSON.stringify(email)}).`,
      );
    if (typeof password !== 'string' || password === '' || password.length > PASSWORD_MAX)
      throw new EmulatorError(`users[${index}].password must have 1 to ${PASSWORD_MAX} characters.`);
    if (!ROLES.includes(role))
      throw new EmulatorError(
        `users[${index}].role must be ${ROLES.join(', ')} (got ${JSON.stringify(role)}).`,
      );
    for (const [member, value] of [
      ['login', login],
      ['email', email],
    ] as const)
      if (accounts.findIndex((other) => accountKey(other[member]) === accountKey(value)) < index)
        throw new EmulatorError(
          `users[${index}].${member} is taken: another user has ${JSON.stringify(value)}, in the same or another case.`,
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
