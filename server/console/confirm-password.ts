import type { AuditLog } from '../audit/audit-log';
import type { User } from '../users/user';
import type { UserService } from '../users/user-service';
import type { Actor } from './actor';

export type ConfirmPassword = ReturnType<typeof confirmPassword>;

/** Whether whoever sits at a signed-in browser knows its user's password; a wrong one is written down. */
export function confirmPassword({
  users,
  audit,
  now,
}: {
  users: UserService;
  audit: AuditLog;
  now: () => number;
}) {
  return async (user: User, password: string, by: Actor): Promise<boolean> => {
    if (password === '') return false;
    const proven = await users.authenticate(user.login, password);
    if (proven?.user.userId === user.userId) return true;
    const { userId, login, address } = by;
    const detail = { by: by.how };
    await audit.record({ event: 'session.sign_in_failed', at: now(), userId, login, address, detail });
    return false;
  };
}
