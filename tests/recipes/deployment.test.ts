import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { httpBrowser, type HttpBrowser } from '../support/http/http-browser';
import { exchange, requestBytes } from '../support/http/raw-http';
import { canRun, codeBlock, startCaddy, startNginx, type RunningProxy } from '../support/recipes/recipe';
import { eventually } from '../support/scenes/rest-scene';
import {
  ended,
  environment,
  run,
  startServerProcess,
  type ServerProcess,
} from '../support/store/server-process';

// The blocks of docs/deployment.md, and docker/nginx.conf of compose.yaml, in front of a server that runs in its own process.

// shop.example of the page, as a name that the tests' certificate has.
const NAME = 'app.example';
const STORE = `https://${NAME}`;
const HOST = { host: NAME };
const FORGED = {
  'X-Forwarded-For': '203.0.113.9',
  'X-Forwarded-Host': 'evil.example',
  'X-Real-IP': '203.0.113.9',
  Forwarded: 'for=203.0.113.9;host=evil.example;proto=http',
  'X-Request-Id': 'f0rged00-f0rged00',
};
const SETTINGS = { STORE_URL: STORE, TRUST_PROXY: '127.0.0.1', NODE_ENV: 'production' };
const PASSWORD = 'correct horse battery';

interface Proxy {
  readonly program: string;
  /** The file with the configuration. */
  readonly file: string;
  /** `logFile` is the path of the access log. */
  readonly start: (wcAuth: number, logFile: string) => Promise<RunningProxy>;
}

const proxies: Proxy[] = [
  {
    program: 'nginx',
    file: 'docs/deployment.md',
    start: (wcAuth, logFile) =>
      startNginx(codeBlock('deployment.md', 'nginx'), { wcAuth }, [
        ['server_name shop.example;', `server_name ${NAME};`],
        ['/var/log/nginx/wc-auth.log', logFile],
        ['/var/log/nginx/wc-auth-error.log', `${logFile}.errors`],
      ]),
  },
  {
    program: 'nginx',
    file: 'docker/nginx.conf',
    start: (wcAuth, logFile) =>
      startNginx(readFileSync(resolve(__dirname, '../../docker/nginx.conf'), 'utf8'), { wcAuth }, [
        ['server_name shop.example;', `server_name ${NAME};`],
        ['wc-auth:8080', '127.0.0.1:8080'],
        ['/dev/stdout', logFile],
        ['/dev/stderr', `${logFile}.errors`],
      ]),
  },
  {
    program: 'caddy',
    file: 'docs/deployment.md',
    start: (wcAuth, logFile) =>
      startCaddy(codeBlock('deployment.md', 'caddyfile'), { wcAuth }, [
        ['/var/log/caddy/wc-auth.log', logFile],
      ]),
  },
];

