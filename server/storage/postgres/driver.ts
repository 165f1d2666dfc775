import type { Driver } from '../driver';
import type { PostgresOptions } from './database';
import { postgresErrors } from './errors';

/** PostgreSQL: one database server, any number of machines and processes. */
export const postgres: Driver<PostgresOptions> = {
  client: 'postgres',
  urlForm: 'postgres://USER:PASSWORD@HOST/DATABASE',
  read: (url) =>
    /^postgres(?:ql)?:\/\//i.test(url) && isUrl(url)
      ? (connections) => ({ client: 'postgres', url, connections })
      : undefined,
  placeOf({ url }) {
    const { host, pathname, username } = new URL(url);
    return `${pathname.slice(1) || username || 'of the default name'} at ${host || 'the local socket'}`;
  },
  fileOf: () => undefined,
  placesOf: () => ({ files: [], folders: [] }),
  errors: postgresErrors,
  open: (options) => implementation().openPostgres(options),
};

/** The error of `new URL` is not used, because its message repeats the password. */
function isUrl(value: string): boolean {
  try {
    new URL(value);
    return true;
  } catch {
    return false;
  }
}

/** Loads the implementation on first use, because loading is most of a command's start. */
function implementation() {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('./database') as typeof import('./database');
}
