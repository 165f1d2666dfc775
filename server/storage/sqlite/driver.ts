import { readdirSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Driver } from '../driver';
import type { SqliteOptions } from './database';
import { sqliteErrors } from './errors';

/** SQLite: one file, one machine, any number of processes. */
export const sqlite: Driver<SqliteOptions> = {
  client: 'sqlite',
  urlForm: 'sqlite:PATH, file:PATH, a path',
  read(url) {
    const path = url.replace(/^(?:sqlite|file):(?:\/\/)?/i, '');
    // `postgres:/…` is a typing error and not a path. One letter can be a drive of Windows.
    const isOther = /^[a-z][a-z0-9+.-]+:/i.test(path) && (path === url || path.includes('://'));
    if (path === '' || isOther) return undefined;
    const file = resolve(path);
    return () => ({ client: 'sqlite', file });
  },
  placeOf: ({ file }) => file,
  fileOf: ({ file }) => file,
  placesOf({ file }) {
    // SQLite follows a link and keeps its log beside the target.
    const real = realpathSync(file);
    const leases = `${file}.leases`;
    return {
      files: [real, `${real}-wal`, `${real}-shm`, ...readdirSync(leases).map((name) => join(leases, name))],
      folders: [dirname(real), leases],
    };
  },
  errors: sqliteErrors,
  open: (options) => implementation().openSqlite(options),
};

/** Loads the implementation on first use, because loading is most of a command's start. */
function implementation() {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('./database') as typeof import('./database');
}
