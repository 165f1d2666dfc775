import type { BulkUpdate, BulkUpsert } from './bulk-writes';

export type SqlValue = string | number | Buffer | null;

/** Statements prepared once, outside knex, whose query building costs more than the look-up itself. `?` is a value. */
export interface HotStatements {
  /** A row by a SELECT. */
  reader<Row>(sql: string): (...values: SqlValue[]) => Promise<Row | undefined>;
  /** All rows of a SELECT. */
  rowsReader<Row>(sql: string): (...values: SqlValue[]) => Promise<Row[]>;
  /** Rows by one unique column, looked up together with others of the same moment. */
  finder<Row>(
    question: FinderQuestion,
  ): <T>(value: () => string, decide: (snapshot: Snapshot<Row>) => T) => Promise<T>;
  /** A write, made together with others of the same moment where that is cheaper; answers how many rows it changed. */
  writer(sql: string): (...values: SqlValue[]) => Promise<number>;
  /** An update of many rows, a few thousand at a time, with turns for the rest of the server between. */
  bulkUpdate(update: BulkUpdate): (rows: readonly (readonly SqlValue[])[]) => Promise<void>;
  /** The same for rows that may have to be inserted. */
  bulkUpsert(upsert: BulkUpsert): (rows: readonly (readonly SqlValue[])[], shared: SqlValue) => Promise<void>;
}

/** A lookup by one unique column of the first table. */
export interface FinderQuestion {
  /** What is selected. */
  readonly columns: string;
  /** The first table and its alias. */
  readonly from: string;
  /** An index of that table that holds all that is selected of it; for databases in the process. */
  readonly index?: string | undefined;
  /** The joins. */
  readonly join: string;
  /** What is looked up; it has to be among what is selected, under this name. */
  readonly column: string;
  /** A SELECT of a row like the others from nowhere: read where there is no row, so that both take as long. */
  readonly decoy: string;
  /** A SELECT of one `version`, another once anything that such rows are made of was changed; for databases in the process. */
  readonly version: string;
}

/** The database as it stood at one moment after the question was asked, so that whatever was committed before is in it. */
export interface Snapshot<Row> {
  /** Differs once any process has changed what such rows are made of; `undefined` if the database is not in the process. */
  readonly version: number | undefined;
  readonly row: () => Row | undefined;
}
