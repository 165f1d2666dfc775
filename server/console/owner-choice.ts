import { isManager, type User } from '../users/user';
import type { UserService } from '../users/user-service';

const SHOWN_MAX = 500;

/** Whom a key may be made for or given to: administrators choose among all managers, others stand for themselves. */
export function ownerChoice(users: UserService) {
  return {
    /** To choose from; a store with more managers than these has their logins typed. */
    async namesFor(user: User): Promise<{ owners: string[]; ownerIsTyped: boolean }> {
      if (user.role !== 'administrator') return { owners: [user.login], ownerIsTyped: false };
      const managers = await users.managers(SHOWN_MAX + 1);
      const ownerIsTyped = managers.length > SHOWN_MAX;
      return { owners: ownerIsTyped ? [] : managers.map(({ login }) => login), ownerIsTyped };
    },
    /** `undefined` for a login that is not among them. */
    async chosen(user: User, login: string): Promise<User | undefined> {
      const owner = login === '' ? user : await users.findByLogin(login);
      const may = user.role === 'administrator' || owner?.userId === user.userId;
      return owner && may && isManager(owner) ? owner : undefined;
    },
  };
}
