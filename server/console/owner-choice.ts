import { isManager, type User } from '../users/user';
import type { UserService } from '../users/user-service';

const LISTED_OWNERS_MAX = 500;

/**
 * Returns who may own a key: administrators choose among all managers, and other users own their
 * keys themselves.
 */
export function ownerChoice(users: UserService) {
  return {
    /**
     * Returns the logins to choose from. In a store with more managers, the user types the login.
     */
    async namesFor(user: User): Promise<{ owners: string[]; ownerIsTyped: boolean }> {
      if (user.role !== 'administrator') return { owners: [user.login], ownerIsTyped: false };
      const managers = await users.managers(LISTED_OWNERS_MAX + 1);
      const ownerIsTyped = managers.length > LISTED_OWNERS_MAX;
      return { owners: ownerIsTyped ? [] : managers.map(({ login }) => login), ownerIsTyped };
    },
    /** Returns the owner with this login, or `undefined` if the user may not choose it. */
    async chosen(user: User, login: string): Promise<User | undefined> {
      const owner = login === '' ? user : await users.findByLogin(login);
      const may = user.role === 'administrator' || owner?.userId === user.userId;
      return owner && may && isManager(owner) ? owner : undefined;
    },
  };
}
