export type ColumnType = 'bigint' | 'integer' | 'text';

/** Column names and the types of their values. */
export type Columns = Readonly<Record<string, ColumnType>>;

/** An update of many rows. Each row has the values of `set`, in that order, and then its key. */
export interface BulkUpdate {
  readonly table: string;
  readonly key: readonly [name: string, type: ColumnType];
  readonly set: Columns;
  /** A number among `set`. A row with a greater one keeps it. */
  readonly unlessGreater: string;
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
