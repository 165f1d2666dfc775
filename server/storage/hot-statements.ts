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
  ): <T>(value: () => string, decide: (sight: Sight<Row>) => T) => Promise<T>;
  /** A write, made together with others of the same moment where that is cheaper; answers how many rows it changed. */
  writer(sql: string | InBothDialects): (...values: SqlValue[]) => Promise<number>;
  /** The same write for many rows, a few hundred at a time, with turns for the rest of the server between. */
  bulkWriter(sql: InBothDialects): (rows: readonly (readonly SqlValue[])[]) => Promise<void>;
}

export interface FinderQuestion {
  /** A SELECT up to its WHERE. */
  readonly select: string | InBothDialects;
  /** What is looked up; it has to be among what is selected, under this name. */
  readonly column: string;
  /** A SELECT of a row like the others from nowhere: read where there is no row, so that both take as long. */
  readonly decoy: string;
  /** A SELECT of one `version`, another once anything that such rows are made of was changed by anybody; for SQLite. */
  readonly version: string;
}

/** The database as it stood at one moment after the question was asked, so that whatever was committed before is in it. */
export interface Sight<Row> {
  /**
   * Differs once anybody, in this process or another, has changed what such rows are made of; `undefined` where it is not
   * asked for.
   */
  readonly version: number | undefined;
  readonly row: () => Row | undefined;
}

/** One statement in both dialects. Of a write of many rows for PostgreSQL, each `?` is a column of them as an array; for SQLite, of one. */
export interface InBothDialects {
  readonly sqlite: string;
  readonly postgres: string;
}
