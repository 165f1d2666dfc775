import type { Knex } from 'knex';
import type { Columns } from './bulk-writes';
import type { Dialect } from './dialect';

export interface ManyRows {
  readonly table: string;
  /** The columns and their types, in the order of the values of a row. */
  readonly columns: Columns;
  readonly rows: readonly (readonly (string | number | null)[])[];
  /** The unique columns of rows that may exist. Such rows get the new values. */
  readonly key?: readonly string[];
}

/**
 * Inserts many rows with one statement, whose text is the same for any number of rows.
 *
 * knex writes a parameter for each value, and the text and the prepared statement of a large insert
 * then take more memory than its rows.
 */
export async function insertMany(
  within: Knex,
  dialect: Pick<Dialect, 'rowsOfJson'>,
  { table, columns, rows, key }: ManyRows,
): Promise<void> {
  if (rows.length === 0) return;
  const names = Object.keys(columns);
  const merged = names.filter((name) => !key?.includes(name)).map((name) => `${name} = excluded.${name}`);
  const onConflict =
    key === undefined ? '' : `on conflict (${key.join(', ')}) do update set ${merged.join(', ')}`;
  await within.raw(
    `insert into ${table} (${names.join(', ')}) ${dialect.rowsOfJson(Object.values(columns))} ${onConflict}`,
    [JSON.stringify(rows)],
  );
}
