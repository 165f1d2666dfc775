import type { Database } from './database';
import type { Driver } from './driver';
import { codeOf } from './error-codes';
import { postgres } from './postgres/driver';
import { sqlite } from './sqlite/driver';

/** Every kind of database that this server can use, one line each. */
const DRIVERS = [sqlite, postgres] as const;

/** What DATABASE_URL names. */
export type DatabaseOptions = OptionsOf<(typeof DRIVERS)[number]>;
type OptionsOf<AnyDriver> = AnyDriver extends Driver<infer Options> ? Options : never;

/** What the error codes of each kind mean. */
export const ERROR_CODES = DRIVERS.map(({ errors }) => errors);

/** Reads DATABASE_URL; `undefined` if it does not name a database. */
export function readDatabaseUrl(url: string): ((connections: number) => DatabaseOptions) | undefined {
  return DRIVERS.map((driver) => driver.read(url)).find((read) => read !== undefined);
}

/** Opens a database; a new SQLite file is made. It says nothing about the schema: see migrate.ts. */
export const openDatabase = (options: DatabaseOptions): Database => driverOf(options).open(options);

/** Where a database is, without its password. */
export const placeOf = (options: DatabaseOptions): string => driverOf(options).placeOf(options);

/** The database's file; `undefined` for a server. */
export const fileOf = (options: DatabaseOptions): string | undefined => driverOf(options).fileOf(options);

/** Whether an error came from a database of this kind, for code that works with two kinds. */
export const isFailureOf = (options: DatabaseOptions, error: unknown): boolean =>
  codeOf(error).startsWith(driverOf(options).errors.prefix);

function driverOf(options: DatabaseOptions): Driver<DatabaseOptions> {
  return DRIVERS.find(({ client }) => client === options.client) as unknown as Driver<DatabaseOptions>;
}
