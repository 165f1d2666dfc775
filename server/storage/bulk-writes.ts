export type ColumnType = 'bigint' | 'integer' | 'text';

/** Column names and the types of their values. */
export type Columns = Readonly<Record<string, ColumnType>>;

/**
 * An update of many rows. Each row has the values of `set`, in that order, then those of `compared`,
 * and then its key.
 */
export interface BulkUpdate {
  readonly table: string;
  readonly key: readonly [name: string, type: ColumnType];
  readonly set: Columns;
  /** Values that are sent only for the guard. */
  readonly compared?: Columns;
  /**
   * The condition under which a row is updated. It names the stored columns with their table.
   * `sent` stands for a value of the sent row.
   */
  readonly guard: (sent: (name: string) => string) => string;
}

/**
 * An insert of many rows, some of which may exist. Each row has the values of `columns`, in that
 * order.
 */
export interface BulkUpsert {
  readonly table: string;
  readonly columns: Columns;
  readonly key: string;
  /**
   * Assignments for a row that exists. `excluded` is the new row. `shared` stands for a value that
   * all rows share.
   */
  readonly update: (shared: string) => string;
  readonly sharedType: ColumnType;
}

/** Returns how often the assignments contain the shared value. */
export const timesShared = ({ update }: BulkUpsert): number => update('?').split('?').length - 1;
