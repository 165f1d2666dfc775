import createKnex from 'knex';
import { again } from '../again';
import type { Database, PostgresOptions } from '../database';
import { openPool } from './connections';
import { hotStatements } from './hot-statements';
import { postgresLease } from './lease';
import { PostgresClient } from './postgres-client';

const STATEMENT_WITHIN_MS = 30_000;
const HOT_STATEMENT_WITHIN_MS = 5_000;

const SILENT = () => undefined;

/**
 * Any number of machines. The hot statements have connections of their own, so that a transaction that asks one of them
 * does not wait for another transaction's end; one more holds the lease.
 */
export function openPostgres({ url, connections }: PostgresOptions): Database {
  const hotConnections = Math.ceil((connections - 1) / 3);
  const hotPool = openPool(url, { max: hotConnections, answerWithinMs: HOT_STATEMENT_WITHIN_MS });
  const pool = openPool(url, { max: connections - 1 - hotConnections, answerWithinMs: STATEMENT_WITHIN_MS });
  const knex = createKnex({
    client: PostgresClient,
    connectionPool: pool,
    // What knex would print, the error that is thrown says.
    log: { warn: SILENT, error: SILENT, debug: SILENT, deprecate: SILENT },
  });
  const lease = postgresLease(url, hotPool);
  return {
    client: 'postgres',
    knex,
    hot: hotStatements(hotPool),
    lease,
    transaction: (work) => again(() => knex.transaction(work, { isolationLevel: 'serializable' })),
    async close() {
      await lease.release();
      await knex.destroy();
      await Promise.all([pool.end(), hotPool.end()]);
    },
  };
}
