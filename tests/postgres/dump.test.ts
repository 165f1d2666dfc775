import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client } from 'pg';
import { exchange, requestBytes } from '../support/http/raw-http';
import { basicHeader } from '../support/scenes/rest-scene';
import { canRun } from '../support/recipes/recipe';
import { describeOnPostgres } from '../support/store/on-engine';
import { processStore, type ProcessStore } from '../support/store/process-store';

jest.setTimeout(60_000);

const PASSWORD = "it's+secret";

describeOnPostgres('a backup of a store on PostgreSQL', () => {
  let folder: string;
  let file: string;
  let store: ProcessStore;
  const databases: string[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'wc-auth-dump-'));
    file = join(folder, "the store's.dump");
  });
  afterEach(async () => {
    await store.clear();
    for (const name of databases.splice(0)) await onServer(`drop database ${name} with (force)`);
    rmSync(folder, { recursive: true });
  });

  const server = () => new URL(process.env['TEST_DATABASE_URL'] ?? '');
  async function onServer(statement: string): Promise<void> {
    const client = new Client(server().href);
    await client.connect();
    await client.query(statement).finally(() => client.end());
  }
  async function emptyDatabase(): Promise<string> {
    const name = `wc_auth_test_${randomBytes(8).toString('hex')}`;
    await onServer(`create database ${name}`);
    databases.push(name);
    return name;
  }
  /** Returns DATABASE_URL of a database, with a password that a server with trust ignores. */
  function urlOf(name: string): string {
    const url = server();
    url.pathname = `/${name}`;
    url.password = PASSWORD;
    return url.href;
  }
  const sh = (command: string) =>
    execFileSync('sh', ['-c', command], { encoding: 'utf8', env: process.env, stdio: 'pipe' });

  test('is rejected by wc-auth backup, which prints the commands without the password and writes nothing', async () => {
    store = await processStore({ DATABASE_URL: urlOf(await emptyDatabase()) }, () => undefined);
    const { code, stdout, stderr } = await store.command(['backup', file]);
    expect([code, stdout, existsSync(file)]).toEqual([1, '', false]);
    expect(stderr).toMatch(/^wc-auth backup copies SQLite files only, and wrote nothing\./);
    expect(stderr).toContain('Run `umask 077` before it, so that only you can read the dump.');
    expect(stderr).toContain('Also back up SECRET_KEY, in another place.');
    expect(decodeURIComponent(stderr)).not.toContain('secret@');
    expect(decodeURIComponent(stderr)).not.toContain(PASSWORD);
    const withFile = await store.command(['backup', file], { SECRET_KEY: '', SECRET_KEY_FILE: keyFile() });
    expect(withFile.stderr).toContain(`Also back up ${keyFile()}, in another place.`);
  });

  test.each([
    ['sslmode=no-verify', '?sslmode=require'],
    ['ssl=true', '?sslmode=require'],
    ['ssl=0&encoding=utf8', ''],
    ['host=/run/postgresql&user=shop&password=it%27s', '?host=%2Frun%2Fpostgresql&user=shop'],
  ])('is printed for libpq if DATABASE_URL ends in ?%s', async (query, expected) => {
    store = await processStore({ DATABASE_URL: urlOf(await emptyDatabase()) }, () => undefined);
    const { stderr } = await store.command(['backup', file], {
      DATABASE_URL: `postgres://db.internal/wc_auth?${query}`,
    });
    expect(printed(stderr, 'pg_dump')).toContain(` --dbname='postgres://db.internal/wc_auth${expected}'`);
  });

  const keyFile = () => {
    const path = join(folder, 'the-key');
    sh(`printf %s process-secret-key-process-secret-key > ${path}`);
    return path;
  };

  const printed = (stderr: string, program: string) =>
    new RegExp(`^ {2}(${program} .*)$`, 'm').exec(stderr)?.[1] ?? '';

  (canRun('pg_dump') ? test.each : test.skip.each)([
    'a database of its own',
    'a schema of its own',
    'a URL with settings of pg',
  ])('of %s restores to a store that accepts its keys and its manager', async (kind) => {
    const name = await emptyDatabase();
    let url = urlOf(name);
    if (kind === 'a schema of its own') {
      const client = new Client(url);
      await client.connect();
      await client.query('create schema "Shop 1"').finally(() => client.end());
      url += '?options=-csearch_path%3D%22Shop%5C+1%22';
    }
    if (kind === 'a URL with settings of pg')
      url += '?uselibpqcompat=true&sslmode=disable&statement_timeout=30000#main';
    store = await processStore({ DATABASE_URL: url }, () => undefined);
    const running = await store.serve();
    const [key, gone] = [await store.issue('kept'), await store.issue('gone')];
    const { code: revoked } = await store.command(['keys', 'revoke', String(gone.keyId), '--yes']);
    expect(revoked).toBe(0);
    const { stderr } = await store.command(['backup', file]);
    sh(printed(stderr, 'pg_dump'));
    running.kill('SIGTERM');
    await running.ended;

    const target = await emptyDatabase();
    sh(printed(stderr, 'pg_restore').replace(name, target));
    const restored = await store.serve({ DATABASE_URL: url.replace(name, target) });
    const verified = async (pair: typeof key) => {
      const headers = [basicHeader(pair), ['X-Forwarded-Proto', 'https']] as const;
      return (await exchange(restored.url, requestBytes('GET', '/wc-auth/v1/verify', headers))).status;
    };
    expect([await verified(key), await verified(gone)]).toEqual([200, 401]);
    const manager = await store.signIn(restored);
    expect((await manager.get('/keys')).body).toContain('kept');
  });

  test('is described in docs/backup.md with the commands that wc-auth backup prints', async () => {
    store = await processStore({ DATABASE_URL: urlOf(await emptyDatabase()) }, () => undefined);
    const page = readFileSync(resolve(__dirname, '../../docs/backup.md'), 'utf8');
    const { stderr } = await store.command(['backup', 'wc-auth.dump'], {
      DATABASE_URL: 'postgres://wc_auth:secret@db.internal/wc_auth',
    });
    expect(page).toContain(printed(stderr, 'pg_dump').replaceAll("'wc-auth.dump'", 'wc-auth.dump'));
    expect(page).toContain(
      printed(stderr, 'pg_restore')
        .replaceAll("'wc-auth.dump'", 'wc-auth.dump')
        .replace("/wc_auth'", "/wc_auth_restored'"),
    );
  });
});
