import type { Knex } from 'knex';
import type { SqlValue } from '../database';
import { withoutNul } from '../postgres/connections';
import type { MovedTable } from './moved-tables';

export type Row = Readonly<Record<string, SqlValue>>;

/** Adjacent rows of a table in the order of its primary key. */
export interface Page {
  readonly rows: readonly Row[];
  /** The key after which the page begins. `undefined`: at the first row. */
  readonly after: readonly SqlValue[] | undefined;
  /** The key with which the page ends. `undefined`: at the last row. */
  readonly upTo: readonly SqlValue[] | undefined;
}

// With sixteen columns, this many rows stay far below PostgreSQL's limit of 65,535 values for a
// statement.
const PAGE_ROWS = 1_000;

/**
 * Reads a table of SQLite page by page, so that only one page is in memory. Text is converted to
 * what PostgreSQL can store.
 */
export async function* pagesOf(source: Knex, table: MovedTable): AsyncGenerator<Page> {
  let after: Page['after'];
  do {
    const rows = await range(source, table, { after, upTo: undefined }).limit(PAGE_ROWS);
    const last = rows.length === PAGE_ROWS ? rows.at(-1) : undefined;
    const upTo = last && keyOf(table, last);
    yield { rows: rows.map(asKept), after, upTo };
    after = upTo;
  } while (after !== undefined);
}

/**
 * Reads the target's rows for a page of the source: at most one more than the page has, which is
 * enough to see a surplus.
 */
export function rowsInPlaceOf(target: Knex, table: MovedTable, page: Page): Promise<Row[]> {
  return range(target, table, page).limit(page.rows.length + 1);
}

/** Returns the values of a row in the columns of its key. */
export const keyOf = ({ key }: MovedTable, row: Row): SqlValue[] => key.map((column) => row[column] ?? null);

function range(knex: Knex, { name, key }: MovedTable, { after, upTo }: Pick<Page, 'after' | 'upTo'>) {
  const columns = key.map(() => '??').join(', ');
  const values = key.map(() => '?').join(', ');
  const query = knex<Row, Row[]>(name)
    .select('*')
    .orderBy([...key]);
  if (after) void query.whereRaw(`(${columns}) > (${values})`, [...key, ...after]);
  if (upTo) void query.whereRaw(`(${columns}) <= (${values})`, [...key, ...upTo]);
  return query;
}

const asKept = (row: Row): Row =>
  Object.fromEntries(Object.entries(row).map(([column, value]) => [column, withoutNul(value)]));
