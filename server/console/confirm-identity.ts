import type { AuditLog } from '../audit/audit-log';
import { PageError } from '../errors/http-errors';
import { tooManyAttempts } from '../errors/too-many-attempts';
import type { Session } from '../session/session-service';
import type { SignInLimits } from '../session/sign-in-throttle';
import { clientNetwork } from '../throttle/client-network';
import { failureLimits } from '../throttle/failure-limits';
import type { ThrottleCounts } from '../throttle/throttle-counts';
import type { UserService } from '../users/user-service';
import type { Visit } from './console-access';

export interface ConfirmIdentityDependencies {
  readonly users: UserService;
  readonly audit: AuditLog;
  readonly counts: ThrottleCounts;
  readonly signInLimits: SignInLimits;
  readonly now: () => number;
}

/** For how long a fresh sign-in through another system counts. */
export const FRESH_MS = 5 * 60_000;

/** `missing`: no password was entered, or the last fresh sign-in was too long ago. */
export type Confirmation = 'confirmed' | 'missing' | 'wrong';

export type ConfirmIdentity = ReturnType<typeof confirmIdentity>;

/** Returns whether the person proved who they are elsewhere, a short time ago and because we asked. */
export function isFresh({ external }: Session, now: number): boolean {
  const age = now - (external?.provedAt ?? -Infinity);
  return age >= 0 && age < FRESH_MS;
}

/**
 * Returns a function that makes sure, before a sensitive change, that the person at the browser is the
 * one who signed in: by the password, which is recorded in the history if it is wrong, or by a fresh
 * sign-in of a person who has no password here. Wrong passwords are counted apart from those of
 * sign-ins, which a stranger could cause.
 * @throws PageError 429 after too many wrong passwords.
 */
export function confirmIdentity(dependencies: ConfirmIdentityDependencies) {
  const { users, audit, counts, signInLimits, now } = dependencies;
  const failures = failureLimits({ counts, windowMs: signInLimits.windowMs, now });

  return async ({ user, session, by }: Visit, password: string): Promise<Confirmation> => {
    if (session.external) return isFresh(session, now()) ? 'confirmed' : 'missing';
    if (password === '') return 'missing';
    const limit = { counted: ['confirmation', String(user.userId)], most: signInLimits.failures } as const;
    rejectWhile(await failures.waitMs([limit]));
    const proven = await users.authenticate(user.login, password, clientNetwork(by.address ?? ''));
    const isRight = proven?.user.userId === user.userId;
    // As at sign-in: if many requests arrive at once, those over the limit learn nothing.
    rejectWhile(await failures.settle([limit], { failed: !isRight }));
    if (isRight) {
      await failures.forget(limit.counted);
      return 'confirmed';
    }
    const { userId, login, address } = by;
    const detail = { by: by.how };
    await audit.record({ event: 'session.sign_in_failed', at: now(), userId, login, address, detail });
    return 'wrong';
  };

  function rejectWhile(waitMs: number): void {
    if (waitMs === 0) return;
    throw new PageError(429, 'status.429', tooManyAttempts(waitMs));
  }
}
