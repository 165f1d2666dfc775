/**
 * A mistake in what was to be imported, or a source that cannot be read. The message says what to
 * change.
 */
export class ImportError extends Error {
  override readonly name = 'ImportError';
}

/** One row, with WordPress's column names. */
export interface SourceRow {
  readonly table: string;
  /** Text as WordPress stores it. `null` is NULL. */
  readonly values: Readonly<Record<string, string | null>>;
}

/** What a source consists of. */
export interface SourceContents {
  readonly databaseName: string | undefined;
  /** Every table named in it. */
  readonly tables: readonly string[];
}

/** How much of a source was read. */
export interface SourceProgress {
  readonly done: number;
  /** `undefined`: unknown. */
  readonly total: number | undefined;
  readonly unit: 'bytes' | 'rows';
}

export interface ReadOptions {
  /** Of the tables with options and user meta, only the rows of `needed-rows.ts` are read. */
  readonly wanted: (table: string) => boolean;
  readonly take: (row: SourceRow) => void;
  readonly progress?: (progress: SourceProgress) => void;
  readonly signal?: AbortSignal;
}

/** The database of a WordPress, or a dump of it. */
export interface Source {
  /** How the source is shown, without a password. */
  readonly place: string;
  /**
   * Calls `take` for each row of a wanted table, in order, in constant memory.
   *
   * @throws ImportError, or the signal's reason.
   */
  read(options: ReadOptions): Promise<SourceContents>;
}
