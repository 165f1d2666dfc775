import { codeOf, type ErrorCodes } from '../error-codes';

// Node's codes for a certificate that cannot be verified.
const CERTIFICATE = /^POSTGRES_(?:[A-Z_]*CERT|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO)/;

const CONNECTION_LOST = /^POSTGRES_(?:CONNECTION|TIMEOUT|E[A-Z]|08|57P0)/;
const TIMEOUT = /^POSTGRES_(?:TIMEOUT|ETIMEDOUT)$/;

/**
 * PostgreSQL's SQLSTATEs (its manual, appendix A) and Node's error codes, as `postgresError` names
 * them.
 */
export const postgresErrors: ErrorCodes = {
  prefix: 'POSTGRES_',
  uniqueViolation: /^POSTGRES_23505$/,
  foreignKeyViolation: /^POSTGRES_23503$/,
  // serialization_failure, deadlock_detected
  overtaken: /^POSTGRES_(?:40001|40P01)$/,
  connectionLost: CONNECTION_LOST,
  // By class: no connection, too many conflicts, out of disk, memory or connections, locked,
  // stopping or canceled, a failing disk, a standby (which only reads), and a server that rejects
  // the user or does not have the database, as after a move of its address.
  unavailable: new RegExp(
    `^POSTGRES_(?:CONNECTION|TIMEOUT|E[A-Z]|08|28|3D000|40|53|55P03|57|58|25006|25P03|25P04)|${CERTIFICATE.source}`,
  ),
  advice: [
    [/^POSTGRES_(?:ENOTFOUND|EAI_)/, 'The host was not found. Check the host in DATABASE_URL.'],
    [/^POSTGRES_28/, 'PostgreSQL rejects this user or password. Check both in DATABASE_URL.'],
    [/^POSTGRES_3D000/, 'The database does not exist. Create it with createdb, or change DATABASE_URL.'],
    [/^POSTGRES_3F000/, 'No schema of the search path exists. Create the schema, or change DATABASE_URL.'],
    [
      /^POSTGRES_42501/,
      'The user lacks a permission. Make it the owner of the schema, or run GRANT CREATE, USAGE ON SCHEMA … TO it.',
    ],
    [
      /^POSTGRES_25006/,
      'The server is a standby, which is read-only. Set the host of the primary in DATABASE_URL.',
    ],
    [
      /^POSTGRES_53300/,
      'PostgreSQL has no free connection. Raise max_connections, or lower DATABASE_CONNECTIONS.',
    ],
    [
      CERTIFICATE,
      'The certificate of the server cannot be verified. In DATABASE_URL, set sslrootcert= to the file of its authority, and use the host that the certificate names.',
    ],
    [
      /^POSTGRES_ENCODING/,
      'The encoding of the database must be UTF-8. Create one with createdb --encoding=UTF8 --template=template0.',
    ],
    [/^POSTGRES_57014/, 'A statement took longer than statement_timeout. Raise it for this user.'],
    [/^POSTGRES_TOO_OLD/, 'PostgreSQL must be version 13 or newer.'],
    [
      /^POSTGRES_(?:CONNECTION|TIMEOUT|E|08|57)/,
      'PostgreSQL does not answer. Check that it runs, and check DATABASE_URL.',
    ],
  ],
};

/** Returns whether the connection broke before the answer. */
export const isConnectionLost = (error: unknown): boolean => CONNECTION_LOST.test(codeOf(error));

/** Returns whether no answer came within the time limit of a statement. */
export const isTimeout = (error: unknown): boolean => TIMEOUT.test(codeOf(error));

/**
 * Gives an error of PostgreSQL a code: `POSTGRES_` and its SQLSTATE, or the system's code for a
 * broken connection.
 */
export function postgresError(error: unknown): Error {
  if (!(error instanceof Error)) return new Error('A value that is not an Error was thrown.');
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && code !== '')
    return code.startsWith('POSTGRES_') ? error : Object.assign(error, { code: `POSTGRES_${code}` });
  // pg's errors about connections have no code. A TypeError, for example, is a bug of this server.
  if (error.name !== 'Error') return error;
  return Object.assign(error, { code: wordFor(error.message) });
}

function wordFor(message: string): string {
  // The server wants a password and got none: invalid_password.
  if (message.startsWith('SASL')) return 'POSTGRES_28P01';
  return /timeout/i.test(message) ? 'POSTGRES_TIMEOUT' : 'POSTGRES_CONNECTION';
}
