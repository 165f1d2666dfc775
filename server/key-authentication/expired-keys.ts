import type { Logger } from 'pino';
import type { Database } from '../storage/database';
import { collectedWrites } from './collected-writes';
import type { ExpiredKeys } from './verify';

/** Writes when keys were first seen as ended, a moment later (collected-writes.ts). */
export function expiredKeys({
  database,
  log,
}: {
  database: Pick<Database, 'hot'>;
  log: Logger;
}): ExpiredKeys & { flush: () => Promise<void> } {
  const write = database.hot.bulkUpdate({
    table: 'consumer_keys',
    key: ['key_id', 'bigint'],
    set: { expired_at: 'bigint' },
    // The key may have been extended since.
    guard: (sent) => `consumer_keys.expired_at is null and consumer_keys.expires_at <= ${sent('expired_at')}`,
  });
  const ends = collectedWrites<number>({
    write,
    rowOf: (keyId, at) => [at, keyId],
    log,
    failure: 'the ends of keys could not be written; the next write includes them',
  });
  return {
    seenAt: (keyId) => ends.unwritten(keyId) ?? -Infinity,
    note: (keyId, at) => {
      ends.note(keyId, at);
    },
    /** Writes the ends that are still in memory. Call it before the database is closed. */
    flush: () => ends.flush(),
  };
}
