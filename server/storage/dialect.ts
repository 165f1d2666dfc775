import type { Knex } from 'knex';
import type { ColumnType } from './bulk-writes';
import type { LikePattern } from './like-pattern';

/** A condition in SQL, with a value for each question mark. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly string[];
}

/**
 * What the databases call or do differently in SQL.
 *
 * Stores and migrations build their statements with it. They never ask for a database by name, only
 * for what it can do (`inProcess`).
 * What knex's query builder and standard SQL express alike is not in here.
 */
export interface Dialect {
  /**
   * Whether queries run inside this process. Then the server waits for each page that a lookup
   * reads, and a count of changes costs almost nothing. The schema has a covering index and such a
   * count (`key_changes`) for the key finder.
   */
  readonly inProcess: boolean;

  /** Column types, for migrations and raw statements. */
  readonly types: {
    /**
     * A text column that is compared byte by byte. Lists then have the same order, whatever the
     * locale of the database.
     */
    readonly text: string;
    readonly bytes: string;
    /**
     * The primary key of a table that shares the id of another table. A column that refers to such
     * a key is a `bigint`.
     */
    readonly id: string;
  };

  /**
   * The end of a `create table` statement that stores rows in the tree of the primary key, if the
   * database can do that.
   */
  readonly inKeyOrder: string;

  /**
   * Returns the condition that a column is like a pattern of `containing` or `exactly`, in any case
   * of letters.
   */
  like(column: string, pattern: LikePattern): Condition;

  /** The bytes that a hexadecimal text stands for. */
  fromHex(value: string): string;

  /**
   * Returns a SELECT of the rows that one parameter holds, as JSON: an array of rows, each an array of
   * its values.
   */
  rowsOfJson(types: readonly ColumnType[]): string;

  /**
   * Makes the database give out only ids above this one for new rows of a table, whose primary key
   * it numbers. Rows that are inserted with ids up to it then do not collide with new ones.
   */
  idsAbove(within: Knex, table: string, column: string, id: number): Promise<void>;
}
