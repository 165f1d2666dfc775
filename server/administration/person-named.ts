import type { Person } from '../audit/audit-log';
import type { UserService } from '../users/user-service';

/**
 * Returns the person whose history is asked for, by a login in any case of letters. A login that no
 * account has now may be an earlier one, or that of a removed account.
 */
export async function personNamed(login: string, users: Pick<UserService, 'findByLogin'>): Promise<Person> {
  const account = await users.findByLogin(login);
  return account ? { login: account.login, userId: account.userId } : { login };
}
