import type { Dialect } from '../dialect';

export const postgresDialect: Dialect = {
  inProcess: false,
  types: { text: 'text collate "C"', bytes: 'bytea', id: 'bigint' },
  inKeyOrder: '',
  like: "ilike ? escape '\\'",
  fromHex: (value) => `decode(${value}, 'hex')`,
};
