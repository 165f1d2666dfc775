import type { Knex } from 'knex';
import type { HotStatements } from './hot-statements';
import type { Lease } from './lease';
import { openSqlite } from './sqlite/database';

export type { SqlValue } from './hot-statements';

/** What DATABASE_URL names. */
export type DatabaseOptions = SqliteOptions | PostgresOptions;

export interface SqliteOptions {
  readonly client: 'sqlite';
  readonly file: string;
}

export interface PostgresOptions {
  readonly client: 'postgres';
  /** As libpq takes it, parameters included; it may hold a password. */
  readonly url: string;
  /** Connections at most, for one server. */
  readonly connections: number;
}

/** The open database. Stores are built on it; nothing else sees a row. */
export interface Database {
  readonly client: DatabaseOptions['client'];
  /** For single statements, and for what is not often asked. */
  readonly knex: Knex;
  /** The few statements that stand in front of every API call, prepared once. */
  readonly hot: HotStatements;
  /** This process's claim to be alive. */
  readonly lease: Lease;
  /**
   * All of `work` or nothing, as if nobody else were at work meanwhile. Where two such stand in each other's way the
   * database ends one, and it is done again from its beginning.
   */
  transaction<T>(work: (within: Knex.Transaction) => Promise<T>): Promise<T>;
  /** For what nobody waits for and may take long, as a migration of large tables does. */
  patiently<T>(work: (knex: Knex) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Opens the database; a new SQLite file is made. It says nothing about the schema: see migrate.ts. */
export function openDatabase(options: DatabaseOptions): Database {
  return options.client === 'sqlite' ? openSqlite(options) : postgres().openPostgres(options);
}

/** Loaded by those who use it: it would make every start a tenth longer. */
function postgres() {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('./postgres/database') as typeof import('./postgres/database');
}
