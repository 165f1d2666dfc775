import createKnex from 'knex';
import type { Pool } from 'pg';
import { again } from '../again';
import type { Database, PostgresOptions } from '../database';
import { openPool } from './connections';
import { hotStatements } from './hot-statements';
import { postgresLease } from './lease';
import { PostgresClient } from './postgres-client';

const LIMITS = { answerWithinMs: 10_000, lockWithinMs: 4_000 };
const HOT_LIMITS = { answerWithinMs: 5_000, lockWithinMs: 4_000 };

const SILENT = () => undefined;
const knexOn = (pool: Pool) =>
  createKnex({
    client: PostgresClient,
    connectionPool: pool,
    // What knex would print, the error that is thrown says.
    log: { warn: SILENT, error: SILENT, debug: SILENT, deprecate: SILENT },
  });

/**
 * Any number of machines. The hot statements have connections of their own, so that a transaction that asks one of them
 * does not wait for another transaction's end; one more holds the lease.
 */
export function openPostgres({ url, connections }: PostgresOptions): Database {
  const hotConnections = Math.ceil((connections - 1) / 3);
  const hotPool = openPool(url, { ...HOT_LIMITS, max: hotConnections });
  const pool = openPool(url, { ...LIMITS, max: connections - 1 - hotConnections });
  const knex = knexOn(pool);
  const lease = postgresLease(url, hotPool);
  return {
    client: 'postgres',
    knex,
    hot: hotStatements(hotPool),
    lease,
    transaction: (work) => again(() => knex.transaction(work, { isolationLevel: 'serializable' })),
    async withoutTimeLimit(work) {
      const own = openPool(url, { max: 1 });
      try {
        return await work(knexOn(own));
      } finally {
        await own.end();
      }
    },
    async close() {
      await lease.release();
      await knex.destroy();
      await Promise.all([pool.end(), hotPool.end()]);
    },
  };
}
