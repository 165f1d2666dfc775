import { setTimeout as wait } from 'node:timers/promises';
import type { Database } from '../storage/database';

export interface HistoryRetentionDependencies {
  readonly database: Pick<Database, 'hot' | 'knex' | 'transaction'>;
  /** Entries older than so many days are removed. 0 keeps them all. */
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
/** Failed sign-ins are entries of their own for so long. Strangers cause them, as many as they like. */
const FAILED_SIGN_INS_KEPT_MS = 30 * DAY_MS;

// A piece holds the write lock for some twenty milliseconds, and then others have their turn.
const ROWS_IN_A_PIECE = 200;
const PAUSE_MS = 20;

// As the index of migration 0002 says it: with a bound value SQLite would not use it.
const FAILED_SIGN_IN = "event = 'session.sign_in_failed'";

/**
 * Keeps the history from growing without end. Old entries are removed. Old failed sign-ins become one entry a day (UTC), at
 * midnight, without an address: its detail is `{"count": N}`.
 */
export function historyRetention({ database, days, now }: HistoryRetentionDependencies) {
  const { hot, knex, transaction } = database;
  const removeOldest = hot.writer(`
    delete from audit_events where audit_event_id in (
      select audit_event_id from audit_events where at < ? order by at limit ${ROWS_IN_A_PIECE})`);

  const oldFailures = (within = knex) =>
    within<Row>('audit_events')
      .whereRaw(FAILED_SIGN_IN)
      // The entry of a day has none.
      .whereNotNull('address')
      .where('at', '<', now() - FAILED_SIGN_INS_KEPT_MS)
      .orderBy('at');

  /** Answers how many entries it has counted. */
  async function countOldest(): Promise<number> {
    // Most of the time there is nothing to do, and no lock is taken for it.
    if (!(await oldFailures().first('audit_event_id'))) return 0;
    return transaction(async (within) => {
      const failures = await oldFailures(within).limit(ROWS_IN_A_PIECE).select('audit_event_id', 'at');
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
    /** Does all that is due, in pieces; what is left when `isStopping` turns true is for the next time. */
    async apply(isStopping: () => boolean): Promise<void> {
      const pieces = [...(days > 0 ? [() => removeOldest(now() - days * DAY_MS)] : []), countOldest];
      for (const piece of pieces)
        while (!isStopping() && (await piece()) === ROWS_IN_A_PIECE) await wait(PAUSE_MS);
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
