import { RemovedMeanwhileError, UnavailableError } from '../errors';
import { ERROR_CODES, placeOf, type DatabaseOptions } from './drivers';
import { codeOf } from './error-codes';

/** A value that has to be unique exists already. */
export const isUniqueViolation = (error: unknown): boolean =>
  ERROR_CODES.some(({ uniqueViolation }) => uniqueViolation.test(codeOf(error)));

/** A row refers to another that is not there, or is referred to and would go. */
export const isForeignKeyViolation = (error: unknown): boolean =>
  ERROR_CODES.some(({ foreignKeyViolation }) => foreignKeyViolation.test(codeOf(error)));

/** The connection broke before the answer, so it is unknown whether the statement ran. */
export const isConnectionLost = (error: unknown): boolean =>
  ERROR_CODES.some(({ connectionLost }) => connectionLost?.test(codeOf(error)));

/** The database is there, or was, and cannot do it now; it may be able to later. */
export const isUnavailable = (error: unknown): boolean =>
  ERROR_CODES.some(({ unavailable }) => unavailable.test(codeOf(error)));

const adviceFor = (error: unknown) =>
  ERROR_CODES.flatMap(({ advice }) => advice).find(([codes]) => codes.test(codeOf(error)))?.[1];

/** Nothing can start on this database as it is. */
export const isUnusable = (error: unknown): boolean => adviceFor(error) !== undefined;

/** The database cannot be opened, or cannot be written; the message says what to do and holds no password. */
export class UnusableDatabaseError extends Error {
  override readonly name = 'UnusableDatabaseError';
  /** `namedBy`: where its URL was given. */
  constructor(database: DatabaseOptions, cause: unknown, namedBy = 'DATABASE_URL') {
    const advice = adviceFor(cause)?.replaceAll('DATABASE_URL', namedBy) ?? '';
    super(`The database ${placeOf(database)} cannot be used (${codeOf(cause)}). ${advice}`.trimEnd());
  }
}

/**
 * What may be said and logged of a failure. knex puts the bound values, hashes and sealed secrets among them, into the
 * message of its errors, and PostgreSQL into the detail, so of a database error only the code is kept.
 */
export function withoutBoundValues(error: unknown): Error {
  const code = codeOf(error);
  if (isUnavailable(error)) return new UnavailableError(`The database is not available (${code}).`);
  if (error instanceof Error && isClosed(error)) return new UnavailableError('The database did not answer.');
  // Everything else is checked before it is written: only what went in between is missed here.
  if (isForeignKeyViolation(error))
    return new RemovedMeanwhileError(
      'What this belongs to was removed in the meantime. Nothing was changed.',
    );
  if (ERROR_CODES.some(({ prefix }) => code.startsWith(prefix)))
    return new Error(`The database refused a statement (${code}).`);
  return error instanceof Error ? error : new Error('Something that is no error was thrown.');
}

/** A connection that is closed, or that knex did not get. */
const isClosed = ({ name, message }: Error): boolean =>
  name === 'KnexTimeoutError' ||
  message.includes('Unable to acquire a connection') ||
  ERROR_CODES.some(({ closedMessage }) => closedMessage?.test(message));
