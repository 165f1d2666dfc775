import { setTimeout as wait } from 'node:timers/promises';
import type { Database } from '../storage/database';

export interface HistoryRetentionDependencies {
  readonly database: Pick<Database, 'hot' | 'knex' | 'transaction'>;
  /** Entries older than this many days are removed. 0 keeps all of them. */
  readonly days: number;
  readonly now: () => number;
}

/** The columns that are read. */
interface Row {
  audit_event_id: number;
  event: string;
  at: number;
  address: string | null;
  detail: string;
}

export type HistoryRetention = ReturnType<typeof historyRetention>;

const DAY_MS = 86_400_000;
/** For this long, failed sign-ins are separate entries. Strangers cause them, in any number. */
const FAILED_SIGN_INS_KEPT_MS = 30 * DAY_MS;

// One step holds the write lock for about twenty milliseconds. Then other work gets a turn.
const ROWS_PER_STEP = 200;
const PAUSE_MS = 20;

// The literal of the index of migration 0002. SQLite would not use the index for a bound value.
const FAILED_SIGN_IN = "event = 'session.sign_in_failed'";

/**
 * Limits the growth of the history. Old entries are removed. Old failed sign-ins become one entry
 * per day (UTC), at midnight, without an address. Its detail is `{"count": N}`.
 */
export function historyRetention({ database, days, now }: HistoryRetentionDependencies) {
  const { hot, knex, transaction } = database;
  const removeOldest = hot.writer(`
    delete from audit_events where audit_event_id in (
      select audit_event_id from audit_events where at < ? order by at limit ${ROWS_PER_STEP})`);

  const oldFailures = (within = knex) =>
    within<Row>('audit_events')
      .whereRaw(FAILED_SIGN_IN)
      // The entry of a day has no address.
      .whereNotNull('address')
      .where('at', '<', now() - FAILED_SIGN_INS_KEPT_MS)
      .orderBy('at');

  /** Sums up one day. Returns the number of entries it replaced. */
  async function countOldest(): Promise<number> {
    // Usually there is nothing to do, and no lock is taken.
    if (!(await oldFailures().first('audit_event_id'))) return 0;
    return transaction(async (within) => {
      const failures = await oldFailures(within).limit(ROWS_PER_STEP).select('audit_event_id', 'at');
      for (const [day, ids] of byDay(failures)) {
        const entries = () => within<Row>('audit_events');
        const counted = await entries()
          .whereRaw(FAILED_SIGN_IN)
          .where({ at: day, address: null })
          .first('audit_event_id', 'detail');
        const [kept = 0, ...others] = counted ? [counted.audit_event_id, ...ids] : ids;
        const detail = JSON.stringify({ count: countIn(counted?.detail) + ids.length });
        await entries().where({ audit_event_id: kept }).update({ at: day, address: null, detail });
        await entries().whereIn('audit_event_id', others).delete();
      }
      return failures.length;
    });
  }

  return {
    /**
     * Does all pending work in small steps. Stops when `isStopping` returns true, and continues in
     * the next run.
     */
    async apply(isStopping: () => boolean): Promise<void> {
      const steps = [...(days > 0 ? [() => removeOldest(now() - days * DAY_MS)] : []), countOldest];
      for (const step of steps)
        while (!isStopping() && (await step()) === ROWS_PER_STEP) await wait(PAUSE_MS);
    },
  };
}

function byDay(failures: readonly Pick<Row, 'audit_event_id' | 'at'>[]): Map<number, number[]> {
  const days = new Map<number, number[]>();
  for (const { audit_event_id: id, at } of failures) {
    const day = Math.floor(at / DAY_MS) * DAY_MS;
    days.set(day, [...(days.get(day) ?? []), id]);
  }
  return days;
}

const countIn = (detail: string | undefined): number =>
  detail === undefined ? 0 : ((JSON.parse(detail) as { count?: number }).count ?? 1);
