import type { Database } from './database';
import type { ErrorCodes } from './error-codes';

/** A kind of database: what is known before one is opened. */
export interface Driver<Options> {
  /** The value of `options.client` for this kind. */
  readonly client: string;
  /** What DATABASE_URL may be for this kind, for messages. */
  readonly urlForm: string;
  /** Reads DATABASE_URL. Returns `undefined` if it names another kind of database. */
  read(url: string): ((connections: number) => Options) | undefined;
  /** Returns the location of a database, without its password. */
  placeOf(options: Options): string;
  /**
   * Returns the file of a database, or `undefined` for a server. By default the key file lies
   * beside it.
   */
  fileOf(options: Options): string | undefined;
  /** Returns every file of a database on this machine, and the folders that hold them. */
  placesOf(options: Options): { readonly files: readonly string[]; readonly folders: readonly string[] };
  readonly errors: ErrorCodes;
  /**
   * Opens a database. Creates a new file if it does not exist. Does not check the schema: see
   * migrate.ts.
   */
  open(options: Options): Database;
}
