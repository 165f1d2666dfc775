import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Client, Pool } from 'pg';
import type { Lease } from '../lease';
import { connectAlone, disconnect } from './connections';
import { postgresError } from './errors';

const RETRY_EVERY_MS = 250;
const LIMITS = { answerWithinMs: 5_000, lockWithinMs: 4_000 };
// A connection can die silently, together with the machine at its other end. Only a statement
// notices.
const ASK_EVERY_MS = 5_000;
// If a lease is free, its holder may be reconnecting after an outage of the database. This many
// checks are made.
const LOOKS = 8;

// Identifies this database and schema, because advisory locks are numbers that count for the whole
// database.
const LOCK = "hashtextextended(current_schema() || '/' || $1, 0)";

/** A lease that is released when the process ends normally. */
export interface ConnectionLease extends Lease {
  release(): Promise<void>;
}

/**
 * Holds each lease as an advisory lock, which PostgreSQL releases when the connection ends.
 *
 * A transaction that does nothing else holds the lock. So it also works through a connection
 * pooler, which assigns a connection for one transaction.
 */
export function postgresLease(url: string, pool: Pool): ConnectionLease {
  const id = randomUUID();
  let held: Client | undefined;
  let released = false;

  async function take(): Promise<void> {
    const client = await connectAlone(url, LIMITS);
    try {
      await begin(client);
      await client.query(`select pg_advisory_xact_lock(${LOCK})`, [id]);
    } catch (error) {
      await disconnect(client);
      throw error;
    }
    if (released) await disconnect(client);
    else watch((held = client));
  }

  function watch(client: Client): void {
    const asking = setInterval(() => {
      client.query('select').catch(() => disconnect(client));
    }, ASK_EVERY_MS).unref();
    client.on('end', () => {
      clearInterval(asking);
      if (!released) void retryTaking();
    });
  }

  async function retryTaking(): Promise<void> {
    while (!released) {
      await wait(RETRY_EVERY_MS, undefined, { ref: false });
      try {
        await take();
        return;
      } catch {
        // The database is still unreachable.
      }
    }
  }

  async function isFree(other: string): Promise<boolean> {
    // Takes and releases the lock in one statement. The lock is shared, so that two checks do not
    // take each other for the holder.
    const { rows } = await pool.query<{ free: boolean }>(
      `select pg_try_advisory_xact_lock_shared(${LOCK}) as free`,
      [other],
    );
    return rows[0]?.free === true;
  }

  return {
    id,
    async take() {
      try {
        await take();
      } catch (error) {
        throw postgresError(error);
      }
    },
    async isGone(other) {
      if (other === id) return false;
      try {
        for (let look = 1; await isFree(other); look++) {
          if (look === LOOKS) return true;
          await wait(RETRY_EVERY_MS);
        }
        return false;
      } catch (error) {
        throw postgresError(error);
      }
    },
    async holder(other) {
      // The number of an advisory lock is split into two unsigned halves.
      const { rows } = await pool.query<{ address: string | null; since: Date }>(
        `select host(client_addr) as address, backend_start as since
         from pg_locks join pg_stat_activity using (pid)
         where locktype = 'advisory' and objsubid = 1 and granted
           and (classid::bigint << 32 | objid::bigint) = ${LOCK}`,
        [other],
      );
      const [found] = rows;
      if (!found) return undefined;
      return `connected from ${found.address ?? 'this machine'} since ${found.since.toISOString()}`;
    },
    async alone(name, work) {
      const client = await connectAlone(url, LIMITS);
      try {
        await begin(client);
        const { rows } = await client.query<{ free: boolean }>(
          `select pg_try_advisory_xact_lock(${LOCK}) as free`,
          [name],
        );
        return rows[0]?.free === true ? await work() : undefined;
      } finally {
        await disconnect(client);
      }
    },
    async release() {
      released = true;
      if (held) await disconnect(held);
    },
  };
}

async function begin(client: Client): Promise<void> {
  // At this isolation level, an idle transaction does not keep old rows from being vacuumed.
  await client.query('begin isolation level read committed');
  // PostgreSQL has to notice soon if this machine disappears.
  await client.query(
    `select set_config(name, value, true)
     from (values ('idle_in_transaction_session_timeout', '0'), ('tcp_keepalives_idle', '10'),
       ('tcp_keepalives_interval', '5'), ('tcp_keepalives_count', '3')) as wanted (name, value)`,
  );
}
