/** knex ships no types for this dialect. */
declare module 'knex/lib/dialects/postgres' {
  import { Knex } from 'knex';

  class PostgresDialect extends Knex.Client {
    acquireConnection(): Promise<unknown>;
    _query(connection: object, query: Knex.Sql): Promise<unknown>;
  }
  export = PostgresDialect;
}
