import { ERROR_CODES, fileOf, placeOf, type DatabaseOptions } from './drivers';
import { ReferenceRemovedError, UnavailableDatabaseError } from './database-error';
import { codeOf } from './error-codes';
import { writeObstacle } from './folder-access';

/** Returns whether a unique value existed already. */
export const isUniqueViolation = (error: unknown): boolean =>
  ERROR_CODES.some(({ uniqueViolation }) => uniqueViolation.test(codeOf(error)));

/**
 * Returns whether a reference between rows broke: its target does not exist, or would be removed.
 */
export const isForeignKeyViolation = (error: unknown): boolean =>
  ERROR_CODES.some(({ foreignKeyViolation }) => foreignKeyViolation.test(codeOf(error)));

/**
 * Returns whether the connection broke before the answer. Whether the statement ran is then
 * unknown.
 */
export const isConnectionLost = (error: unknown): boolean =>
  ERROR_CODES.some(({ connectionLost }) => connectionLost?.test(codeOf(error)));

/** Returns whether the database cannot do it now, but may be able to later. */
export const isUnavailable = (error: unknown): boolean =>
  ERROR_CODES.some(({ unavailable }) => unavailable.test(codeOf(error)));

const adviceFor = (error: unknown) =>
  ERROR_CODES.flatMap(({ advice }) => advice).find(([codes]) => codes.test(codeOf(error)))?.[1];

/** Returns whether the server cannot start on this database as it is. */
export const isUnusable = (error: unknown): boolean => adviceFor(error) !== undefined;

function obstacleOf(database: DatabaseOptions, error: unknown): string {
  const file = fileOf(database);
  const isAccess = ERROR_CODES.some(({ noAccess }) => noAccess?.test(codeOf(error)));
  return file !== undefined && isAccess ? writeObstacle(file) : '';
}

/**
 * The database cannot be opened or written. The message says what to do and contains no password.
 */
export class UnusableDatabaseError extends Error {
  override readonly name = 'UnusableDatabaseError';
  /** What the operator can do. Empty if the cause is unknown. */
  readonly advice: string;
  /** `namedBy`: the variable or option that named the database. */
  constructor(database: DatabaseOptions, cause: unknown, namedBy = 'DATABASE_URL') {
    const advice = [adviceFor(cause) ?? '', obstacleOf(database, cause)]
      .filter(Boolean)
      .join(' ')
      .replaceAll('DATABASE_URL', namedBy);
    super(`The database ${placeOf(database)} cannot be used (${codeOf(cause)}). ${advice}`.trimEnd());
    this.advice = advice;
  }
}

/**
 * Returns an error that may be logged. knex puts the bound values (hashes and sealed secrets among
 * them) into the message of its errors, and PostgreSQL puts them into the detail. So only the code
 * of a database error is kept.
 */
export function withoutBoundValues(error: unknown): Error {
  const code = codeOf(error);
  if (isUnavailable(error)) return new UnavailableDatabaseError(`The database is not available (${code}).`);
  if (error instanceof Error && isClosed(error))
    return new UnavailableDatabaseError('The database did not answer.');
  // Services check references before they write, so only a concurrent removal gets here.
  if (isForeignKeyViolation(error))
    return new ReferenceRemovedError(`A row that this refers to was removed in the meantime (${code}).`);
  if (ERROR_CODES.some(({ prefix }) => code.startsWith(prefix)))
    return new Error(`The database rejected a statement (${code}).`);
  return error instanceof Error ? error : new Error('A value that is not an Error was thrown.');
}

/** Whether a connection was closed, or knex could not get one from its pool. */
const isClosed = ({ name, message }: Error): boolean =>
  name === 'KnexTimeoutError' ||
  message.includes('Unable to acquire a connection') ||
  ERROR_CODES.some(({ closedMessage }) => closedMessage?.test(message));
