import type { Logger } from 'pino';
import type { HistoryRetention } from './audit/history-retention';
import type { InterruptedGrants } from './grant/interrupted-grants';
import { withoutBoundValues } from './storage/errors';
import type { Lease } from './storage/lease';

export interface JanitorDependencies {
  readonly interruptedGrants: InterruptedGrants;
  /** The stores whose rows expire. */
  readonly expiring: readonly { removeExpired(now: number): Promise<unknown> }[];
  readonly history: HistoryRetention;
  readonly log: Logger;
  readonly now: () => number;
  readonly lease: Pick<Lease, 'alone'>;
}

const ROUND_EVERY_MS = 60_000;
// A key that is still pending long after its deadline was left behind by a failure of the database.
const OVERDUE_MS = 60_000;

/**
 * Removes what has expired. Only one process runs the cleanup at a time; the other instances skip
 * it. Each step is a set of guarded deletes, so it would also be safe in parallel.
 */
export function janitor(dependencies: JanitorDependencies) {
  const { interruptedGrants, expiring, history, log, now, lease } = dependencies;
  let stopping = false;

  const round = (): Promise<unknown> => lease.alone('janitor', work);

  async function work(): Promise<void> {
    await interruptedGrants.ofDeadProcesses();
    await interruptedGrants.overdue(now() - OVERDUE_MS);
    for (const store of expiring) await store.removeExpired(now());
    await history.apply(() => stopping);
  }

  return {
    /**
     * Ends the keys that a dead process did not deliver. The work of running processes is not
     * touched. Runs before the first request.
     */
    discardUndelivered: () => interruptedGrants.ofDeadProcesses(),
    round,
    start(): { stop(): void } {
      const timer = setInterval(() => {
        round().catch((error: unknown) => {
          log.error({ err: withoutBoundValues(error) }, 'the cleanup failed; retrying in one minute');
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
