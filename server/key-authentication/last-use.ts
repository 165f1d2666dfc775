import type { Logger } from 'pino';
import type { Database, SqlValue } from '../storage/database';
import { withoutBoundValues } from '../storage/errors';

const WRITE_AFTER_MS = 500;
const WRITE_AFTER_AT_MOST_MS = 5_000;
/**
 * After a write of at least `MANY_ROWS` rows, the next write waits `PAUSES` times as long as this
 * one took. Rows cost less when more are written at once.
 */
const MANY_ROWS = 1_000;
const PAUSES = 20;

/**
 * Records when and from where each key was last used.
 *
 * Uses are collected in memory and written together after half a second, under load after at most
 * five seconds. No request waits for the write. A clean stop writes the rest, and a crash loses
 * what is not written yet.
 */
export function lastUse({ database, log }: { database: Pick<Database, 'hot'>; log: Logger }) {
  const write = database.hot.bulkUpdate({
    table: 'key_uses',
    key: ['key_id', 'bigint'],
    set: { last_access: 'bigint', last_address: 'text' },
    // Another server may have recorded a later use.
    unlessGreater: 'last_access',
  });
  let unwritten = new Map<number, { at: number; address: string }>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  let writeAfterMs = WRITE_AFTER_MS;

  async function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    if (unwritten.size === 0) return;
    const taken = unwritten;
    unwritten = new Map();
    // Sorted like the table: neighbors share pages, and a transaction writes each page once.
    const rows = [...taken]
      .sort(([one], [other]) => one - other)
      .map(([keyId, { at, address }]): SqlValue[] => [at, address, keyId]);
    const began = performance.now();
    try {
      await write(rows);
    } catch (error) {
      log.error(
        { err: withoutBoundValues(error) },
        'the times of last use could not be written; the next write includes them',
      );
      for (const [keyId, use] of taken) if (!unwritten.has(keyId)) unwritten.set(keyId, use);
    }
    const pauseMs = rows.length < MANY_ROWS ? 0 : PAUSES * (performance.now() - began);
    writeAfterMs = Math.min(Math.max(WRITE_AFTER_MS, pauseMs), WRITE_AFTER_AT_MOST_MS);
    if (unwritten.size > 0) writeLater();
  }

  function writeLater(): void {
    timer ??= setTimeout(() => {
      writing = writing.then(flush);
    }, writeAfterMs).unref();
  }

  return {
    /** Records a use of the key in memory. `now` is in milliseconds since 1970. */
    note(keyId: number, now: number, address: string): void {
      unwritten.set(keyId, { at: now, address });
      writeLater();
    },
    /** Writes the uses that are still in memory. Call it before the database is closed. */
    async flush(): Promise<void> {
      await writing;
      await flush();
    },
  };
}
