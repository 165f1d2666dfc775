import { createHmac } from 'node:crypto';
import type { Database } from '../storage/database';

/** What is counted: a kind, and whom it is about. */
export type Counted = readonly [kind: string, ...about: string[]];

/** How often it happened in the window that is open. Times are milliseconds since 1970. */
export interface Count {
  readonly times: number;
  readonly until: number;
}

/** A count to be raised; the first one opens a window, and the next after its end opens another. */
export interface Raise {
  readonly counted: Counted;
  readonly times?: number;
  readonly now: number;
  readonly windowMs: number;
}

interface Row {
  times: number;
  expires_at: number;
}

export type ThrottleCounts = ReturnType<typeof throttleCounts>;

/**
 * Counts that every process on the database shares. Whom they are about stands there as an HMAC alone: what people type
 * as their name is now and then their password.
 */
export function throttleCounts({ hot, knex }: Pick<Database, 'hot' | 'knex'>, key: Buffer) {
  const find = hot.reader<Row>(
    'select times, expires_at from throttle_counts where counted = ? and expires_at > ?',
  );
  const inWindow = (now: string) => `
    on conflict (counted) do update set
      times = excluded.times + case when throttle_counts.expires_at > ${now} then throttle_counts.times else 0 end,
      expires_at = case when throttle_counts.expires_at > ${now} then throttle_counts.expires_at else excluded.expires_at end`;
  const RAISE = `insert into throttle_counts (counted, times, expires_at) values (?, ?, ?) ${inWindow('?')}`;
  const raise = hot.writer(RAISE);
  const raiseMany = hot.bulkWriter({
    sqlite: RAISE,
    // In one order everywhere: two servers that raise the same counts then wait and do not deadlock.
    postgres: `
      insert into throttle_counts (counted, times, expires_at)
      select * from unnest(?::text[], ?::integer[], ?::bigint[]) as raised (counted, times, expires_at) order by counted
      ${inWindow('(?::bigint[])[1]')}`,
  });
  const forget = hot.writer('delete from throttle_counts where counted = ?');

  const hash = (counted: Counted) =>
    createHmac('sha256', key).update(JSON.stringify(counted)).digest('base64url');
  const valuesOf = ({ counted, times = 1, now, windowMs }: Raise) => [
    hash(counted),
    times,
    now + windowMs,
    now,
    now,
  ];
  return {
    async of(counted: Counted, now: number): Promise<Count | undefined> {
      const row = await find(hash(counted), now);
      return row && { times: row.times, until: row.expires_at };
    },
    async raise(one: Raise): Promise<void> {
      await raise(...valuesOf(one));
    },
    raiseMany: (many: readonly Raise[]): Promise<void> => raiseMany(many.map(valuesOf)),
    async forget(counted: Counted): Promise<void> {
      await forget(hash(counted));
    },
    async removeExpired(now: number): Promise<number> {
      return knex('throttle_counts').where('expires_at', '<=', now).delete();
    },
  };
}
