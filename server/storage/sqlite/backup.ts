import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import Sqlite from 'better-sqlite3';
import { codeOf } from '../error-codes';
import { NoStoreError } from '../no-store';

/** The result of a backup. */
export interface Backup {
  /** An absolute path. */
  readonly file: string;
  readonly bytes: number;
  /** The number of consumer keys in it. */
  readonly keys: number;
}

export interface BackupOptions {
  /** Whether to replace a file of that name. */
  readonly replace?: boolean;
  /** The key file, which a backup never replaces. */
  readonly secretKeyFile?: string | undefined;
  /** Called before each of the two long steps. */
  readonly tell?: (step: 'copying' | 'checking') => void;
}

/**
 * Copies a database as it is at one moment, while servers write to it.
 *
 * `VACUUM INTO` reads one snapshot and blocks no writer. SQLite's page-wise backup restarts with
 * each write of another process, so under load it never ends. The copy is checked, readable by its
 * owner only, and on disk before it gets its name. So a file of that name is always complete.
 *
 * @throws if `file` is a folder or cannot be written, if it exists and `replace` is not set, if it is the database itself or the key file,
 * or if the copy is damaged.
 */
export function backUp(
  database: string,
  file: string,
  { replace = false, secretKeyFile, tell }: BackupOptions = {},
): Backup {
  const target = resolve(file);
  const existing = written(target, () => statSync(target, { throwIfNoEntry: false }));
  if (existing?.isDirectory())
    throw new Error(`${target} is a folder. Name a file in it: ${join(target, 'wc-auth.sqlite')}`);
  if (existing && isOneOf(partsOf(database), existing))
    throw new Error(`${target} is the database itself. Name another file.`);
  if (existing && isOneOf([`${database}.secret-key`, secretKeyFile], existing))
    throw new Error(`${target} contains the secret key. Name another file.`);
  if (existing && !replace) throw exists(target);
  const folder = dirname(target);
  if (!existsSync(folder))
    throw new Error(`The folder ${folder} does not exist. Create it, or name another file.`);
  const draft = `${target}.${randomBytes(6).toString('hex')}.part`;
  try {
    // Created beforehand for its mode. SQLite treats an empty file as a new database.
    written(target, () => {
      closeSync(openSync(draft, 'wx', 0o600));
    });
    tell?.('copying');
    copyInto(database, draft);
    tell?.('checking');
    const keys = checkCopy(draft);
    sync(draft);
    const { size } = statSync(draft);
    written(target, () => {
      publish(draft, target, replace);
      sync(folder);
    });
    return { file: target, bytes: size, keys };
  } finally {
    for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(draft + suffix, { force: true });
  }
}

/** Runs `work`, and puts an error of the operating system into words. */
function written<Result>(target: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw new Error(
      `${target} cannot be written (${codeOf(error)}). Name a file in a folder where this user can create files.`,
      { cause: error },
    );
  }
}

function copyInto(database: string, draft: string): void {
  const source = new Sqlite(database, { readonly: true, fileMustExist: true });
  try {
    if (source.prepare("select 1 from sqlite_master where name = 'schema_migrations'").get() === undefined)
      throw new NoStoreError({ client: 'sqlite', file: database });
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
      throw new Error('The copy is damaged. The database may be damaged too.');
    if ((copy.pragma('foreign_key_check') as unknown[]).length > 0)
      throw new Error('The copy has rows that refer to missing rows. The database may have them too.');
    return (copy.prepare('select count(*) as keys from consumer_keys').get() as { keys: number }).keys;
  } finally {
    copy.close();
  }
}

/**
 * Gives the copy its name. A link fails if the name is taken, even if that happened just now. A
 * rename replaces the file atomically.
 */
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

/** Returns whether two paths lead to the same file. */
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

const exists = (target: string) => new Error(`${target} exists already. To replace it, add --force.`);
