import type { Knex } from 'knex';
import type { SqlValue } from '../database';
import { withoutNul } from '../postgres/connections';
import type { MovedTable } from './moved-tables';

export type Row = Readonly<Record<string, SqlValue>>;

/** Neighbouring rows of a table, in the order of its primary key. */
export interface Page {
  readonly rows: readonly Row[];
  /** The key after which it begins; `undefined`: the table's beginning. */
  readonly after: readonly SqlValue[] | undefined;
  /** The key with which it ends; `undefined`: the table's end. */
  readonly upTo: readonly SqlValue[] | undefined;
}

// Sixteen columns of as many rows stay well below the 65,535 values that a statement of PostgreSQL takes.
const PAGE_ROWS = 1_000;

/** A table of SQLite page by page, so that no more than one is in memory; its text as PostgreSQL keeps it. */
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

/** What the target has where the source has this page: no more than it takes to see that it is too much. */
export function rowsInPlaceOf(target: Knex, table: MovedTable, page: Page): Promise<Row[]> {
  return range(target, table, page).limit(page.rows.length + 1);
}

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
