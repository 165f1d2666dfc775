import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../server/config';
import { openStore } from '../../server/open-store';
import { packageVersion } from '../../server/version';
import { testCertificates } from '../support/http/certificates';
import { httpBrowser } from '../support/http/http-browser';
import { environment, serverThatEnds, startServerProcess } from '../support/store/server-process';

// Each server runs in its own process.
jest.setTimeout(60_000);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wc-auth-start-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('the first start makes the database and says in its log and on its page how to create the first administrator', async () => {
  const server = await startServerProcess(folder, {
    DATABASE_URL: `sqlite:${join(folder, 'new/folder/s.sqlite')}`,
  });
  const page = await httpBrowser(server.url).get('/login');
  server.kill('SIGTERM');
  const { code } = await server.ended;
  const command = 'npx wc-auth init LOGIN --email ADDRESS';
  expect([code, server.output()]).toEqual([0, expect.stringContaining(command)]);
  expect(page.body.replace(/<[^>]*>/g, '')).toContain(command);
});

test('a start with another SECRET_KEY than the database has fails, says so, and changes nothing', async () => {
  const first = await startServerProcess(folder);
  first.kill('SIGTERM');
  await first.ended;
  const rejected = await serverThatEnds(folder, environment(folder, { SECRET_KEY: 'x'.repeat(40) }));
  expect(rejected.code).toBe(1);
  expect(rejected.stderr).toContain('SECRET_KEY is not the one that this database was created with');
  expect(rejected.stderr).not.toContain('    at ');
  const repeated = await startServerProcess(folder);
  repeated.kill('SIGTERM');
  expect((await repeated.ended).code).toBe(0);
});

test('a start names every mistake of the configuration at once', async () => {
  const wrong = {
    PORT: '99999',
    STORE_URL: 'ftp://store.test',
    DATABASE_URL: 'mysql://db/store',
    SECRET_KEY: 'short',
    TRUST_PROXY: 'everyone',
    TLS_CERT_FILE: join(folder, 'absent.crt'),
    CALLBACK_TIMEOUT_MS: 'soon',
    CALLBACK_ALLOW_HOSTS: 'a/b/c',
    STORE_ACCENT: 'no color',
    SESSION_IDLE_MINUTES: '0',
    LOG_LEVEL: 'loud',
  };
  const { code, stderr } = await serverThatEnds(folder, environment(folder, wrong));
  expect(code).toBe(1);
  for (const name of Object.keys(wrong)) expect(stderr).toMatch(new RegExp(`^ {2}.*${name}`, 'm'));
  expect(existsSync(join(folder, 'store.sqlite'))).toBe(false);
});

test('a start with a schema newer than the code fails, and names the unknown migrations', async () => {
  const store = await openStore(readConfig(environment(folder)));
  await store.database.knex('schema_migrations').insert({ name: '9999-from-the-future' });
  await store.database.close();
  const { code, stderr } = await serverThatEnds(folder, environment(folder));
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining('a newer version (it has 9999-from-the-future)'),
  ]);
});

test.each(['PORT', 'METRICS_PORT', 'HTTPS_PORT'])(
  'a start with a taken port ends with a message that names %s',
  async (variable) => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const { cert, key } = testCertificates().app;
    const [TLS_CERT_FILE, TLS_KEY_FILE] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    writeFileSync(TLS_CERT_FILE, cert);
    writeFileSync(TLS_KEY_FILE, key);
    const tls = variable === 'HTTPS_PORT' ? { TLS_CERT_FILE, TLS_KEY_FILE } : {};
    const env = environment(folder, { ...tls, [variable]: String(port) });
    const { code, stderr } = await serverThatEnds(folder, env);
    taken.close();
    expect([code, stderr.trim()]).toEqual([
      1,
      `${variable}: port ${port} on 127.0.0.1 is already in use. Stop the process that uses it, or set another port. (EADDRINUSE)`,
    ]);
  },
);

test('a start with a HOST that is not an address of this machine ends with a message that names HOST', async () => {
  const { code, stderr } = await serverThatEnds(folder, environment(folder, { HOST: '192.0.2.1' }));
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining('HOST: 192.0.2.1 is not an address of this machine.'),
  ]);
});

test('the log of the start names the version, and every probable mistake in the configuration', async () => {
  const server = await startServerProcess(folder, { STORE_NAEM: 'Shop', NODE_ENV: 'prod' });
  const lines = server.output();
  expect(lines).toContain(`"version":"${packageVersion()}"`);
  expect(lines).toContain(
    'STORE_NAEM: this variable does not exist and has no effect. Did you mean STORE_NAME?',
  );
  expect(lines).toContain('production checks are off. Did you mean production?');
  server.kill('SIGTERM');
  await server.ended;
});

test('a start without SECRET_KEY makes a key file beside the database, readable only to its owner, and uses it again', async () => {
  const env = environment(folder);
  delete env['SECRET_KEY'];
  for (let round = 0; round < 2; round++) {
    const store = await openStore(readConfig(env));
    await store.database.close();
  }
  const file = join(folder, 'store.sqlite.secret-key');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
  writeFileSync(file, `${'0'.repeat(64)}\n`);
  await expect(openStore(readConfig(env))).rejects.toThrow(
    `The key in ${join(folder, 'store.sqlite.secret-key')} is not the one`,
  );
});

test('a start in production requires SECRET_KEY or SECRET_KEY_FILE', async () => {
  const env = environment(folder, { NODE_ENV: 'production', SECRET_KEY: '' });
  const { code, stderr } = await serverThatEnds(folder, env);
  expect([code, stderr]).toEqual([1, expect.stringContaining('set this variable or SECRET_KEY_FILE')]);
});

test('a .env file in the working directory sets variables that the environment does not set', async () => {
  writeFileSync(join(folder, '.env'), 'STORE_NAME=From the file\nSTORE_URL=http://not-this.test\n');
  const server = await startServerProcess(folder);
  const { body } = await httpBrowser(server.url).get('/login');
  expect(body).toContain('From the file');
  expect(server.output()).toContain('"store":"http://store.test"');
  server.kill('SIGTERM');
  await server.ended;
});
