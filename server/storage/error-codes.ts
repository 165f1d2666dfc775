/**
 * The meaning of a database's error codes. Each pattern matches one whole code with its prefix.
 * `advice` also has codes of the operating system, without the prefix.
 */
export interface ErrorCodes {
  /** The prefix of every code of this database. */
  readonly prefix: string;
  /** A unique value exists already. */
  readonly uniqueViolation: RegExp;
  /** A row refers to a row that does not exist, or a row that others refer to would be removed. */
  readonly foreignKeyViolation: RegExp;
  /** The database aborted this transaction because of another one. Nothing of it was done. */
  readonly overtaken?: RegExp;
  /** The connection broke before the answer. Whether the statement ran is unknown. */
  readonly connectionLost?: RegExp;
  /** The database cannot do it now, but may be able to later. */
  readonly unavailable: RegExp;
  /** Matches the message of an error without a code, from a closed connection. */
  readonly closedMessage?: RegExp;
  /** The file of the database, or its folder, cannot be read or written. */
  readonly noAccess?: RegExp;
  /** What an operator can do if the server cannot start on a database. The first match counts. */
  readonly advice: readonly (readonly [code: RegExp, advice: string])[];
}

/** Returns the code of an error, or the empty string. */
export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}
