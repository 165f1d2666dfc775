import { statSync, type Stats } from 'node:fs';
import { placesOf, type DatabaseOptions } from './drivers';
import { inShell } from './in-shell';

const FILE_OPEN_TO_OTHERS = 0o077;
const FILE_OPEN_TO_EVERYONE = 0o007;
const FOLDER_WRITABLE_TO_OTHERS = 0o022;
const STICKY = 0o1000;

/** A way in which other accounts of this machine can access a store's files. */
export interface Exposure {
  readonly problem: string;
  /** The chmod that fixes it, or what to do. */
  readonly fix: string;
}

/**
 * Returns how other accounts of this machine can access a store's files. Changes nothing, because
 * an operator may want a group to read.
 */
export function exposures(database: DatabaseOptions, secretKeyFile: string | undefined): Exposure[] {
  // Windows has no such modes: every file would look open.
  if (process.platform === 'win32') return [];
  const store = placesOf(database);
  const files = [...store.files, ...(secretKeyFile === undefined ? [] : [secretKeyFile])].filter(
    (file) => modeOf(file) & FILE_OPEN_TO_OTHERS,
  );
  const folders = store.folders.filter((folder) => modeOf(folder) & FOLDER_WRITABLE_TO_OTHERS);
  // A folder such as /tmp is open to every account on purpose.
  const [shared, open] = [true, false].map((is) => folders.filter((folder) => isSticky(folder) === is));
  return [
    ...exposure('Other accounts of this machine can read files of this store.', 'chmod go=', files),
    ...exposure('Other accounts of this machine can replace files of this store.', 'chmod go-w', open),
    ...(shared ?? []).map((folder) => ({
      problem: `Every account of this machine can create files in ${folder}.`,
      fix: 'Move the store to a folder of its own.',
    })),
  ];
}

/** Returns one line for each exposure, for the log. */
export const exposureWarnings = (database: DatabaseOptions, secretKeyFile: string | undefined): string[] =>
  exposures(database, secretKeyFile).map(
    ({ problem, fix }) => `${problem} ${fix.startsWith('chmod') ? `Run: ${fix}` : fix}`,
  );

const exposure = (problem: string, command: string, paths: readonly string[] = []): Exposure[] =>
  paths.length === 0 ? [] : [{ problem, fix: `${command} ${paths.map(inShell).join(' ')}` }];

const isSticky = (folder: string): boolean => (modeOf(folder) & STICKY) !== 0;

/** Returns those files that every account of this machine can access. */
export const openToEveryone = (files: readonly string[]): Exposure[] =>
  process.platform === 'win32'
    ? []
    : exposure(
        'Every account of this machine can read files with secrets.',
        'chmod o=',
        files.filter((file) => modeOf(file) & FILE_OPEN_TO_EVERYONE),
      );

/** Returns the mode of a file, or 0 if it is gone, as a lease may be. */
const modeOf = (path: string): number => statIfAllowed(path)?.mode ?? 0;

/** Returns `undefined` for a file that is gone, or that this account may not examine. */
export function statIfAllowed(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
