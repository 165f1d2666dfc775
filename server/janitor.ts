import type { Logger } from 'pino';
import type { HistoryRetention } from './audit/history-retention';
import type { GrantRequestStore } from './grant/grant-request-store';
import type { InterruptedGrants } from './grant/interrupted-grants';
import type { NonceStore } from './key-authentication/nonce-store';
import { withoutBoundValues } from './storage/errors';
import type { SessionStore } from './session/session-store';
import type { Lease } from './storage/lease';
import type { ThrottleCounts } from './throttle/throttle-counts';

export interface JanitorDependencies {
  readonly interruptedGrants: InterruptedGrants;
  readonly grantRequests: GrantRequestStore;
  readonly sessions: SessionStore;
  readonly nonces: NonceStore;
  readonly counts: ThrottleCounts;
  readonly history: HistoryRetention;
  readonly log: Logger;
  readonly now: () => number;
  readonly lease: Pick<Lease, 'alone'>;
}

const ROUND_EVERY_MS = 60_000;
// Long after its deadline a key that is still pending was left so by a failure of the database.
const OVERDUE_MS = 60_000;

/**
 * Removes what has expired. Of several processes one does a round, while the others leave theirs out; every step is a set of
 * guarded deletes all the same.
 */
export function janitor(dependencies: JanitorDependencies) {
  const { interruptedGrants, grantRequests, sessions, nonces, counts, history, log, now, lease } =
    dependencies;
  let stopping = false;

  /** Ends the keys that a process left undelivered when it died; the work of a living one is not touched. */
  async function discardUndelivered(): Promise<void> {
    const discarded = await interruptedGrants.ofDeadProcesses();
    if (discarded > 0) log.warn({ discarded }, 'discarded keys whose delivery was cut off');
  }

  const round = (): Promise<unknown> => lease.alone('janitor', work);

  async function work(): Promise<void> {
    await discardUndelivered();
    const overdue = await interruptedGrants.overdue(now() - OVERDUE_MS);
    if (overdue > 0) log.warn({ overdue }, 'discarded keys whose delivery was never settled');
    await sessions.removeExpired(now());
    await grantRequests.removeExpired(now());
    await nonces.removeExpired(now());
    await counts.removeExpired(now());
    await history.apply(() => stopping);
  }

  return {
    /** Before the first request is taken. */
    discardUndelivered,
    round,
    start(): { stop(): void } {
      const timer = setInterval(() => {
        round().catch((error: unknown) => {
          log.error({ err: withoutBoundValues(error) }, 'the janitor failed; it tries again in a minute');
        });
      }, ROUND_EVERY_MS);
      timer.unref();
      return {
        stop: () => {
          stopping = true;
          clearInterval(timer);
        },
      };
    },
  };
}
