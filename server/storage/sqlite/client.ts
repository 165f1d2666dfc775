import { setTimeout as wait } from 'node:timers/promises';
import type { Knex } from 'knex';
// Where knex documents that a dialect is extended.
import BetterSqliteClient from 'knex/lib/dialects/better-sqlite3';

const ASK_AGAIN_MS = 5;
const GIVE_UP_AFTER_MS = 5_000;
// What finds the lock held so soon after another gave up does not wait for it all over again.
const SAME_LOCK_WITHIN_MS = 1_000;

// Not SQLITE_BUSY_SNAPSHOT: a transaction that has read what is no longer so never gets the lock.
const LOCKED = ['SQLITE_BUSY', 'SQLITE_BUSY_RECOVERY'];

const WRITES = /^\s*(?:insert|update|delete)\b/i;

/** Since when a connection has found the lock held, and when it last did; in milliseconds of the process. */
interface LockSeen {
  readonly since: number;
  readonly last: number;
}
const locksSeen = new WeakMap<object, LockSeen>();

/**
 * knex's dialect, but for how it waits for SQLite's one write lock: SQLite's own way sleeps on the event loop, and while
 * another process held the lock nobody could even be verified. A class, because knex makes one for each transaction.
 */
export class PatientClient extends BetterSqliteClient {
  override async _query(connection: object, query: Knex.Sql): Promise<unknown> {
    for (;;) {
      try {
        const result = await super._query(connection, query);
        // A read succeeds under another's lock and says nothing of it.
        if (WRITES.test(query.sql)) locksSeen.delete(connection);
        return result;
      } catch (error) {
        const isLocked = LOCKED.includes(String((error as { code?: unknown }).code));
        if (!isLocked || lockedForMs(connection) > GIVE_UP_AFTER_MS) throw error;
        await wait(ASK_AGAIN_MS);
      }
    }
  }
}

function lockedForMs(connection: object): number {
  const now = performance.now();
  const seen = locksSeen.get(connection);
  const since = seen && now - seen.last < SAME_LOCK_WITHIN_MS ? seen.since : now;
  locksSeen.set(connection, { since, last: now });
  return now - since;
}
