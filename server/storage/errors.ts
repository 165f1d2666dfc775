import { UnavailableError } from '../errors';

/** A value that has to be unique exists already. */
export function isUniqueViolation(error: unknown): boolean {
  return ['SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY'].includes(codeOf(error));
}

/** A row refers to another that is not there, or is referred to and would go. */
export const isForeignKeyViolation = (error: unknown): boolean =>
  codeOf(error) === 'SQLITE_CONSTRAINT_FOREIGNKEY';

// The database is there but cannot do it now: locked, disk full, read-only, not readable.
const UNAVAILABLE = /^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN|PROTOCOL|NOTADB|CORRUPT)/;

// knex and better-sqlite3 of a connection that is closed; neither gives a code.
const CLOSED = /Unable to acquire a connection|database connection is not open/;

/** The database is open and cannot do it now; it may be able to later. */
export const isUnavailable = (error: unknown): boolean => UNAVAILABLE.test(codeOf(error));

const WHAT_TO_DO: readonly (readonly [RegExp, string])[] = [
  [/_FULL/, 'The disk is full.'],
  [/_BUSY|_LOCKED/, 'Another process holds it and does not give it back.'],
  [/_NOTADB|_CORRUPT/, 'It is no SQLite database, or a damaged one: put a backup in its place.'],
  [/./, 'The file and its folder have to be readable and writable for the user that runs this.'],
];

/** The database file cannot be opened, or cannot be written: nothing can start on it. */
export class UnusableDatabaseError extends Error {
  override readonly name = 'UnusableDatabaseError';
  constructor(file: string, cause: unknown) {
    const code = codeOf(cause);
    const whatToDo = WHAT_TO_DO.find(([pattern]) => pattern.test(code))?.[1] ?? '';
    super(`The database ${file} cannot be used (${code}). ${whatToDo}`);
  }
}

/**
 * What may be said and logged of a failure. knex puts the bound values, hashes and sealed secrets among them, into the
 * message of its errors, so of a database error only the code is kept.
 */
export function withoutBoundValues(error: unknown): Error {
  const code = codeOf(error);
  if (UNAVAILABLE.test(code)) return new UnavailableError(`The database is not available (${code}).`);
  if (error instanceof Error && (error.name === 'KnexTimeoutError' || CLOSED.test(error.message)))
    return new UnavailableError('The database did not answer.');
  if (code.startsWith('SQLITE_')) return new Error(`The database refused a statement (${code}).`);
  return error instanceof Error ? error : new Error('Something that is no error was thrown.');
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}
