import type { Knex } from 'knex';

/** Which of the two databases a step runs on. */
export const isPostgres = (knex: Knex): boolean =>
  (knex.client as { dialect: string }).dialect === 'postgresql';

/**
 * A column of text. In PostgreSQL compared byte by byte, as SQLite does, so that lists are in one order everywhere, whatever
 * language the database was made for.
 */
export function text(table: Knex.CreateTableBuilder, name: string, knex: Knex): Knex.ColumnBuilder {
  return table.specificType(name, isPostgres(knex) ? 'text collate "C"' : 'text');
}
