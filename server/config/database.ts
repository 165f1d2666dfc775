import { resolve } from 'node:path';
import * as z from 'zod';
import { DATABASE_URL_FORMS, fileOf, readDatabaseUrl, type DatabaseOptions } from '../storage/drivers';
import { keysInText } from '../storage/secret-key-file';
import { fileText } from './files';
import { parsedBy, whole, type SetVariables } from './problems';
import { isProduction } from './server';

/** The database and the key that protects what is stored in it. */
export interface DatabaseConfig {
  readonly database: DatabaseOptions;
  /** `undefined`: a key file beside the database is read, or created on the first run. */
  readonly secretKey: string | undefined;
  /**
   * The absolute path of SECRET_KEY_FILE. The file is read again when a key is needed that it did
   * not hold before.
   */
  readonly secretKeyFile: string | undefined;
  /** The key that SECRET_KEY replaces. */
  readonly secretKeyPrevious: string | undefined;
}

const secretKeyText = z
  .string()
  .min(32, 'must have at least 32 characters; `openssl rand -hex 32` makes one');

/** The variables of this group. */
export const databaseVariables = {
  DATABASE_URL: z
    .string()
    .default('sqlite:data/wc-auth.sqlite')
    .transform(parsedBy(readDatabaseUrl, `must be ${DATABASE_URL_FORMS}`)),
  DATABASE_CONNECTIONS: whole(16, 4, 1_000),
  SECRET_KEY: secretKeyText.optional(),
  SECRET_KEY_FILE: z
    .string()
    .transform(fileText)
    .transform((text) => keysInText(text)[0] ?? '')
    .pipe(secretKeyText)
    .optional(),
  SECRET_KEY_PREVIOUS: secretKeyText.optional(),
};

type Values = z.output<z.ZodObject<typeof databaseVariables>>;

/** Returns what is wrong with the secret key variables, one line each. */
export function databaseProblems(set: SetVariables): string[] {
  if (set.SECRET_KEY && set.SECRET_KEY_FILE) return ['SECRET_KEY, SECRET_KEY_FILE: set only one of them'];
  if (set.SECRET_KEY || set.SECRET_KEY_FILE) return [];
  const needs = 'set this variable or SECRET_KEY_FILE';
  const how = 'For a new store, `openssl rand -hex 32` makes a key';
  return [
    ...(isProduction(set) ? [`SECRET_KEY: with NODE_ENV=production, ${needs}. ${how}`] : []),
    ...(isDatabaseServer(set.DATABASE_URL)
      ? [`SECRET_KEY: with a database server, ${needs}, with the same value on every server. ${how}`]
      : []),
  ];
}

/** Returns this group's part of the configuration. */
export function readDatabase(values: Values, set: SetVariables): DatabaseConfig {
  return {
    database: values.DATABASE_URL(values.DATABASE_CONNECTIONS),
    secretKey: values.SECRET_KEY ?? values.SECRET_KEY_FILE,
    secretKeyFile: set.SECRET_KEY_FILE === undefined ? undefined : resolve(set.SECRET_KEY_FILE),
    secretKeyPrevious: values.SECRET_KEY_PREVIOUS,
  };
}

/**
 * Returns whether DATABASE_URL names a server. A key file is created only beside a database file.
 */
function isDatabaseServer(url = ''): boolean {
  const named = readDatabaseUrl(url)?.(1);
  return named !== undefined && fileOf(named) === undefined;
}
