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
  rowsOfJson: (types) =>
    `select ${types.map((type, index) => `(value ->> ${index})::${type}`).join(', ')}
     from json_array_elements(?::json) as sent (value)`,
  // `nextval` first, because the last value alone does not tell whether it was given out.
  async idsAbove(within, table, column, id) {
    await within.raw(
      `select setval(sequence, greatest(nextval(sequence), ?))
       from (select pg_get_serial_sequence(?, ?)::regclass as sequence) numbered`,
      [id, table, column],
    );
  },
};
