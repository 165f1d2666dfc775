import type { BulkUpdate, BulkUpsert } from './bulk-writes';

export type SqlValue = string | number | Buffer | null;

/**
 * Statements that are prepared once, without knex, whose query builder costs more than the lookup
 * itself. `?` stands for a value.
 */
export interface HotStatements {
  /** Reads one row with a SELECT. */
  reader<Row>(sql: string): (...values: SqlValue[]) => Promise<Row | undefined>;
  /** Reads all rows of a SELECT. */
  rowsReader<Row>(sql: string): (...values: SqlValue[]) => Promise<Row[]>;
  /**
   * Reads rows by one unique column. Lookups of the same moment share one query. `decide` is
   * synchronous while it reads the snapshot. It may return the promise of another lookup.
   */
  finder<Row>(
    question: FinderQuestion,
  ): <T>(value: () => string, decide: (snapshot: Snapshot<Row>) => T | Promise<T>) => Promise<T>;
  /**
   * Writes, together with other writes of the same moment if that is cheaper. Returns the number of
   * changed rows.
   */
  writer(sql: string): (...values: SqlValue[]) => Promise<number>;
  /** Updates many rows, a few thousand at a time. The server handles requests in between. */
  bulkUpdate(update: BulkUpdate): (rows: readonly (readonly SqlValue[])[]) => Promise<void>;
  /** Does the same for rows that may have to be inserted. */
  bulkUpsert(upsert: BulkUpsert): (rows: readonly (readonly SqlValue[])[], shared: SqlValue) => Promise<void>;
}

/** A lookup by one unique column of the first table. */
export interface FinderQuestion {
  /** The selected columns. */
  readonly columns: string;
  /** The first table with its alias. */
  readonly from: string;
  /**
   * An index of that table that contains all its selected columns, for databases inside the
   * process.
   */
  readonly index?: string | undefined;
  /** The joins. */
  readonly join: string;
  /** The looked-up column. The SELECT has to contain it under this name. */
  readonly column: string;
  /**
   * A SELECT of a row that does not exist. It runs if a lookup finds nothing, so that both cases
   * take as long.
   */
  readonly decoy: string;
  /**
   * A SELECT of one `version` that changes whenever the data behind such rows changes. For
   * databases inside the process.
   */
  readonly version: string;
}

/**
 * The database at one moment after the request came. Everything that was committed before is in it.
 */
export interface Snapshot<Row> {
  /**
   * Changes when any process changes the data behind such rows. `undefined` if the database is not
   * inside the process.
   */
  readonly version: number | undefined;
  readonly row: () => Row | undefined;
}
