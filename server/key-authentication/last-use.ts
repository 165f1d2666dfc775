import type { Logger } from 'pino';
import type { Database } from '../storage/database';
import { collectedWrites } from './collected-writes';

/** Records when and from where each key was last used, a moment later (collected-writes.ts). */
export function lastUse({ database, log }: { database: Pick<Database, 'hot'>; log: Logger }) {
  const write = database.hot.bulkUpdate({
    table: 'key_uses',
    key: ['key_id', 'bigint'],
    set: { last_access: 'bigint', last_address: 'text' },
    // Another server may have recorded a later use.
    guard: (sent) => `coalesce(key_uses.last_access, 0) <= ${sent('last_access')}`,
  });
  const uses = collectedWrites<{ at: number; address: string }>({
    write,
    rowOf: (keyId, { at, address }) => [at, address, keyId],
    log,
    failure: 'the times of last use could not be written; the next write includes them',
  });
  return {
    /** Records a use of the key in memory. `now` is in milliseconds since 1970. */
    note(keyId: number, now: number, address: string): void {
      uses.note(keyId, { at: now, address });
    },
    /** Writes the uses that are still in memory. Call it before the database is closed. */
    flush: () => uses.flush(),
  };
}
