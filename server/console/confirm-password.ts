import type { Actor } from '../administration/actor';
import type { AuditLog } from '../audit/audit-log';
import { PageError } from '../errors/http-errors';
import { tooManyAttempts } from '../errors/too-many-attempts';
import type { SignInLimits } from '../session/sign-in-throttle';
import { clientNetwork } from '../throttle/client-network';
import { failureLimits } from '../throttle/failure-limits';
import type { ThrottleCounts } from '../throttle/throttle-counts';
import type { User } from '../users/user';
import type { UserService } from '../users/user-service';

export type ConfirmPassword = ReturnType<typeof confirmPassword>;

export interface ConfirmPasswordDependencies {
  readonly users: UserService;
  readonly audit: AuditLog;
  readonly counts: ThrottleCounts;
  readonly signInLimits: SignInLimits;
  readonly now: () => number;
}

/**
 * Returns a function that checks the password of a signed-in user, and records a wrong one in the
 * history. Wrong passwords are counted apart from those of sign-ins, which a stranger could cause.
 * @throws PageError 429 after too many wrong passwords.
 */
export function confirmPassword(dependencies: ConfirmPasswordDependencies) {
  const { users, audit, counts, signInLimits, now } = dependencies;
  const failures = failureLimits({ counts, windowMs: signInLimits.windowMs, now });

  return async (user: User, password: string, by: Actor): Promise<boolean> => {
    if (password === '') return false;
    const limit = { counted: ['confirmation', String(user.userId)], most: signInLimits.failures } as const;
    rejectWhile(await failures.waitMs([limit]));
    const proven = await users.authenticate(user.login, password, clientNetwork(by.address ?? ''));
    // As at sign-in: if many requests arrive at once, those over the limit learn nothing.
    rejectWhile(await failures.waitMs([limit]));
    if (proven?.user.userId === user.userId) {
      await failures.forget(limit.counted);
      return true;
    }
    await failures.failed([limit]);
    const { userId, login, address } = by;
    const detail = { by: by.how };
    await audit.record({ event: 'session.sign_in_failed', at: now(), userId, login, address, detail });
    return false;
  };

  function rejectWhile(waitMs: number): void {
    if (waitMs === 0) return;
    throw new PageError(429, 'status.429', tooManyAttempts(waitMs));
  }
}
