import { statSync } from 'node:fs';
import { fileOf, placeOf, type DatabaseOptions } from './drivers';

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
 * @throws NoStoreError
 */
export function rejectMissingFile(database: DatabaseOptions): void {
  const file = fileOf(database);
  if (file !== undefined && sizeOf(file) === 0) throw new NoStoreError(database);
}

/** Returns `undefined` for a file that cannot be examined. Opening it then fails with advice. */
function sizeOf(file: string): number | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  } catch {
    return undefined;
  }
}
