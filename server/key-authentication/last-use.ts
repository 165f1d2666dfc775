import type { Logger } from 'pino';
import type { Database, SqlValue } from '../storage/database';
import { withoutBoundValues } from '../storage/errors';

const WRITE_AFTER_MS = 500;
const WRITE_AFTER_AT_MOST_MS = 5_000;
/** Of so many rows, the next write waits this many times as long as this one took: of more at once each costs less. */
const MANY_ROWS = 1_000;
const PAUSES = 20;

/**
 * When and from where each key was last used. Noted in memory, written together after half a second, under load after five
 * at most. No request waits for it, a clean stop writes what is left, and a crash loses what was not written yet.
 */
export function lastUse({ database, log }: { database: Pick<Database, 'hot'>; log: Logger }) {
  const write = database.hot.bulkUpdate({
    table: 'key_uses',
    key: ['key_id', 'bigint'],
    set: { last_access: 'bigint', last_address: 'text' },
    // Another server may have seen a later use.
    unlessGreater: 'last_access',
  });
  let noted = new Map<number, { at: number; address: string }>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  let writeAfterMs = WRITE_AFTER_MS;

  async function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    if (noted.size === 0) return;
    const taken = noted;
    noted = new Map();
    // In the order of the table: neighbours share pages, and a page is written once a transaction.
    const rows = [...taken]
      .sort(([one], [other]) => one - other)
      .map(([keyId, { at, address }]): SqlValue[] => [at, address, keyId]);
    const began = performance.now();
    try {
      await write(rows);
    } catch (error) {
      log.error(
        { err: withoutBoundValues(error) },
        'the times of last use could not be written; they are kept for the next time',
      );
      for (const [keyId, use] of taken) if (!noted.has(keyId)) noted.set(keyId, use);
    }
    const pauseMs = rows.length < MANY_ROWS ? 0 : PAUSES * (performance.now() - began);
    writeAfterMs = Math.min(Math.max(WRITE_AFTER_MS, pauseMs), WRITE_AFTER_AT_MOST_MS);
    if (noted.size > 0) writeLater();
  }

  function writeLater(): void {
    timer ??= setTimeout(() => {
      writing = writing.then(flush);
    }, writeAfterMs).unref();
  }

  return {
    /** `now` in milliseconds since 1970. */
    note(keyId: number, now: number, address: string): void {
      noted.set(keyId, { at: now, address });
      writeLater();
    },
    /** Writes what is noted; the server's last act before it closes the database. */
    async flush(): Promise<void> {
      await writing;
      await flush();
    },
  };
}
