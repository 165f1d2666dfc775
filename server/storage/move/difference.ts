import { isDeepStrictEqual } from 'node:util';
import type { SqlValue } from '../database';
import type { MovedTable } from './moved-tables';
import { keyOf, type Row } from './pages';

/** A row that differs between the two sides, or that only one side has. */
export interface Difference {
  readonly table: string;
  /** The primary key of the row. */
  readonly key: string;
}

/** Compares every column of every row, in both directions. */
export function firstDifference(
  table: MovedTable,
  wanted: readonly Row[],
  found: readonly Row[],
): Difference | undefined {
  const nameOf = (row: Row) => keyOf(table, row).map(inText).join(', ');
  const left = new Map(found.map((row) => [nameOf(row), row]));
  for (const row of wanted) {
    const key = nameOf(row);
    if (!isDeepStrictEqual(left.get(key), row)) return { table: table.name, key };
    left.delete(key);
  }
  const [tooMany] = left.keys();
  return tooMany === undefined ? undefined : { table: table.name, key: tooMany };
}

const inText = (value: SqlValue): string => (Buffer.isBuffer(value) ? value.toString('hex') : String(value));
