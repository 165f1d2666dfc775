import type { Logger } from 'pino';
import type { Database, SqlValue } from '../storage/database';
import { withoutBoundValues } from '../storage/errors';

const WRITE_EVERY_MS = 500;

/**
 * When and from where each key was last used. Noted in memory, written together twice a second: no request waits for it,
 * a clean stop writes what is left, and a crash loses half a second of it.
 */
export function lastUse({ database, log }: { database: Pick<Database, 'hot'>; log: Logger }) {
  const write = database.hot.bulkWriter({
    sqlite: `
      update consumer_keys set last_access = ?, last_address = ?
      where key_id = ? and coalesce(last_access, 0) <= ?`,
    // In the order of their ids, as everywhere: two servers that lock the same rows then wait and do not deadlock.
    postgres: `
      with used as (
        select k.key_id, u.at, u.address
        from unnest(?::bigint[], ?::text[], ?::bigint[], ?::bigint[]) as u (at, address, key_id, up_to)
        join consumer_keys k on k.key_id = u.key_id and coalesce(k.last_access, 0) <= u.up_to
        order by k.key_id for no key update of k)
      update consumer_keys k set last_access = used.at, last_address = used.address
      from used where k.key_id = used.key_id`,
  });
  let noted = new Map<number, { at: number; address: string }>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  async function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    if (noted.size === 0) return;
    const taken = noted;
    noted = new Map();
    // In the order of the table: neighbours share pages, and a page is written once a transaction.
    const rows = [...taken]
      .sort(([one], [other]) => one - other)
      .map(([keyId, { at, address }]): SqlValue[] => [at, address, keyId, at]);
    try {
      await write(rows);
    } catch (error) {
      log.error(
        { err: withoutBoundValues(error) },
        'the times of last use could not be written; they are kept for the next time',
      );
      for (const [keyId, use] of taken) if (!noted.has(keyId)) noted.set(keyId, use);
    }
  }

  return {
    /** `now` in milliseconds since 1970. */
    note(keyId: number, now: number, address: string): void {
      noted.set(keyId, { at: now, address });
      timer ??= setTimeout(() => {
        writing = writing.then(flush);
      }, WRITE_EVERY_MS).unref();
    },
    /** Writes what is noted; the server's last act before it closes the database. */
    async flush(): Promise<void> {
      await writing;
      await flush();
    },
  };
}
