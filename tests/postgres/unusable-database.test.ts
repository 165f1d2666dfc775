import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Knex } from 'knex';
import { openDatabase } from '../../server/storage/drivers';
import { UnusableDatabaseError } from '../../server/storage/errors';
import { migrate } from '../../server/storage/migrate';
import { checkPostgresVersion } from '../../server/storage/postgres/server-version';
import {
  describeWithCluster,
  postgresCluster,
  type PostgresCluster,
} from '../support/store/postgres-cluster';
import { environment, serverThatEnds, startServerProcess } from '../support/store/server-process';
import { tcpProxy, type TcpProxy } from '../support/store/tcp-proxy';

// The operator of a server with an unusable database gets one message with what to do, and without
// a password.

const PASSWORD = 'a-password-nobody-may-read';
jest.setTimeout(60_000);

describeWithCluster('a server that cannot use its database', () => {
  let cluster: PostgresCluster;
  let standby: PostgresCluster;
  let proxy: TcpProxy;
  let toStandby: TcpProxy;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wc-auth-unusable-'));
    cluster = await postgresCluster({ access: 'local all locked scram-sha-256\n' });
    await cluster.query(`create role locked login password '${PASSWORD}'`);
    await cluster.query('create role reader login');
    await cluster.query('create database newer');
    standby = await cluster.standby('second');
    proxy = await tcpProxy(cluster.target);
    toStandby = await tcpProxy(standby.target);
    await cluster.query("create database latin encoding 'LATIN1' locale 'C' template template0");
    const newer = openDatabase({
      client: 'postgres',
      url: proxy.through(cluster.url('newer')),
      connections: 4,
    });
    await migrate(newer);
    await newer.knex('schema_migrations').insert({ name: '9999-from-the-future' });
    await newer.close();
  });
  afterAll(async () => {
    await Promise.all([proxy.stop(), toStandby.stop()]);
    await Promise.all([cluster.remove(), standby.remove()]);
    rmSync(folder, { recursive: true });
  });

  /** Returns a URL with a password, whether or not PostgreSQL asks for it. */
  const url = (user: string, database: string, password = PASSWORD) =>
    proxy.through(`postgres://${user}:${password}@localhost/${database}`);

  test.each<[string, () => Record<string, string>, RegExp]>([
    [
      'DATABASE_URL that is not a URL',
      () => ({ DATABASE_URL: `postgres://manager:${PASSWORD}@host:port/shop` }),
      /^The configuration cannot be used:\s+DATABASE_URL: must be .*postgres:\/\/USER:PASSWORD@HOST\/DATABASE/,
    ],
    [
      'an unknown host',
      () => ({ DATABASE_URL: `postgres://manager:${PASSWORD}@nowhere.invalid/shop` }),
      /^The database shop at nowhere\.invalid cannot be used \(POSTGRES_(ENOTFOUND|EAI_AGAIN)\)\. The host was not found/,
    ],
    [
      'a closed port',
      () => ({ DATABASE_URL: `postgres://manager:${PASSWORD}@127.0.0.1:1/shop` }),
      /^The database shop at 127\.0\.0\.1:1 cannot be used \(POSTGRES_ECONNREFUSED\)\. .*Check that it runs/,
    ],
    [
      'a wrong password',
      () => ({ DATABASE_URL: url('locked', 'postgres', `${PASSWORD}-wrong`) }),
      /^The database postgres at \S+ cannot be used \(POSTGRES_28P01\)\. .*rejects this user or password/,
    ],
    [
      'no password where one is asked for',
      () => ({ DATABASE_URL: proxy.through('postgres://locked@localhost/postgres') }),
      /cannot be used \(POSTGRES_28P01\)\. .*rejects this user or password/,
    ],
    [
      'a user that is not there',
      () => ({ DATABASE_URL: url('nobody-such', 'postgres') }),
      /cannot be used \(POSTGRES_28000\)\. .*rejects this user or password/,
    ],
    [
      'a database that is not there',
      () => ({ DATABASE_URL: url('locked', 'missing') }),
      /^The database missing at \S+ cannot be used \(POSTGRES_3D000\)\. .*createdb/,
    ],
    [
      'a schema in the search path that is not there',
      () => ({ DATABASE_URL: `${url('postgres', 'postgres')}?options=-c%20search_path%3Dmissing` }),
      /cannot be used \(POSTGRES_3F000\)\. No schema of the search path exists/,
    ],
    [
      'a database that is not in UTF-8',
      () => ({ DATABASE_URL: url('postgres', 'latin') }),
      /^The database latin at \S+ cannot be used \(POSTGRES_ENCODING\)\. The encoding of the database must be UTF-8/,
    ],
    [
      'a user who may not make tables',
      () => ({ DATABASE_URL: url('reader', 'postgres') }),
      /cannot be used \(POSTGRES_42501\)\. .*GRANT CREATE/,
    ],
    [
      'a standby',
      () => ({ DATABASE_URL: toStandby.through(`postgres://postgres:${PASSWORD}@localhost/postgres`) }),
      /cannot be used \(POSTGRES_25006\)\. The server is a standby/,
    ],
    [
      'a schema newer than the code',
      () => ({ DATABASE_URL: url('postgres', 'newer') }),
      /^The database was made by a newer version \(it has 9999-from-the-future\)\. Install that version, or restore/,
    ],
    [
      'no SECRET_KEY',
      () => ({ DATABASE_URL: url('postgres', 'postgres'), SECRET_KEY: '' }),
      /^The configuration cannot be used:\s+SECRET_KEY: with a database server, set this variable or SECRET_KEY_FILE/,
    ],
    [
      'too few connections',
      () => ({ DATABASE_URL: url('postgres', 'postgres'), DATABASE_CONNECTIONS: '3' }),
      /^The configuration cannot be used:\s+DATABASE_CONNECTIONS: must be a whole number from 4 to 1000/,
    ],
    [
      'too many connections',
      () => ({ DATABASE_URL: url('postgres', 'postgres'), DATABASE_CONNECTIONS: '1001' }),
      /^The configuration cannot be used:\s+DATABASE_CONNECTIONS: must be a whole number from 4 to 1000/,
    ],
  ])('does not start and says what to do: %s', async (_what, env, says) => {
    const { code, stdout, stderr } = await serverThatEnds(folder, environment(folder, env()));
    expect(stderr.trim()).toMatch(says);
    // One message: no stack, and nothing in the log.
    expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(2);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect([code, stdout]).toEqual([1, '']);
    expect(stdout + stderr).not.toContain(PASSWORD);
  });

  test('starts with a correct database, and with a password that is required', async () => {
    await cluster.query('create database locked owner locked');
    const server = await startServerProcess(folder, { DATABASE_URL: url('locked', 'locked') });
    server.kill('SIGTERM');
    const { code, stdout, stderr } = await server.ended;
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).not.toContain(PASSWORD);
  });
});

test.each([
  ['90624', false],
  ['120022', false],
  ['130000', true],
  ['180001', true],
])('PostgreSQL that reports the version %s is new enough: %s', async (version, enough) => {
  const knex = { raw: () => Promise.resolve({ rows: [{ version, encoding: 'UTF8' }] }) } as unknown as Knex;
  const checked = checkPostgresVersion(knex).catch((error: unknown) => error);
  if (enough) return expect(await checked).toBeUndefined();
  const database = { client: 'postgres', url: `postgres://m:${PASSWORD}@host/shop`, connections: 4 } as const;
  const { message } = new UnusableDatabaseError(database, await checked);
  expect(message).toBe(
    'The database shop at host cannot be used (POSTGRES_TOO_OLD). PostgreSQL must be version 13 or newer.',
  );
});
