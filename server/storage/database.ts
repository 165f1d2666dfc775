import type { Knex } from 'knex';
import type { Dialect } from './dialect';
import type { HotStatements } from './hot-statements';
import type { Lease } from './lease';

export type { SqlValue } from './hot-statements';

/** The open database. Stores are built on it. Nothing else sees a row. */
export interface Database {
  readonly dialect: Dialect;
  /** The query builder, for single statements and for queries that run rarely. */
  readonly knex: Knex;
  /** The few prepared statements that every API call runs. */
  readonly hot: HotStatements;
  /** The lease that tells other processes whether this one is alive. */
  readonly lease: Lease;
  /**
   * Runs `work` completely or not at all, as if no other transaction ran at the same time.
   *
   * If two transactions conflict, the database aborts one of them, and it runs again from the
   * beginning.
   */
  transaction<T>(work: (within: Knex.Transaction) => Promise<T>): Promise<T>;
  /**
   * Creates the table of migrations if it does not exist, and runs `steps` in one transaction. A
   * second process waits until it is done.
   *
   * @throws if the version of the database is too old.
   */
  inMigration<T>(steps: (within: Knex.Transaction) => Promise<T>): Promise<T>;
  /**
   * Lifts the time limits of statements, for long work that no request waits for, such as a move.
   */
  withoutTimeouts<T>(work: (knex: Knex) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
