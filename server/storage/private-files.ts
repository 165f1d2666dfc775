import { chmodSync, chownSync, closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs';

const FILE = 0o600;
const FOLDER = 0o700;
const GROUP_WRITES = 0o020;

/**
 * Creates a folder, and its parents, that only its owner can enter. An existing folder keeps its
 * mode.
 */
export function makePrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: FOLDER });
}

/**
 * Creates an empty file that only its owner can read and write. An existing file keeps its mode.
 *
 * Without this, SQLite creates a file that everyone can read under umask 022. It gives its log and
 * shared memory the mode of the database.
 *
 * Reports no failure: SQLite opens the file next, and its error codes come with advice
 * (storage/errors.ts).
 */
export function makePrivateFile(file: string): void {
  if (existsSync(file)) return;
  try {
    closeSync(openSync(file, 'a', FILE));
  } catch {
    return;
  }
}

/** Creates a folder for files that every process on the database locks. */
export function makeFolderBeside(database: string, folder: string): void {
  if (existsSync(folder)) return;
  makePrivateFolder(folder);
  share(folder, database, FOLDER);
}

/** Creates an empty file that every process on the database locks. */
export function makeFileBeside(database: string, file: string): void {
  if (existsSync(file)) return;
  makePrivateFile(file);
  share(file, database, FILE);
}

/**
 * Opens a new file to the accounts that can write the database, as SQLite does with its log: to the
 * database's owner if root created it, and to its group if the group can write. Otherwise a command
 * that runs as root would stop the next start of the server.
 */
function share(made: string, database: string, mode: number): void {
  try {
    const { mode: access, uid, gid } = statSync(database);
    if (access & GROUP_WRITES) chmodSync(made, mode | (mode >> 3));
    if (process.getuid?.() === 0) chownSync(made, uid, gid);
  } catch {
    // The file stays with its creator. In a container, even root may not be allowed to change
    // owners.
  }
}
