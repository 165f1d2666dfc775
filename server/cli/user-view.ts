import type { User } from '../users/user';
import type { StoreContext } from './store-command';

/**
 * Returns the account with this login.
 * @throws if there is none.
 */
export async function findUser({ users }: StoreContext, login: string): Promise<User> {
  const user = await users.findByLogin(login);
  if (!user) throw new Error(`There is no user ${JSON.stringify(login)}.`);
  return user;
}

/** Returns an account for the JSON output. */
export const viewUser = (user: User) => ({
  user_id: user.userId,
  login: user.login,
  email: user.email,
  name: user.name,
  role: user.role,
  disabled: user.disabledAt !== null,
});
