import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { ImportError } from './source';

/** How a connection is encrypted: not at all, with any certificate, or with one that is checked. */
export type Encryption = 'off' | 'unverified' | { readonly authority: string | undefined };

export interface MysqlAddress {
  readonly user: string;
  readonly host: string;
  readonly port: number;
  readonly socket: string | undefined;
  readonly database: string;
  readonly encryption: Encryption;
  /** The address without a password. */
  readonly place: string;
}

const FORM = 'mysql://USER@HOST/DATABASE';
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/i;
const OPTIONS = ['ssl', 'ssl-ca', 'socket'];

/**
 * Reads the address of a database.
 *
 * @throws ImportError if something in it is wrong. The message never has the password.
 */
export function mysqlAddress(from: string): MysqlAddress {
  const url = parsed(from);
  if (url.password !== '')
    throw new ImportError(
      'Remove the password from the URL of --from: other users of this machine see it in the list of processes. Set IMPORT_DATABASE_PASSWORD or IMPORT_DATABASE_PASSWORD_FILE instead, or enter it when the command asks for it.',
    );
  const unknown = [...url.searchParams.keys()].find((name) => !OPTIONS.includes(name));
  if (unknown !== undefined)
    throw new ImportError(
      `The URL of --from has an unknown option, "${unknown}". It may have ${OPTIONS.join(', ')}.`,
    );
  const user = decoded(url.username);
  const database = decoded(url.pathname.slice(1));
  const socket = url.searchParams.get('socket') ?? undefined;
  if (user === '') throw new ImportError(`The URL of --from names no user. Write ${FORM}.`);
  if (database === '' || database.includes('/'))
    throw new ImportError(`The URL of --from must name one database. Write ${FORM}.`);
  if (url.hostname === '' && socket === undefined)
    throw new ImportError(`The URL of --from names no host. Write ${FORM}.`);
  const host = url.hostname.replace(/^\[|\]$/g, '') || 'localhost';
  const isLocal = socket !== undefined || LOOPBACK.test(url.hostname);
  return {
    user,
    host,
    port: Number(url.port || 3306),
    socket,
    database,
    encryption: encryptionOf(url.searchParams, host, isLocal),
    place: `mysql://${url.username}@${url.host || 'localhost'}${url.pathname}`,
  };
}

function parsed(from: string): URL {
  try {
    return new URL(from);
  } catch {
    throw new ImportError(`The URL of --from cannot be read. Write ${FORM}, with %40 for an @ in a name.`);
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new ImportError('The URL of --from has a % that begins no code. Write %25 for it.');
  }
}

function encryptionOf(options: URLSearchParams, host: string, isLocal: boolean): Encryption {
  const ssl = options.get('ssl') ?? (isLocal && !options.has('ssl-ca') ? 'off' : 'on');
  const file = options.get('ssl-ca');
  if (ssl === 'off' || ssl === 'unverified') return ssl;
  // mysql2 would compare the certificate with "localhost".
  if (ssl === 'on' && isIP(host) !== 0)
    throw new ImportError(
      `The URL of --from must name the host, because a certificate cannot be compared with ${host}. If the network between is trusted, add ?ssl=off, or ?ssl=unverified to accept any certificate.`,
    );
  if (ssl === 'on') return { authority: file === null ? undefined : readAuthority(file) };
  throw new ImportError(`ssl in the URL of --from must be on, off or unverified (got "${ssl}").`);
}

function readAuthority(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new ImportError(`The file of ssl-ca cannot be read (${code}): ${file}`);
  }
}
