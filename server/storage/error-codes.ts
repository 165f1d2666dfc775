/** What the codes of a database's errors mean. Each pattern is for one whole code, prefix included. */
export interface ErrorCodes {
  /** Begins every code of this database. */
  readonly prefix: string;
  /** A value that has to be unique exists already. */
  readonly uniqueViolation: RegExp;
  /** A row refers to another that is not there, or is referred to and would go. */
  readonly foreignKeyViolation: RegExp;
  /** The database ended this transaction for another's sake; nothing of it was done. */
  readonly overtaken?: RegExp;
  /** The connection broke before the answer, so it is unknown whether the statement ran. */
  readonly connectionLost?: RegExp;
  /** The database is there, or was, and may be able to do it later. */
  readonly unavailable: RegExp;
  /** Matches the message of an error without a code, from a connection that is closed. */
  readonly closedMessage?: RegExp;
  /** What an operator can do about a database with which nothing can start. The first match counts. */
  readonly advice: readonly (readonly [code: RegExp, advice: string])[];
}

/** The code of an error; empty if it has none. */
export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}
