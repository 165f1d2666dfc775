import type { Database } from './database';
import type { Driver } from './driver';
import { codeOf } from './error-codes';
import { postgres } from './postgres/driver';
import { sqlite } from './sqlite/driver';

/** Every kind of database that this server can use, one line each. */
const DRIVERS = [sqlite, postgres] as const;

/** The parsed DATABASE_URL. */
export type DatabaseOptions = OptionsOf<(typeof DRIVERS)[number]>;
type OptionsOf<AnyDriver> = AnyDriver extends Driver<infer Options> ? Options : never;

/** The meaning of the error codes of each kind. */
export const ERROR_CODES = DRIVERS.map(({ errors }) => errors);

/** What DATABASE_URL may be, for messages. */
export const DATABASE_URL_FORMS = DRIVERS.map(({ urlForm }) => urlForm).join(' or ');

/** Reads DATABASE_URL. Returns `undefined` if it does not name a database. */
export function readDatabaseUrl(url: string): ((connections: number) => DatabaseOptions) | undefined {
  return DRIVERS.map((driver) => driver.read(url)).find((read) => read !== undefined);
}

/**
 * Opens a database. Creates a new SQLite file if it does not exist. Does not check the schema: see
 * migrate.ts.
 */
export const openDatabase = (options: DatabaseOptions): Database => driverOf(options).open(options);

/** Returns the location of a database, without its password. */
export const placeOf = (options: DatabaseOptions): string => driverOf(options).placeOf(options);

/** Returns the file of a database, or `undefined` for a server. */
export const fileOf = (options: DatabaseOptions): string | undefined => driverOf(options).fileOf(options);

/** Returns every file of a database on this machine, and the folders that hold them. */
export const placesOf = (options: DatabaseOptions) => driverOf(options).placesOf(options);

/**
 * Returns whether an error came from a database of this kind, for code that works with two kinds.
 */
export const isFailureOf = (options: DatabaseOptions, error: unknown): boolean =>
  codeOf(error).startsWith(driverOf(options).errors.prefix);

function driverOf(options: DatabaseOptions): Driver<DatabaseOptions> {
  return DRIVERS.find(({ client }) => client === options.client) as unknown as Driver<DatabaseOptions>;
}
