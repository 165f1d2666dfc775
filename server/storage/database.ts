import type { Knex } from 'knex';
import type { Dialect } from './dialect';
import type { HotStatements } from './hot-statements';
import type { Lease } from './lease';

export type { SqlValue } from './hot-statements';

/** The open database. Stores are built on it; nothing else sees a row. */
export interface Database {
  readonly dialect: Dialect;
  /** For single statements, and for what is not often asked. */
  readonly knex: Knex;
  /** The few statements that stand in front of every API call, prepared once. */
  readonly hot: HotStatements;
  /** This process's claim to be alive. */
  readonly lease: Lease;
  /**
   * Runs all of `work` or nothing, as if no other transaction ran at the same time. If two such transactions stand in each
   * other's way, the database ends one, and it runs again from its beginning.
   */
  transaction<T>(work: (within: Knex.Transaction) => Promise<T>): Promise<T>;
  /**
   * Makes the table of migrations if it does not exist, and runs `steps` in one transaction. A second process waits until it
   * is over.
   * @throws if the database's own version is too old.
   */
  inMigration<T>(steps: (within: Knex.Transaction) => Promise<T>): Promise<T>;
  /** For work that may take long and that no request waits for, such as a move. */
  patiently<T>(work: (knex: Knex) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