for (const { program, file, start } of proxies) {
  (canRun(program) ? describe : describe.skip)(`${file}, run by ${program}`, () => {
    let folder: string;
    let server: ServerProcess;
    let proxy: RunningProxy;
    let logFile: string;
    let key: { consumerKey: string; consumerSecret: string };

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'wc-auth-deployment-'));
      logFile = join(folder, 'access.log');
      await command(['init', 'mara', '--email', 'mara@shop.example']);
      const made = await command(
        'keys create --user mara --permissions read_write --description Reports --json'.split(' '),
      );
      const { consumer_key, consumer_secret } = JSON.parse(made) as Record<string, string>;
      key = { consumerKey: consumer_key ?? '', consumerSecret: consumer_secret ?? '' };
      server = await startServerProcess(folder, SETTINGS);
      proxy = await start(Number(new URL(server.url).port), logFile);
    }, 60_000);
    afterAll(async () => {
      await proxy.stop();
      server.kill('SIGKILL');
      await server.ended;
      rmSync(folder, { recursive: true, force: true });
    });

    async function command(args: readonly string[]): Promise<string> {
      const reads = args[0] === 'init';
      const child = run(
        'cli/main.ts',
        [...args, ...(reads ? ['--password-stdin'] : [])],
        folder,
        environment(folder, SETTINGS),
      );
      child.stdin.end(reads ? `${PASSWORD}\n` : '');
      const { code, stdout, stderr } = await ended(child);
      if (code !== 0) throw new Error(`${args.join(' ')}: ${stdout}${stderr}`);
      return stdout;
    }
    async function signIn(browser: HttpBrowser, headers: Record<string, string>) {
      const { fields } = (await browser.get('/login', { ...HOST, ...headers })).form('wc_auth_csrf');
      return browser.post(
        '/login',
        { ...fields, username: 'mara', password: PASSWORD },
        {
          ...HOST,
          origin: STORE,
          ...headers,
        },
      );
    }
    const withKey = (path: string) =>
      `${path}?consumer_key=${key.consumerKey}&consumer_secret=${key.consumerSecret}`;
    const ask = (method: string, target: string, body: string | Buffer = '', base = proxy.https) =>
      exchange(base, requestBytes(method, target, [['Host', NAME]], body));

    test('a manager signs in over https and gets a cookie that a plain connection does not send', async () => {
      const browser = httpBrowser(proxy.https);
      const answer = await signIn(browser, {});
      expect(answer.status).toBe(302);
      const [cookie] = answer.headers['set-cookie'] ?? [];
      expect(cookie).toMatch(/^__Host-wc_auth_session=.*; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
      expect((await browser.get('/keys', HOST)).status).toBe(200);
    });

    test('pages over plain http redirect to https, whatever X-Forwarded-Proto the client sends', async () => {
      const plain = httpBrowser(proxy.http);
      const { status, location } = await plain.get('/login', { ...HOST, 'X-Forwarded-Proto': 'https' });
      expect({ status, location }).toEqual({ status: 302, location: `${STORE}/login` });
    });

    test('a client’s own X-Forwarded-* headers do not reach the server', async () => {
      const before = server.output().length;
      const browser = httpBrowser(proxy.https);
      const answer = await signIn(browser, { ...FORGED, 'X-Forwarded-Proto': 'http' });
      expect(answer.status).toBe(302);
      expect(answer.headers['set-cookie']?.[0]).toMatch(/^__Host-.*; Secure/);
      const lines = await eventually(() => {
        const text = server.output().slice(before);
        return /"method":"POST","path":"\/login"/.test(text) ? text : undefined;
      });
      expect(lines).toContain('"address":"127.0.0.1"');
      expect(lines).not.toMatch(/203\.0\.113\.9|evil\.example|f0rged/);

      const other = await signIn(httpBrowser(proxy.https), { ...FORGED, origin: 'https://evil.example' });
      expect(other.headers['set-cookie'] ?? []).not.toContainEqual(
        expect.stringContaining('wc_auth_session'),
      );
    });

    test('a client cannot ask /verify about another request', async () => {
      const bytes = requestBytes('GET', '/wc-auth/v1/verify', [
        ['Host', NAME],
        ['X-Forwarded-Method', 'OPTIONS'],
        ['X-Forwarded-Uri', '/wp-json/'],
        ['X-Original-Method', 'OPTIONS'],
        ['X-Original-URI', '/wp-json/'],
        ['X-Original-URL', `${STORE}/wp-json/`],
      ]);
      expect((await exchange(proxy.https, bytes)).status).toBe(401);
    });

    test('a body of several megabytes reaches the gateway', async () => {
      const answer = await ask('POST', withKey('/wp-json/wc/v3/media'), Buffer.alloc(4 * 1024 * 1024, 'x'));
      // There is no API behind this gateway, so an accepted key gets a missing route.
      expect(answer.json()).toMatchObject({ code: 'rest_no_route' });
    });

    test('no log contains a query, a key or a secret, even after a failure', async () => {
      expect((await ask('GET', withKey('/wp-json/wc/v3/products'))).json()).toMatchObject({
        code: 'rest_no_route',
      });
      await ask('GET', withKey('/wp-json/wc/v3/orders'), '', proxy.http);
      // Malformed requests: the query as a part of the path, a key in the path.
      await ask('GET', withKey('/wp-json/wc/v3/coupons').replace('?', '%3F'));
      await ask('GET', `/wp-json/wc/v3/refunds/${key.consumerSecret}`);
      server.kill('SIGTERM');
      expect((await server.ended).code).toBe(0);
      expect((await ask('GET', withKey('/wp-json/wc/v3/customers'))).status).toBe(502);
      const log = await eventually(() => {
        const text = existsSync(logFile) ? readFileSync(logFile, 'utf8') : '';
        return text.includes('/wp-json/wc/v3/customers') ? text : undefined;
      });
      expect(log).toContain('/wp-json/wc/v3/products');
      for (const path of ['orders', 'coupons', 'refunds']) expect(log).toContain(`/wp-json/wc/v3/${path}`);
      const errors = existsSync(`${logFile}.errors`) ? readFileSync(`${logFile}.errors`, 'utf8') : '';
      for (const text of [log, errors, proxy.output(), server.output()])
        expect(text).not.toMatch(/\?|consumer_|[cs]k?_[0-9a-f]{40}/);
    });
  });
}

const unit = readFileSync(resolve(__dirname, '../../deploy/systemd/wc-auth.service'), 'utf8');

test('the unit waits longer for callbacks in flight than the server does, and lets V8 compile', () => {
  const defaults = readFileSync(resolve(__dirname, '../../.env.example'), 'utf8');
  const timeoutMs = Number(/^CALLBACK_TIMEOUT_MS=(\d+)$/m.exec(defaults)?.[1]);
  // The default of STOP_DEADLINE_SECONDS: five seconds more than a callback may take.
  expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])).toBeGreaterThan(timeoutMs / 1000 + 5);
  expect(unit).not.toMatch(/^MemoryDenyWriteExecute/m);
});

test('the unit never gives up while the database does not answer', () => {
  expect(unit).toMatch(/^Restart=on-failure$/m);
  expect(unit.slice(0, unit.indexOf('[Service]'))).toMatch(/^StartLimitIntervalSec=0$/m);
});

test('the server knows every variable of the page', () => {
  const page = readFileSync(resolve(__dirname, '../../docs/deployment.md'), 'utf8');
  const known = readFileSync(resolve(__dirname, '../../.env.example'), 'utf8');
  const blocks = [...page.matchAll(/^```ini\n(.*?)^```$/gms)].map(([, block]) => block ?? '');
  const named = [...blocks.join('').matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name ?? '');
  expect(named.length).toBeGreaterThan(5);
  for (const name of named) expect(known).toMatch(new RegExp(`^${name}=`, 'm'));
});

function has(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    console.warn(`NOT RUN: ${program} is not there, so deploy/systemd/wc-auth.service was not checked.`);
    return false;
  }
}

(has('systemd-analyze') ? test : test.skip)('systemd finds nothing wrong with the unit', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wc-auth-unit-'));
  const file = join(folder, 'wc-auth.service');
  try {
    // The check needs a program that exists.
    writeFileSync(file, unit.replace('/usr/bin/node', process.execPath));
    expect(execFileSync('systemd-analyze', ['verify', file], { encoding: 'utf8', stdio: 'pipe' })).toBe('');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
