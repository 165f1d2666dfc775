/** knex ships no types for this dialect. */
declare module 'knex/lib/dialects/better-sqlite3' {
  import { Knex } from 'knex';

  class BetterSqliteClient extends Knex.Client {
    _query(connection: object, query: Knex.Sql): Promise<unknown>;
  }
  export = BetterSqliteClient;
}
