/** knex ships no types for its dialects. */
declare module 'knex/lib/dialects/better-sqlite3' {
  import { Knex } from 'knex';

  class BetterSqliteClient extends Knex.Client {
    _query(connection: object, query: Knex.Sql): Promise<unknown>;
  }
  export = BetterSqliteClient;
}

declare module 'knex/lib/dialects/postgres' {
  import { Knex } from 'knex';

  class PostgresDialect extends Knex.Client {
    acquireConnection(): Promise<unknown>;
    _query(connection: object, query: Knex.Sql): Promise<unknown>;
  }
  export = PostgresDialect;
}
