import { RemovedMeanwhileError, UnavailableError } from '../errors';
import type { DatabaseOptions } from './database';

/** A value that has to be unique exists already. */
export function isUniqueViolation(error: unknown): boolean {
  return ['SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY', 'POSTGRES_23505'].includes(
    codeOf(error),
  );
}

/** A row refers to another that is not there, or is referred to and would go. */
export const isForeignKeyViolation = (error: unknown): boolean =>
  ['SQLITE_CONSTRAINT_FOREIGNKEY', 'POSTGRES_23503'].includes(codeOf(error));

/** PostgreSQL ended this transaction for another's sake: serialization_failure, deadlock_detected. Nothing of it was done. */
export const isOvertaken = (error: unknown): boolean =>
  ['POSTGRES_40001', 'POSTGRES_40P01'].includes(codeOf(error));

/** Nobody knows what became of a statement: its connection broke before the answer. */
export const isConnectionLost = (error: unknown): boolean =>
  /^POSTGRES_(?:CONNECTION|TIMEOUT|E[A-Z]|08|57P0)/.test(codeOf(error));

/** The same, and it was waited for. */
export const isTimeout = (error: unknown): boolean =>
  ['POSTGRES_TIMEOUT', 'POSTGRES_ETIMEDOUT'].includes(codeOf(error));

/** It was PostgreSQL that failed, where both are at work. */
export const isPostgresFailure = (error: unknown): boolean => codeOf(error).startsWith('POSTGRES_');

// Node's words for a certificate that proves nothing.
const CERTIFICATE = /^POSTGRES_(?:[A-Z_]*CERT|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO)/;

// SQLite: locked, disk full, read-only, not readable. PostgreSQL by class (its manual, appendix A): no connection, overtaken
// too often, out of disk, memory or connections, locked, stopping or cancelled, a failing disk, a standby, which only reads, and a
// server that no longer takes the user or has no such database, as one may that an address has moved to.
const UNAVAILABLE = [
  /^SQLITE_(?:BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN|PROTOCOL|NOTADB|CORRUPT)/,
  /^POSTGRES_(?:CONNECTION|TIMEOUT|E[A-Z]|08|28|3D000|40|53|55P03|57|58|25006|25P03|25P04)/,
  CERTIFICATE,
];

// knex and better-sqlite3 of a connection that is closed; neither gives a code.
const CLOSED = /Unable to acquire a connection|database connection is not open/;

/** The database is there, or was, and cannot do it now; it may be able to later. */
export const isUnavailable = (error: unknown): boolean =>
  UNAVAILABLE.some((codes) => codes.test(codeOf(error)));

/** What an operator can do about a database with which nothing can start, by the code of the failure. */
const WHAT_TO_DO: readonly (readonly [RegExp, string])[] = [
  [/^SQLITE_FULL/, 'The disk is full.'],
  [/^SQLITE_(?:BUSY|LOCKED)/, 'Another process holds it and does not give it back.'],
  [/^SQLITE_(?:NOTADB|CORRUPT)/, 'It is no SQLite database, or a damaged one: put a backup in its place.'],
  [
    /^SQLITE_(?:IOERR|READONLY|CANTOPEN|PROTOCOL)/,
    'The file and its folder have to be readable and writable for the user that runs this.',
  ],
  [/^POSTGRES_(?:ENOTFOUND|EAI_)/, 'No such host is known: look at the host in DATABASE_URL.'],
  [/^POSTGRES_28/, 'PostgreSQL does not take this user with this password: look at both in DATABASE_URL.'],
  [/^POSTGRES_3D000/, 'It does not exist: make it with createdb, or name another in DATABASE_URL.'],
  [
    /^POSTGRES_3F000/,
    'The search path names no schema that exists: make it, or name another in DATABASE_URL.',
  ],
  [
    /^POSTGRES_42501/,
    'The user may not do that: make it the owner of the schema, or GRANT CREATE, USAGE ON SCHEMA … to it.',
  ],
  [/^POSTGRES_25006/, 'It is a standby, which only reads: name the primary in DATABASE_URL.'],
  [
    /^POSTGRES_53300/,
    'PostgreSQL has no connection left: raise max_connections, or lower DATABASE_CONNECTIONS.',
  ],
  [
    CERTIFICATE,
    'Its certificate proves nothing: name the authority with sslrootcert= in DATABASE_URL, and the host as in the certificate.',
  ],
  [
    /^POSTGRES_ENCODING/,
    'It has to be in UTF-8: make one with createdb --encoding=UTF8 --template=template0.',
  ],
  [/^POSTGRES_57014/, 'A statement took longer than statement_timeout lets it: give this user more.'],
  [/^POSTGRES_TOO_OLD/, 'It has to be PostgreSQL 13 or newer.'],
  [
    /^POSTGRES_(?:CONNECTION|TIMEOUT|E|08|57)/,
    'PostgreSQL does not answer: look whether it runs, and at DATABASE_URL.',
  ],
];

const whatToDo = (error: unknown) => WHAT_TO_DO.find(([codes]) => codes.test(codeOf(error)))?.[1];

/** Nothing can start on this database as it is. */
export const isUnusable = (error: unknown): boolean => whatToDo(error) !== undefined;

/** The database cannot be opened, or cannot be written; the message says what to do and holds no password. */
export class UnusableDatabaseError extends Error {
  override readonly name = 'UnusableDatabaseError';
  /** `namedBy`: where its URL was given. */
  constructor(database: DatabaseOptions, cause: unknown, namedBy = 'DATABASE_URL') {
    const advice = whatToDo(cause)?.replaceAll('DATABASE_URL', namedBy) ?? '';
    super(`The database ${placeOf(database)} cannot be used (${codeOf(cause)}). ${advice}`.trimEnd());
  }
}

/** Where a database is, without its password. */
export function placeOf(database: DatabaseOptions): string {
  if (database.client === 'sqlite') return database.file;
  const { host, pathname, username } = new URL(database.url);
  return `${pathname.slice(1) || username || 'of the default name'} at ${host || 'the local socket'}`;
}

/**
 * What may be said and logged of a failure. knex puts the bound values, hashes and sealed secrets among them, into the
 * message of its errors, and PostgreSQL into the detail, so of a database error only the code is kept.
 */
export function withoutBoundValues(error: unknown): Error {
  const code = codeOf(error);
  if (isUnavailable(error)) return new UnavailableError(`The database is not available (${code}).`);
  if (error instanceof Error && (error.name === 'KnexTimeoutError' || CLOSED.test(error.message)))
    return new UnavailableError('The database did not answer.');
  // Everything else is checked before it is written: only what went in between is missed here.
  if (isForeignKeyViolation(error))
    return new RemovedMeanwhileError(
      'What this belongs to was removed in the meantime. Nothing was changed.',
    );
  if (/^(?:SQLITE|POSTGRES)_/.test(code)) return new Error(`The database refused a statement (${code}).`);
  return error instanceof Error ? error : new Error('Something that is no error was thrown.');
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}
