import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Client, Pool } from 'pg';
import type { Lease } from '../lease';
import { connectAlone, disconnect } from './connections';
import { postgresError } from './errors';

const TAKE_AGAIN_MS = 250;
const LIMITS = { answerWithinMs: 5_000, lockWithinMs: 4_000 };
// A connection can die without a word, with the machine at its other end; only whoever asks notices.
const ASK_EVERY_MS = 5_000;
// A lease that is not held may be one whose holder is connecting again, after the database was away: looked at so often.
const LOOKS = 8;

// Of this database and schema: locks are numbers, and hold in the whole database.
const LOCK = "hashtextextended(current_schema() || '/' || $1, 0)";

/** A lease that is given back when the process ends well. */
export interface ConnectionLease extends Lease {
  release(): Promise<void>;
}

/**
 * Each lease is an advisory lock, which PostgreSQL drops when the connection that took it ends. It is held by a transaction
 * that does nothing else, so that it also holds through a connection pooler, which lends a connection for a transaction.
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
      if (!released) void takeAgain();
    });
  }

  async function takeAgain(): Promise<void> {
    while (!released) {
      await wait(TAKE_AGAIN_MS, undefined, { ref: false });
      try {
        await take();
        return;
      } catch {
        // The database is away still.
      }
    }
  }

  async function isFree(other: string): Promise<boolean> {
    // Taken and given back in one statement; shared, so that those who look do not take each other for the holder.
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
          await wait(TAKE_AGAIN_MS);
        }
        return false;
      } catch (error) {
        throw postgresError(error);
      }
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
  // At this level a transaction that does nothing keeps no old rows from being vacuumed.
  await client.query('begin isolation level read committed');
  // And PostgreSQL is to notice soon that a machine has gone without a word.
  await client.query(
    `select set_config(name, value, true)
     from (values ('idle_in_transaction_session_timeout', '0'), ('tcp_keepalives_idle', '10'),
       ('tcp_keepalives_interval', '5'), ('tcp_keepalives_count', '3')) as wanted (name, value)`,
  );
}
