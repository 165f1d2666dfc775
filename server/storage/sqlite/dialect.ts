import type { Dialect } from '../dialect';

export const sqliteDialect: Dialect = {
  inProcess: true,
  types: { text: 'text', bytes: 'blob', id: 'integer' },
  inKeyOrder: 'without rowid',
  like: "like ? escape '\\'",
  fromHex: (value) => `unhex(${value})`,
};
