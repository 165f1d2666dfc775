import createKnex, { type Knex } from 'knex';
import type { Pool } from 'pg';
import { retry } from '../retry';
import type { Database } from '../database';
import { PostgresClient } from './client';
import { openPool } from './connections';
import { postgresDialect } from './dialect';
import { postgresErrors } from './errors';
import { hotStatements } from './hot-statements';
import { postgresLease } from './lease';
import { inMigration } from './migration';

export interface PostgresOptions {
  readonly client: 'postgres';
  /** As libpq takes it, with parameters. It may contain a password. */
  readonly url: string;
  /** The maximum number of connections of one server. */
  readonly connections: number;
}

// With these limits, a request gets its answer within about fifteen seconds, whatever the database
// does.
const LIMITS = { answerWithinMs: 8_000, lockWithinMs: 4_000 };
const HOT_LIMITS = { answerWithinMs: 5_000, lockWithinMs: 4_000 };
const PATIENT_LIMITS = { answerWithinMs: 3_600_000, lockWithinMs: 3_600_000 };

const SILENT = () => undefined;
/**
 * Opens PostgreSQL, for any number of machines. The hot statements have their own connections, so
 * that a transaction that runs one does not wait for the end of another transaction. One more
 * connection holds the lease.
 */
export function openPostgres({ url, connections }: PostgresOptions): Database {
  const hotConnections = Math.ceil((connections - 1) / 3);
  const hotPool = openPool(url, hotConnections, HOT_LIMITS);
  const pool = openPool(url, connections - 1 - hotConnections, LIMITS);
  const knex = knexOn(pool);
  const lease = postgresLease(url, hotPool);

  async function withoutTimeouts<T>(work: (own: Knex) => Promise<T>): Promise<T> {
    const one = openPool(url, 1, PATIENT_LIMITS);
    try {
      return await work(knexOn(one));
    } finally {
      await one.end();
    }
  }
  return {
    dialect: postgresDialect,
    knex,
    hot: hotStatements(hotPool),
    lease,
    transaction: (work) =>
      retry(postgresErrors, () => knex.transaction(work, { isolationLevel: 'serializable' })),
    inMigration: (steps) => withoutTimeouts((own) => inMigration(own, steps)),
    withoutTimeouts,
    async close() {
      await lease.release();
      await knex.destroy();
      await Promise.all([pool.end(), hotPool.end()]);
    },
  };
}

const knexOn = (pool: Pool): Knex =>
  createKnex({
    client: PostgresClient,
    connectionPool: pool,
    // The thrown error contains what knex would print.
    log: { warn: SILENT, error: SILENT, debug: SILENT, deprecate: SILENT },
  });
