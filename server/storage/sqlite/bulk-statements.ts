import { timesShared, type BulkUpdate, type BulkUpsert } from '../bulk-writes';
import type { SqlValue } from '../hot-statements';

/** A statement for one row and its values. It runs once for each row. */
export interface RowStatement {
  readonly sql: string;
  readonly values: (row: readonly SqlValue[], shared: SqlValue) => readonly SqlValue[];
}

/** Returns the SQL that updates one row by its key, if it passes the guard. */
export function updateStatement({ table, key: [key], set, compared, guard }: BulkUpdate): RowStatement {
  const names = Object.keys(set);
  const sent = [...names, ...Object.keys(compared ?? {}), key];
  const inGuard: number[] = [];
  const condition = guard((name) => {
    inGuard.push(sent.indexOf(name));
    return '?';
  });
  return {
    sql: `
      update ${table} set ${names.map((name) => `${name} = ?`).join(', ')}
      where ${key} = ? and ${condition}`,
    values: (row) => [
      ...row.slice(0, names.length),
      row[sent.length - 1] ?? null,
      ...inGuard.map((place) => row[place] ?? null),
    ],
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
