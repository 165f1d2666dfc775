import { setTimeout as wait } from 'node:timers/promises';
import type { Knex } from 'knex';
// The extension point that knex documents for dialects.
import BetterSqliteClient from 'knex/lib/dialects/better-sqlite3';
import { GIVE_UP_AFTER_MS } from './write-lock';

const RETRY_EVERY_MS = 5;
// A statement that meets the lock this soon after another one gave up does not wait for the full
// time again.
const SAME_LOCK_WITHIN_MS = 1_000;

// SQLITE_BUSY_SNAPSHOT is not included: a transaction that read outdated data never gets the lock.
const LOCKED = ['SQLITE_BUSY', 'SQLITE_BUSY_RECOVERY'];

const WRITES = /^\s*(?:insert|update|delete)\b/i;

/** When a connection first and last found the lock taken, in milliseconds of the process. */
interface LockSeen {
  readonly since: number;
  readonly last: number;
}
const locksSeen = new WeakMap<object, LockSeen>();

/**
 * knex's dialect with another way to wait for SQLite's write lock. SQLite itself sleeps on the
 * event loop, and no key could be verified while another process holds the lock. This is a class
 * because knex creates one for each transaction.
 */
export class PatientClient extends BetterSqliteClient {
  override async _query(connection: object, query: Knex.Sql): Promise<unknown> {
    for (;;) {
      try {
        const result = await super._query(connection, query);
        // A read succeeds while another process holds the lock, so it says nothing about the lock.
        if (WRITES.test(query.sql)) locksSeen.delete(connection);
        return result;
      } catch (error) {
        const isLocked = LOCKED.includes(String((error as { code?: unknown }).code));
        if (!isLocked || lockedForMs(connection) > GIVE_UP_AFTER_MS) throw error;
        await wait(RETRY_EVERY_MS);
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
