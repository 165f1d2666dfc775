import type Sqlite from 'better-sqlite3';
import type { Dialect } from '../dialect';

const BEYOND_ASCII = /[^\x00-\x7f]+/g; // eslint-disable-line no-control-regex

export const sqliteDialect: Dialect = {
  inProcess: true,
  types: { text: 'text', bytes: 'blob', id: 'integer' },
  inKeyOrder: 'without rowid',
  like(column, pattern) {
    // SQLite's like ignores the case of ASCII letters only. It is ten times as fast as a call of the
    // function, so it first drops the rows in which the ASCII part of the pattern is missing.
    const ascii = { sql: `${column} like ? escape '\\'`, values: [pattern.replace(BEYOND_ASCII, '%')] };
    if (ascii.values[0] === pattern) return ascii;
    return {
      sql: `(${ascii.sql} and unicode_lower(${column}) like ? escape '\\')`,
      values: [...ascii.values, pattern.toLowerCase()],
    };
  },
  fromHex: (value) => `unhex(${value})`,
  // Without a condition, SQLite takes `on conflict` after it for a join.
  rowsOfJson: (types) =>
    `select ${types.map((_type, index) => `value ->> ${index}`).join(', ')} from json_each(?) where true`,
  // The table has no unique index, and a row only from the first insert on.
  async idsAbove(within, table, _column, id) {
    const counted: unknown = await within('sqlite_sequence').where({ name: table }).first();
    if (counted === undefined) await within('sqlite_sequence').insert({ name: table, seq: id });
    else await within('sqlite_sequence').where({ name: table }).andWhere('seq', '<', id).update({ seq: id });
  },
};

/** Adds the functions to a connection that the statements of the dialect call. */
export function addFunctions(connection: Sqlite.Database): void {
  connection.function('unicode_lower', { deterministic: true, directOnly: true }, (value: unknown) =>
    typeof value === 'string' ? value.toLowerCase() : null,
  );
}
