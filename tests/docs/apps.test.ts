import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testCertificates } from '../support/http/certificates';
import { httpBrowser, type HttpBrowser } from '../support/http/http-browser';
import { namedBlocks } from '../support/recipes/recipe';
import { freePort } from '../support/http/free-port';
import { eventually, startUpstream, type TestUpstream } from '../support/scenes/rest-scene';
import { startTestStore, type TestStore } from '../support/store/test-store';

// Runs the Connect buttons of docs/apps.md as they are on the page, each behind an HTTPS proxy.

jest.setTimeout(60_000);

const examples = namedBlocks('apps.md');

const can = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;

interface Runner {
  readonly present: boolean;
  readonly command: string;
  readonly args: (file: string, port: number) => string[];
}

const RUNNERS: Readonly<Record<string, Runner>> = {
  'connect.mjs': { present: true, command: process.execPath, args: (file) => [file] },
  'connect.php': {
    present: can('php', '-r', 'exit(function_exists("curl_init") ? 0 : 1);'),
    command: 'php',
    args: (file, port) => ['-d', `curl.cainfo=${testCertificates().caFile}`, '-S', `127.0.0.1:${port}`, file],
  },
  'connect.py': {
    present: can('python3', '-c', 'import http.server'),
    command: 'python3',
    args: (file) => [file],
  },
};

test('the tests run every example of docs/apps.md', () => {
  // local-callback.test.ts runs the scripts.
  const programs = [...examples.keys()].filter((name) => !name.endsWith('.sh'));
  expect(programs.sort()).toEqual(Object.keys(RUNNERS).sort());
});

let store: TestStore;
let upstream: TestUpstream;
let manager: HttpBrowser;
beforeAll(async () => {
  upstream = await startUpstream();
  store = await startTestStore({ tls: true, env: { UPSTREAM_URL: upstream.url } });
  manager = await store.signIn();
});
afterAll(async () => {
  await store.app.close();
  await store.close();
  await upstream.close();
});

describe.each(Object.entries(RUNNERS))('the example %s', (name, { present, command, args }) => {
  const testIfPresent = present ? test : test.skip;
  let folder: string;
  let app: ChildProcess;
  let errors: string;
  let proxy: https.Server;
  let visitor: HttpBrowser;
  let appUrl: string;

  beforeEach(async () => {
    if (!present) return;
    folder = mkdtempSync(join(tmpdir(), 'wc-auth-connect-'));
    const file = join(folder, name);
    writeFileSync(file, examples.get(name) ?? '');
    const port = await freePort();
    proxy = https.createServer(testCertificates().app, (request, response) => {
      const { method, url, headers } = request;
      const onward = http.request({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      onward.on('error', () => response.writeHead(502).end());
      request.pipe(onward);
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    appUrl = `https://localhost:${(proxy.address() as AddressInfo).port}`;
    const { caFile } = testCertificates();
    app = spawn(command, args(file, port), {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        TMPDIR: folder,
        APP_URL: appUrl,
        WC_STORE: store.tlsUrl,
        PORT: String(port),
        NODE_EXTRA_CA_CERTS: caFile,
        SSL_CERT_FILE: caFile,
      },
    });
    errors = '';
    app.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    visitor = httpBrowser(appUrl);
    await eventually(async () => ((await visitor.get('/')).status === 200 ? true : undefined), 20_000);
  });
  afterEach(async () => {
    if (!present) return;
    app.kill();
    await once(app, 'close');
    proxy.close();
    proxy.closeAllConnections();
    rmSync(folder, { recursive: true });
  });

  /** Follows the Connect link to the consent page. */
  async function openConsent() {
    expect((await visitor.get('/')).body).toContain('<a href="/connect">');
    const authorize = (await visitor.get('/connect')).location;
    expect(authorize.startsWith(`${store.tlsUrl}/wc-auth/v1/authorize?`)).toBe(true);
    return manager.get(authorize);
  }
  const press = async (consent: Awaited<ReturnType<typeof openConsent>>, button: string) =>
    manager.post(`${store.tlsUrl}/wc-auth/v1/${button}`, consent.form('wc_auth_nonce').fields);

  testIfPresent('connects to a store, checks its key before it answers, and says so', async () => {
    upstream.requests.length = 0;
    const { status, location } = await press(await openConsent(), 'access_granted');
    expect([status, location]).toEqual([302, expect.stringContaining(`${appUrl}/done?success=1&user_id=`)]);
    expect(upstream.requests.map(({ target }) => target)).toEqual(['/wp-json/wc/v3/orders?per_page=1']);
    expect((await visitor.get(location)).body).toContain('Your store is connected.');
  });

  testIfPresent('says that it is not connected when the manager denies', async () => {
    const { location } = await press(await openConsent(), 'access_denied');
    expect((await visitor.get(location)).body).toContain('Your store is not connected.');
  });

  testIfPresent(
    'rejects a key for an attempt that it does not know, and a key that the store rejects',
    async () => {
      const consent = await openConsent();
      const { user_id: attempt = '' } = consent.form('wc_auth_nonce').fields;
      const key = {
        key_id: 1,
        consumer_key: `ck_${'0'.repeat(40)}`,
        consumer_secret: `cs_${'0'.repeat(40)}`,
      };
      for (const user_id of ['unknown', attempt]) {
        const body = JSON.stringify({ ...key, user_id, key_permissions: 'read' });
        const headers = { 'content-type': 'application/json' };
        expect((await visitor.send('POST', '/callback', { headers, body })).status).toBe(403);
        expect((await visitor.get(`/done?success=1&user_id=${attempt}`)).body).toContain('not connected');
      }
      await eventually(() => (errors.includes('Consumer key is invalid.') ? true : undefined));
      expect(errors.match(/The store answered .*/g)).toEqual([
        expect.stringMatching(/^The store answered 401: \{.*woocommerce_rest_authentication_error/),
      ]);
      expect(errors).not.toContain(key.consumer_secret);
    },
  );
});
