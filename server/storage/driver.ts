import type { Database } from './database';
import type { ErrorCodes } from './error-codes';

/** A kind of database: what is known about it before one is opened. */
export interface Driver<Options> {
  /** Names the kind in `options.client`. */
  readonly client: string;
  /** Reads DATABASE_URL; `undefined` if it does not name a database of this kind. */
  read(url: string): ((connections: number) => Options) | undefined;
  /** Where a database is, without its password. */
  placeOf(options: Options): string;
  /** The database's file, beside which the key file lies by default; `undefined` for a server. */
  fileOf(options: Options): string | undefined;
  readonly errors: ErrorCodes;
  /** Opens a database; a new file is made if it does not exist. It says nothing about the schema: see migrate.ts. */
  open(options: Options): Database;
}
