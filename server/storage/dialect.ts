/**
 * What the databases call or do differently in SQL. Stores and migrations build their statements with it and never ask which
 * database they are on. What knex's query builder and standard SQL say alike is not in here.
 */
export interface Dialect {
  /**
   * Whether queries run inside this process. Then the server waits for each page that a lookup reads, and a count of changes
   * costs next to nothing: the schema has a covering index and a count (`key_changes`) for the key finder.
   */
  readonly inProcess: boolean;

  /** Column types, for migrations and raw statements. */
  readonly types: {
    /** Compared byte by byte, so that lists are in one order, whatever language the database was made for. */
    readonly text: string;
    readonly bytes: string;
    /** Of a primary key that is another table's id; a column that refers to one is a `bigint`. */
    readonly id: string;
  };

  /** Ends the `create table` of a table whose rows lie in the tree of its primary key, if there are such tables. */
  readonly inKeyOrder: string;

  /** Compares a column with a pattern, ignoring the case of ASCII letters; `\\` escapes `%` and `_`. */
  readonly like: string;

  /** The bytes that a text in hex stands for. */
  fromHex(value: string): string;
}
