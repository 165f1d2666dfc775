/**
 * A failure of PostgreSQL with a code that says whose it is: `POSTGRES_` and the SQLSTATE it answered, or the system's word
 * for why no answer came.
 */
export function postgresError(error: unknown): Error {
  if (!(error instanceof Error)) return new Error('Something that is no error was thrown.');
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && code !== '')
    return code.startsWith('POSTGRES_') ? error : Object.assign(error, { code: `POSTGRES_${code}` });
  // What pg says of connections has no code. A TypeError, say, is a mistake of ours.
  if (error.name !== 'Error') return error;
  return Object.assign(error, { code: wordFor(error.message) });
}

function wordFor(message: string): string {
  // No password was given where one is asked for; invalid_password.
  if (message.startsWith('SASL')) return 'POSTGRES_28P01';
  return /timeout/i.test(message) ? 'POSTGRES_TIMEOUT' : 'POSTGRES_CONNECTION';
}
