import { chmodSync, chownSync, closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs';

const FILE = 0o600;
const FOLDER = 0o700;
const GROUP_WRITES = 0o020;

/** Makes a folder, and those above it, that only its owner can enter. One that exists keeps its mode. */
export function makePrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: FOLDER });
}

/**
 * Makes an empty file that only its owner can read and write. One that exists keeps its mode. SQLite by itself would make a
 * file that everyone can read under umask 022; it gives its log and shared memory the mode of the database.
 *
 * Reports no failure: SQLite opens the file next, and its codes carry advice (storage/errors.ts).
 */
export function makePrivateFile(file: string): void {
  if (existsSync(file)) return;
  try {
    closeSync(openSync(file, 'a', FILE));
  } catch {
    return;
  }
}

/** Makes a folder for files that every process on the database locks. */
export function makeFolderBeside(database: string, folder: string): void {
  if (existsSync(folder)) return;
  makePrivateFolder(folder);
  share(folder, database, FOLDER);
}

/** Makes an empty file that every process on the database locks. */
export function makeFileBeside(database: string, file: string): void {
  if (existsSync(file)) return;
  makePrivateFile(file);
  share(file, database, FILE);
}

/**
 * Opens what was just made to those who can write the database, as SQLite does with its log: to the database's owner if root
 * made it, and to its group if the group can write. Otherwise a command run as root would stop the server's next start.
 */
function share(made: string, database: string, mode: number): void {
  try {
    const { mode: access, uid, gid } = statSync(database);
    if (access & GROUP_WRITES) chmodSync(made, mode | (mode >> 3));
    if (process.getuid?.() === 0) chownSync(made, uid, gid);
  } catch {
    // It stays the maker's alone. The root of a container may lack the right to give files away.
  }
}
