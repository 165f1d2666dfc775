import { isManager, type User } from './user';

/**
 * Returns whether one account may end or change what belongs to another. Managers may, unless it
 * belongs to an administrator.
 */
export function mayManage(manager: User, owner: Pick<User, 'role'>): boolean {
  if (!isManager(manager)) return false;
  return manager.role === 'administrator' || owner.role !== 'administrator';
}

/**
 * Returns whether one account may see the new secret of a key that acts for another account.
 * Everyone may for their own account, and administrators for any.
 */
export function mayHoldSecretOf(manager: User, owner: Pick<User, 'userId'>): boolean {
  return isManager(manager) && (manager.role === 'administrator' || manager.userId === owner.userId);
}
