import type { Knex } from 'knex';
// The extension point that knex documents for dialects.
import PostgresDialect from 'knex/lib/dialects/postgres';
import { withoutNul } from './connections';
import { isConnectionLost, postgresError } from './errors';

interface Connection {
  /** Where knex marks a connection that must not be used again. */
  __knex__disposed?: unknown;
}

/**
 * knex's dialect with two changes: errors carry a code, and a connection in an unknown state is
 * closed.
 */
export class PostgresClient extends PostgresDialect {
  override async acquireConnection(): Promise<unknown> {
    try {
      return await super.acquireConnection();
    } catch (error) {
      throw postgresError(error);
    }
  }

  override async _query(connection: Connection, query: Knex.Sql): Promise<unknown> {
    // A ROLLBACK on a connection that does not answer any more.
    if (connection.__knex__disposed instanceof Error) throw connection.__knex__disposed;
    try {
      // BEGIN and similar statements have no values.
      const values = query.bindings as readonly Knex.Value[] | undefined;
      return await super._query(connection, { ...query, bindings: (values ?? []).map(withoutNul) });
    } catch (error) {
      const named = postgresError(error);
      if (isConnectionLost(named)) connection.__knex__disposed = named;
      throw named;
    }
  }
}
