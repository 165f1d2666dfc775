import { statSync } from 'node:fs';
import { fileOf, placeOf, type DatabaseOptions } from './drivers';
import { UnusableDatabaseError } from './errors';

/** The command that creates a store and its first administrator. */
export const INIT_COMMAND = 'npx wc-auth init LOGIN --email ADDRESS';

/** The configured database contains no store, and the caller does not create one. */
export class NoStoreError extends Error {
  override readonly name = 'NoStoreError';
  constructor(database: DatabaseOptions) {
    super(
      `There is no store in the database ${placeOf(database)}. ` +
        `Run the command in the server's folder, or set DATABASE_URL. To create a store, run: ${INIT_COMMAND}`,
    );
  }
}

/**
 * Checks a database before it is opened, because SQLite would create its file.
 * @throws NoStoreError, UnusableDatabaseError
 */
export function rejectMissingFile(database: DatabaseOptions): void {
  const file = fileOf(database);
  if (file === undefined) return;
  let size: number;
  try {
    size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  } catch (error) {
    throw new UnusableDatabaseError(database, error);
  }
  if (size === 0) throw new NoStoreError(database);
}
