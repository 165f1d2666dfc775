import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createConnection, type Connection } from 'mysql2/promise';

/** A MariaDB whose account may create databases and accounts. `.ci/run` sets it. */
const { TEST_MARIADB_URL } = process.env;
const SERVER = new URL(TEST_MARIADB_URL ?? 'mysql://root@127.0.0.1:3306/');

/** Why there is no MariaDB to test with. `undefined`: there is one. */
export const noMariadb = ((): string | undefined => {
  // Jest wants to know synchronously which tests there are.
  const { status } = spawnSync(process.execPath, [
    '-e',
    `require('net').connect(${SERVER.port || 3306}, '${SERVER.hostname}').on('connect', () => process.exit(0)).on('error', () => process.exit(1))`,
  ]);
  if (status === 0) return undefined;
  if (TEST_MARIADB_URL !== undefined) throw new Error('The database of TEST_MARIADB_URL does not answer.');
  return `no MariaDB answers at ${SERVER.host}`;
})();

/** A database of one suite. */
export interface TestMariadb {
  readonly name: string;
  readonly port: number;
  /** An account that may read it. */
  readonly user: string;
  /** The account's URL in it. */
  readonly url: string;
  /** Creates an account with these rights, and returns its URL. */
  readonly account: (...rights: string[]) => Promise<string>;
  readonly run: (...statements: string[]) => Promise<void>;
  /** Runs an SQL dump, in which `;` ends lines only after a statement. */
  readonly load: (file: string, charset?: string) => Promise<void>;
  /** Returns the first column of the first row. */
  readonly value: (sql: string) => Promise<unknown>;
  /** Opens a second connection of the administrator. */
  readonly connect: () => Promise<Connection>;
  readonly remove: () => Promise<void>;
}

export const PASSWORD = 'pässword; with $ and @';

/** Creates an empty database, and an account that may read it. */
export async function createMariadb(name: string): Promise<TestMariadb> {
  const connect = (charset = 'utf8mb4') =>
    createConnection({
      host: SERVER.hostname,
      port: Number(SERVER.port || 3306),
      user: decodeURIComponent(SERVER.username),
      password: decodeURIComponent(SERVER.password),
      multipleStatements: true,
      charset,
    });
  const admin = await connect();
  const users: string[] = [];
  async function account(...rights: string[]): Promise<string> {
    const user = `${name}_${users.length}`;
    users.push(user);
    await admin.query(
      `drop user if exists ${user}@'%'; create user ${user}@'%' identified by ${admin.escape(PASSWORD)}`,
    );
    for (const right of rights) await admin.query(`grant ${right} to ${user}@'%'`);
    return `mysql://${user}@${SERVER.host}/${name}`;
  }
  await admin.query(`drop database if exists ${name}; create database ${name}; use ${name}`);
  const url = await account(`select on ${name}.*`);

  return {
    name,
    port: Number(SERVER.port || 3306),
    user: `${name}_0`,
    url,
    account,
    connect,
    async run(...statements) {
      for (const statement of statements) await admin.query(statement);
    },
    async load(file, charset = 'utf8mb4') {
      const connection = await connect(charset);
      await connection.query(`use ${name}`);
      // A client stops at MariaDB's first line, but a server takes it for a comment.
      await connection.query(readFileSync(file, 'utf8'));
      await connection.end();
    },
    async value(sql) {
      const [rows] = await admin.query({ sql, rowsAsArray: true });
      return (rows as unknown as unknown[][])[0]?.[0];
    },
    async remove() {
      await admin.query(`drop database ${name}`);
      for (const user of users) await admin.query(`drop user ${user}@'%'`);
      await admin.end();
    },
  };
}
