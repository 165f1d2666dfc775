import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { INSTALL_MS, installClients } from '../support/jest/client-packages';
import { approve, ask, openConsent } from '../support/scenes/grant-scene';
import { httpBrowser } from '../support/http/http-browser';
import { startHttpsReceiver, type HttpsReceiver } from '../support/http/https-receiver';
import { exchange, requestBytes } from '../support/http/raw-http';
import { copyOfExample } from '../support/recipes/example-copy';
import { codeBlock } from '../support/recipes/recipe';
import { freePort } from '../support/http/free-port';
import { basicHeader, eventually } from '../support/scenes/rest-scene';
import { run, ended } from '../support/store/server-process';
import { testCertificates } from '../support/http/certificates';

// Runs examples/ as its README says, and connects an app to it.

jest.setTimeout(60_000);

const ROOT = resolve(__dirname, '../..');

interface Example {
  readonly name: string;
  /**
   * The programs that its README starts, as arguments of Node. `serve` stands for `wc-auth serve`.
   */
  readonly programs: readonly string[];
  readonly env: (apiPort: number) => Record<string, string>;
}
const EXAMPLES: readonly Example[] = [
  { name: 'express', programs: ['store.mjs'], env: () => ({}) },
  {
    name: 'fetch',
    programs: ['server.mjs', 'serve'],
    env: (apiPort) => ({ API_PORT: String(apiPort), UPSTREAM_URL: `http://127.0.0.1:${apiPort}` }),
  },
];

describe.each(EXAMPLES)('examples/$name', ({ name, programs, env: variables }) => {
  let folder: string;
  let url: string;
  let running: ChildProcess[] = [];
  let app: HttpsReceiver;
  let key: IssuedKey;

  beforeAll(installClients, INSTALL_MS);
  beforeAll(async () => {
    folder = copyOfExample(name);
    const [port, apiPort] = [await freePort(), await freePort()];
    url = `http://127.0.0.1:${port}`;
    const env = {
      PATH: process.env['PATH'] ?? '',
      PORT: String(port),
      STORE_URL: url,
      SECRET_KEY: 'example-secret-key-example-secret-key',
      LOG_LEVEL: 'warn',
      // The app of this test is on this machine.
      CALLBACK_ALLOW_HOSTS: 'localhost',
      NODE_EXTRA_CA_CERTS: testCertificates().caFile,
      TRUST_PROXY: 'loopback',
      ...variables(apiPort),
    };
    const added = await ended(
      run('cli/main.ts', 'init manager --email m@s.example --json'.split(' '), folder, env),
    );
    const { password } = (JSON.parse(added.stdout) as { user: { password: string } }).user;
    running = programs.map((program) =>
      program === 'serve'
        ? run('cli/main.ts', ['serve'], folder, env)
        : spawn(process.execPath, [program], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] }),
    );
    const answers = (address: string) =>
      fetch(address).then(
        ({ status }) => status < 500,
        () => false,
      );
    await eventually(async () => {
      if (running.some(({ exitCode }) => exitCode !== null)) throw new Error('the example ended');
      const isReady = await Promise.all([
        answers(`${url}/readyz`),
        programs.length === 1 || answers(`http://127.0.0.1:${apiPort}/`),
      ]);
      return isReady.every(Boolean) ? true : undefined;
    }, 20_000);

    app = await startHttpsReceiver();
    const manager = httpBrowser(url);
    const { fields } = (await manager.get('/login')).form('wc_auth_csrf');
    await manager.post('/login', { ...fields, username: 'manager', password });
    const answer = await approve(manager, await openConsent(manager, ask({ callback_url: app.url('/cb') })));
    expect(answer.location).toBe('https://app.example/done?success=1&user_id=42');
    const body = JSON.parse(app.received('/cb')[0]!.body) as Record<string, string>;
    key = {
      keyId: Number(body['key_id']),
      consumerKey: body['consumer_key']!,
      consumerSecret: body['consumer_secret']!,
    };
  });
  afterAll(async () => {
    await Promise.all(
      running.map(async (program) => {
        if (program.exitCode !== null) return;
        const stopped = once(program, 'exit');
        program.kill('SIGTERM');
        await stopped;
      }),
    );
    await app.stop();
    rmSync(folder, { recursive: true });
  });

  const call = (method: string, path: string, headers: readonly (readonly [string, string])[] = []) =>
    exchange(url, requestBytes(method, path, headers));
  const withKey = () => [basicHeader(key), ['X-Forwarded-Proto', 'https']] as const;

  test('the resources that apps call first are answered with the key, and rejected without', async () => {
    for (const path of ['products', 'products/1', 'orders', 'orders/1', 'system_status']) {
      expect((await call('GET', `/wp-json/wc/v3/${path}`)).status).toBe(401);
      expect((await call('GET', `/wp-json/wc/v3/${path}`, withKey())).status).toBe(200);
      expect((await call('GET', `/?rest_route=/wc/v3/${path}`, withKey())).status).toBe(200);
    }
    const list = await call('GET', '/wp-json/wc/v3/products?per_page=2', withKey());
    const { 'x-wp-total': total, 'x-wp-totalpages': pages } = list.headers;
    expect(Number(pages)).toBe(Math.ceil(Number(total) / 2));
    expect(list.json()).toHaveLength(2);
  });

  test('the index and an unknown route are answered as by a WooCommerce store', async () => {
    expect((await call('GET', '/wp-json/')).json()).toMatchObject({
      namespaces: expect.arrayContaining(['wc/v3']),
    });
    const absent = await call('GET', '/wp-json/wc/v3/absent', withKey());
    expect([absent.status, absent.json()]).toMatchObject([404, { code: 'rest_no_route' }]);
    const missing = await call('GET', '/wp-json/wc/v3/products/99', withKey());
    expect([missing.status, missing.json()]).toMatchObject([404, { code: 'woocommerce_rest_invalid_id' }]);
  });

  test('the WooCommerce client of npm reads and writes with signed requests', async () => {
    const client = join(ROOT, 'tests/clients/woocommerce-rest-api.mjs');
    const options = { url, consumerKey: key.consumerKey, consumerSecret: key.consumerSecret };
    const { stdout } = await promisify(execFile)(process.execPath, [client], {
      env: { PATH: process.env['PATH'], STORE: JSON.stringify(options), NODE_NO_WARNINGS: '1' },
    });
    const calls = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { name: string; status: number });
    expect(Object.fromEntries(calls.map(({ name, status }) => [name, status]))).toMatchObject({
      GET: 200,
      'GET awkward': 200,
      POST: 201,
    });
  });

  test('the key ends with POST /wc-auth/v1/revoke', async () => {
    expect((await call('POST', '/wc-auth/v1/revoke', withKey())).status).toBe(200);
    expect((await call('GET', '/wp-json/wc/v3/products', withKey())).status).toBe(401);
  });
});

test('the example of docs/middleware.md compiles in strict TypeScript', () => {
  const file = join(ROOT, 'examples/middleware-example.mts');
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(ROOT, 'examples/tsconfig.json'), (path) => ts.sys.readFile(path)).config,
    ts.sys,
    join(ROOT, 'examples'),
  );
  const host = ts.createCompilerHost(options);
  host.readFile = (path) => (path === file ? codeBlock('middleware.md', 'js') : ts.sys.readFile(path));
  host.fileExists = (path) => path === file || ts.sys.fileExists(path);
  const program = ts.createProgram([file], options, host);
  const source = program.getSourceFile(file);
  const problems = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
  expect(problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
});
