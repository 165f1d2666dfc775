import { timesShared, type BulkUpdate, type BulkUpsert } from '../bulk-writes';
import type { SqlValue } from '../hot-statements';

/** A statement for one row and its values. It runs once for each row. */
export interface RowStatement {
  readonly sql: string;
  readonly values: (row: readonly SqlValue[], shared: SqlValue) => readonly SqlValue[];
}

/** Returns the SQL that updates one row by its key, except one with a newer value. */
export function updateStatement({ table, key: [key], set, unlessGreater }: BulkUpdate): RowStatement {
  const names = Object.keys(set);
  const guard = names.indexOf(unlessGreater);
  return {
    sql: `
      update ${table} set ${names.map((name) => `${name} = ?`).join(', ')}
      where ${key} = ? and coalesce(${unlessGreater}, 0) <= ?`,
    values: (row) => [...row, row[guard] ?? null],
  };
}

/** Returns the SQL that inserts one row, or updates the row with the same key. */
export function upsertStatement(upsert: BulkUpsert): RowStatement {
  const { table, columns, key, update } = upsert;
  const names = Object.keys(columns);
  const length = timesShared(upsert);
  return {
    sql: `
      insert into ${table} (${names.join(', ')}) values (${names.map(() => '?').join(', ')})
      on conflict (${key}) do update set ${update('?')}`,
    values: (row, shared) => [...row, ...Array.from({ length }, () => shared)],
  };
}
