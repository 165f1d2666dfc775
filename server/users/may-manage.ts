import { isManager, type User } from './user';

/** Whether one account may end or change what belongs to another: managers may, but not what is an administrator's. */
export function mayManage(manager: User, owner: Pick<User, 'role'>): boolean {
  if (!isManager(manager)) return false;
  return manager.role === 'administrator' || owner.role !== 'administrator';
}

/** Whether one account may see a new secret of a key that acts in another's name: its own, and administrators any. */
export function mayHoldSecretOf(manager: User, owner: Pick<User, 'userId'>): boolean {
  return isManager(manager) && (manager.role === 'administrator' || manager.userId === owner.userId);
}
