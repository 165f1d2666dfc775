import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import Sqlite from 'better-sqlite3';

/** What was copied. */
export interface Backup {
  /** Absolute. */
  readonly file: string;
  readonly bytes: number;
  /** Consumer keys in it. */
  readonly keys: number;
}

export interface BackupOptions {
  /** Whether to replace a file of that name. */
  readonly replace?: boolean;
  /** Never replaced. */
  readonly secretKeyFile?: string | undefined;
}

/**
 * Copies a database as it is at one moment, while servers write to it: `VACUUM INTO` reads one snapshot, which holds up
 * nobody. (SQLite's page-wise backup begins again with each write of another process, and under load never ends.) The
 * copy is checked, readable to its owner alone, on disk, and takes its name only then: under that name there is never half
 * of one.
 * @throws when `file` exists and `replace` is not set, when it is the database itself or the key file, or when the
 * copy is not sound.
 */
export function backUp(
  database: string,
  file: string,
  { replace = false, secretKeyFile }: BackupOptions = {},
): Backup {
  const target = resolve(file);
  const existing = statSync(target, { throwIfNoEntry: false });
  if (existing && isOneOf(partsOf(database), existing)) throw new Error(`${target} is the database itself.`);
  if (existing && isOneOf([`${database}.secret-key`, secretKeyFile], existing))
    throw new Error(`${target} holds the secret key.`);
  if (existing && !replace) throw exists(target);
  const draft = `${target}.${randomBytes(6).toString('hex')}.part`;
  try {
    // Made beforehand for its mode; SQLite takes an empty file for a new one.
    closeSync(openSync(draft, 'wx', 0o600));
    copyInto(database, draft);
    const keys = checkCopy(draft);
    sync(draft);
    const { size } = statSync(draft);
    publish(draft, target, replace);
    sync(dirname(target));
    return { file: target, bytes: size, keys };
  } finally {
    for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(draft + suffix, { force: true });
  }
}

function copyInto(database: string, draft: string): void {
  const source = new Sqlite(database, { readonly: true, fileMustExist: true });
  try {
    source.prepare('vacuum into ?').run(draft);
  } finally {
    source.close();
  }
}

function checkCopy(draft: string): number {
  const copy = new Sqlite(draft, { readonly: true });
  try {
    const problems = copy.pragma('integrity_check') as { integrity_check: string }[];
    if (problems[0]?.integrity_check !== 'ok')
      throw new Error('The copy is damaged; so may be the database.');
    if ((copy.pragma('foreign_key_check') as unknown[]).length > 0)
      throw new Error('The copy has rows that belong to nothing; so may the database.');
    return (copy.prepare('select count(*) as keys from consumer_keys').get() as { keys: number }).keys;
  } finally {
    copy.close();
  }
}

/** A link fails where the name is taken, even since we looked; a rename replaces it in one step. */
function publish(draft: string, target: string, replace: boolean): void {
  if (replace) {
    renameSync(draft, target);
    return;
  }
  try {
    linkSync(draft, target);
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? exists(target) : error;
  }
}

const partsOf = (database: string) => ['', '-wal', '-shm'].map((suffix) => database + suffix);

/** By whatever name. */
function isOneOf(
  files: readonly (string | undefined)[],
  { dev, ino }: { dev: number; ino: number },
): boolean {
  return files.some((file) => {
    const one = file === undefined ? undefined : statSync(file, { throwIfNoEntry: false });
    return one?.dev === dev && one.ino === ino;
  });
}

function sync(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

const exists = (target: string) => new Error(`${target} exists already; --force replaces it.`);
