import type { Dialect } from '../dialect';

export const postgresDialect: Dialect = {
  inProcess: false,
  types: { text: 'text collate "C"', bytes: 'bytea', id: 'bigint' },
  inKeyOrder: '',
  // With the collation of our columns, "C", ilike would ignore the case of ASCII letters only.
  like: (column, pattern) => ({
    sql: `${column} collate "default" ilike ? escape '\\'`,
    values: [pattern],
  }),
  fromHex: (value) => `decode(${value}, 'hex')`,
};
