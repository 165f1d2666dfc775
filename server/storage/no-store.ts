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
  if (sizeOf(file, database) === 0) throw new NoStoreError(database);
}

/** Returns the size in bytes, or 0 for a file that does not exist. */
function sizeOf(file: string, database: DatabaseOptions): number {
  try {
    return statSync(file).size;
  } catch (error) {
    // With throwIfNoEntry, newer versions of Node do not report that a file is where a folder should be.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw new UnusableDatabaseError(database, error);
  }
}
