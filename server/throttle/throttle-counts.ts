import { createHmac } from 'node:crypto';
import type { Database } from '../storage/database';

/** The subject of a count: a kind of failure, and an address, account or browser. */
export type Counted = readonly [kind: string, ...about: string[]];

/** The number of failures in the current window. Times are milliseconds since 1970. */
export interface Count {
  readonly times: number;
  readonly until: number;
}

/**
 * A count to increase. The first failure opens a window, and the first one after its end opens the
 * next.
 */
export interface Raise {
  readonly counted: Counted;
  readonly times?: number;
  readonly windowMs: number;
}

interface Row {
  times: number;
  expires_at: number;
}

export type ThrottleCounts = ReturnType<typeof throttleCounts>;

/**
 * Counts that every process on the database shares. The subject is stored as an HMAC only, because
 * people sometimes type their password as their name.
 */
export function throttleCounts({ hot, knex }: Pick<Database, 'hot' | 'knex'>, key: Buffer) {
  const find = hot.reader<Row>(
    'select times, expires_at from throttle_counts where counted = ? and expires_at > ?',
  );
  const inWindow = (now: string) => `
      times = excluded.times + case when throttle_counts.expires_at > ${now} then throttle_counts.times else 0 end,
      expires_at = case when throttle_counts.expires_at > ${now} then throttle_counts.expires_at else excluded.expires_at end`;
  const raise = hot.writer(`
    insert into throttle_counts (counted, times, expires_at) values (?, ?, ?)
    on conflict (counted) do update set ${inWindow('?')}`);
  const raiseMany = hot.bulkUpsert({
    table: 'throttle_counts',
    columns: { counted: 'text', times: 'integer', expires_at: 'bigint' },
    key: 'counted',
    update: inWindow,
    sharedType: 'bigint',
  });
  const forget = hot.writer('delete from throttle_counts where counted = ?');

  const hash = (counted: Counted) =>
    createHmac('sha256', key).update(JSON.stringify(counted)).digest('base64url');
  const rowOf = ({ counted, times = 1, windowMs }: Raise, now: number) => [
    hash(counted),
    times,
    now + windowMs,
  ];
  return {
    async of(counted: Counted, now: number): Promise<Count | undefined> {
      const row = await find(hash(counted), now);
      return row && { times: row.times, until: row.expires_at };
    },
    async raise({ now, ...one }: Raise & { readonly now: number }): Promise<void> {
      await raise(...rowOf(one, now), now, now);
    },
    raiseMany: (many: readonly Raise[], now: number): Promise<void> =>
      raiseMany(
        many.map((one) => rowOf(one, now)),
        now,
      ),
    async forget(counted: Counted): Promise<void> {
      await forget(hash(counted));
    },
    async removeExpired(now: number): Promise<number> {
      return knex('throttle_counts').where('expires_at', '<=', now).delete();
    },
  };
}
