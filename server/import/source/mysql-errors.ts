import type { MysqlAddress } from './mysql-url';
import { ImportError } from './source';

/** What mysql2 and Node throw. */
interface MysqlFailure {
  readonly code?: string;
  readonly errno?: number;
  readonly sqlMessage?: string;
  readonly message?: string;
}

const CONNECTION_LOST =
  /^(?:PROTOCOL_CONNECTION_LOST|ECONNRESET|EPIPE|ER_CONNECTION_KILLED|ER_SERVER_SHUTDOWN|ER_QUERY_INTERRUPTED|PROTOCOL_PACKETS_OUT_OF_ORDER)$/;
/** Codes of OpenSSL and Node for a certificate that is not trusted. */
const CERTIFICATE = /^HANDSHAKE_SSL_ERROR$|CERT|SIGNATURE|SELF_SIGNED|^UNABLE_TO_|^ERR_TLS/;

/** Returns what went wrong with a database, and what to change. Never has the password. */
export function mysqlError(
  error: unknown,
  { user, host, port, socket, database, place }: MysqlAddress,
): ImportError {
  if (error instanceof ImportError) return error;
  const { code = '', errno, sqlMessage, message = '' } = error as MysqlFailure;
  const at = socket ?? `${host}:${port}`;
  return new ImportError(reason());

  function reason(): string {
    if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
      return `The host ${host} is unknown. Check the name in --from.`;
    if (code === 'ECONNREFUSED' || code === 'ENOENT')
      return `No database answers at ${at}. Check the host and the port in --from, and whether the server accepts connections from this machine.`;
    if (code === 'ETIMEDOUT' || code === 'EHOSTUNREACH' || code === 'ENETUNREACH')
      return `${at} does not answer. Check the host and the port in --from, and the firewall between.`;
    if (code === 'ER_ACCESS_DENIED_ERROR' || code === 'ER_ACCESS_DENIED_NO_PASSWORD_ERROR')
      return `The database at ${at} rejects the user ${user} or the password. Set IMPORT_DATABASE_PASSWORD or IMPORT_DATABASE_PASSWORD_FILE. WordPress has its own in wp-config.php.`;
    if (code === 'ER_DBACCESS_DENIED_ERROR')
      return `The user ${user} may not use the database ${database}, or there is no such database. Check the name in --from, or run: GRANT SELECT ON \`${database}\`.* TO '${user}'`;
    if (code === 'ER_BAD_DB_ERROR')
      return `The database ${database} does not exist at ${at}. Check the name in --from.`;
    if (code === 'ER_HOST_NOT_PRIVILEGED' || errno === 1130)
      return `The database at ${at} rejects connections from this machine. Allow them for the user ${user}.`;
    if (code === 'ER_CON_COUNT_ERROR')
      return `The database at ${at} has too many connections. Try again later.`;
    if (code === 'HANDSHAKE_NO_SSL_SUPPORT')
      return `The database at ${at} does not offer TLS. If the network between is trusted, add ?ssl=off to the URL of --from.`;
    if (CERTIFICATE.test(code))
      return `The TLS certificate of the database at ${at} is not trusted (${message}). Add ?ssl-ca=FILE with its authority to the URL of --from, or ?ssl=unverified to accept any certificate.`;
    if (CONNECTION_LOST.test(code))
      return `The database at ${at} ended the connection. Nothing was imported. Run the command again.`;
    return `${place} cannot be read (${code || 'unknown error'}): ${sqlMessage ?? message}`;
  }
}
