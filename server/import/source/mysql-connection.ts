import type { Readable } from 'node:stream';
import type { ConnectionOptions } from 'mysql2';
import type { Encryption, MysqlAddress } from './mysql-url';
import { ImportError } from './source';
import { decodeText } from './text-decoding';

export interface MysqlLimits {
  readonly connectMs: number;
  /** How long a query may send nothing. A large table without an index takes minutes. */
  readonly idleMs: number;
}

const ROWS_AHEAD = 100;

export type Row = readonly (string | null)[];

/** Loads the client only for a live database. The build puts its bundle beside the program. */
const client = () =>
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  require('./mysql-client') as typeof import('./mysql-client');

export type MysqlConnection = Awaited<ReturnType<typeof connectToMysql>>;

/**
 * Connects to a database.
 *
 * @throws the client's errors, as every function of the connection.
 */
export async function connectToMysql(
  address: MysqlAddress,
  password: string | undefined,
  { connectMs, idleMs }: MysqlLimits,
) {
  const connection = client().createConnection(optionsOf(address, password, connectMs));
  let current: Readable | undefined;
  let lost: Error | undefined;
  // mysql2 tells a query that streams nothing about the loss of its connection.
  connection.on('error', (error: Error) => {
    lost ??= error;
    current?.destroy(error);
  });
  await new Promise<void>((resolve, reject) => {
    connection.connect((error) => {
      if (error) reject(error);
      else resolve();
    });
  }).catch((error: unknown) => {
    connection.destroy();
    throw error;
  });

  /** Calls `take` for each row. The server waits while rows arrive faster than they are taken. */
  async function query(sql: string, take: (row: Row, columns: readonly string[]) => void): Promise<void> {
    if (lost) throw lost;
    let columns: readonly string[] = [];
    const rows = connection
      .query({ sql, rowsAsArray: true, typeCast: textOf })
      .on('fields', (fields: { name: string }[] | undefined) => {
        columns = fields?.map(({ name }) => name) ?? [];
      })
      .stream({ highWaterMark: ROWS_AHEAD });
    current = rows;
    const idle = setTimeout(() => {
      rows.destroy(
        new ImportError(`The database sent nothing for ${idleMs / 1000} seconds. Run the command again.`),
      );
    }, idleMs);
    try {
      for await (const row of rows as AsyncIterable<unknown>) {
        idle.refresh();
        // A statement such as SET has a result instead of rows.
        if (Array.isArray(row)) take(row as Row, columns);
      }
    } finally {
      clearTimeout(idle);
      current = undefined;
    }
  }

  return {
    query,
    async all(sql: string): Promise<Row[]> {
      const rows: Row[] = [];
      await query(sql, (row) => rows.push(row));
      return rows;
    },
    /** Ends the connection, and the query that runs with this error. */
    end(error?: Error): void {
      current?.destroy(error);
      connection.destroy();
    },
  };
}

function optionsOf(
  address: MysqlAddress,
  password: string | undefined,
  connectMs: number,
): ConnectionOptions {
  const { host, port, socket, user, database, encryption } = address;
  return {
    ...(socket === undefined ? { host, port } : { socketPath: socket }),
    user,
    database,
    password: password ?? '',
    charset: 'utf8mb4_general_ci',
    connectTimeout: connectMs,
    ...tlsOptions(encryption),
  };
}

function tlsOptions(encryption: Encryption): ConnectionOptions {
  if (encryption === 'off') return {};
  if (encryption === 'unverified') return { ssl: { rejectUnauthorized: false } };
  const { authority } = encryption;
  return {
    ssl: {
      rejectUnauthorized: true,
      verifyIdentity: true,
      ...(authority === undefined ? {} : { ca: authority }),
    },
  };
}

/** Every value is text, as in a dump. A column of bytes may hold UTF-8. */
function textOf(field: { buffer: () => Buffer | null }): string | null {
  const bytes = field.buffer();
  return bytes === null ? null : decodeText(bytes);
}
