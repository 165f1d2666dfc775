import type { Knex } from 'knex';
// Where knex documents that a dialect is extended.
import PostgresDialect from 'knex/lib/dialects/postgres';
import { withoutNul } from './connections';
import { isConnectionLost, postgresError } from './errors';

interface Connection {
  /** Where knex notes that a connection is not to be used again. */
  __knex__disposed?: unknown;
}

/** knex's dialect, but that its failures carry a code, and a connection on which nothing is sure any more is given up. */
export class PostgresClient extends PostgresDialect {
  override async acquireConnection(): Promise<unknown> {
    try {
      return await super.acquireConnection();
    } catch (error) {
      throw postgresError(error);
    }
  }

  override async _query(connection: Connection, query: Knex.Sql): Promise<unknown> {
    // The ROLLBACK on a connection that answers no more.
    if (connection.__knex__disposed instanceof Error) throw connection.__knex__disposed;
    try {
      // BEGIN and its like have no values.
      const values = query.bindings as readonly Knex.Value[] | undefined;
      return await super._query(connection, { ...query, bindings: (values ?? []).map(withoutNul) });
    } catch (error) {
      const named = postgresError(error);
      if (isConnectionLost(named)) connection.__knex__disposed = named;
      throw named;
    }
  }
}
