import { startHeaderProxy, type HeaderProxy, type HeaderProxyBehavior } from '../support/http/header-proxy';
import { ended, environment, run } from '../support/store/server-process';
import { startTestStore, type TestStore } from '../support/store/test-store';

// What `wc-auth doctor` finds at a proxy: a real server behind it, and the command in its own
// process.
jest.setTimeout(60_000);

let proxy: HeaderProxy;
let store: TestStore | undefined;
beforeAll(async () => {
  proxy = await startHeaderProxy();
});
afterEach(async () => {
  await store?.close();
  store = undefined;
});
afterAll(() => proxy.close());

interface Found {
  readonly check: string;
  readonly status: string;
  readonly detail: string;
  readonly fix?: string;
}

interface Setting {
  readonly trustProxy?: string;
  readonly behavior?: HeaderProxyBehavior;
  readonly clock?: () => number;
  /** Settings of the command that differ from those of the server. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a server behind the proxy, runs the command, and returns what is not ok. */
async function examine({ trustProxy = '127.0.0.1', behavior, clock, env = {} }: Setting = {}) {
  const settings = { STORE_URL: proxy.url, TRUST_PROXY: trustProxy };
  const fixed = clock && Object.assign(clock, { pass: () => undefined });
  store = await startTestStore({ env: settings, empty: true, ...(fixed ? { clock: fixed } : {}) });
  proxy.target(store.url, behavior);
  const { folder, config } = store;
  const all = environment(folder, { ...settings, SECRET_KEY: config.secretKey ?? '', PORT: '8080', ...env });
  const { code, stdout, stderr } = await ended(
    run('cli/main.ts', ['doctor', '--json', '--quiet'], folder, all),
  );
  expect(stderr).toBe('');
  const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: Found[] };
  expect(code).toBe(ok ? 0 : 1);
  return { ok, checks, wrong: checks.filter(({ status }) => status !== 'ok') };
}

const problem = (check: string, fix: unknown, detail: unknown = expect.any(String)) => ({
  check,
  status: 'problem',
  detail,
  fix,
});
const mentioning = (text: string): unknown => expect.stringContaining(text);

test('a well configured proxy passes every check', async () => {
  const { ok, checks, wrong } = await examine();
  expect([ok, wrong]).toEqual([true, []]);
  expect(Object.fromEntries(checks.map(({ check, detail }) => [check, detail]))).toMatchObject({
    certificate: mentioning('valid until'),
    server: mentioning('wc-auth-server'),
    scheme: 'The server sees https, as in STORE_URL.',
    host: mentioning(new URL(proxy.url).host),
    client_address: 'The server sees 127.0.0.1, through the proxy 127.0.0.1.',
    forged_headers: 'The server believes no X-Forwarded-* header of a client.',
  });
});

test('a proxy that TRUST_PROXY does not name is found, and named in the fix', async () => {
  const { ok, wrong } = await examine({ trustProxy: '' });
  expect(ok).toBe(false);
  expect(wrong).toEqual([
    problem('scheme', 'TRUST_PROXY=127.0.0.1', mentioning('TRUST_PROXY does not name the proxy')),
    problem(
      'client_address',
      'TRUST_PROXY=127.0.0.1',
      mentioning('takes the proxy 127.0.0.1 for the client'),
    ),
  ]);
});

test('the fix of TRUST_PROXY keeps the addresses that it names already', async () => {
  const { wrong } = await examine({ trustProxy: '10.0.0.7' });
  expect(wrong).toMatchObject([
    { check: 'scheme', fix: 'TRUST_PROXY=10.0.0.7,127.0.0.1' },
    { check: 'client_address', fix: 'TRUST_PROXY=10.0.0.7,127.0.0.1' },
  ]);
});

test('a server that was not restarted after TRUST_PROXY was set is found', async () => {
  const { wrong } = await examine({ trustProxy: '', env: { TRUST_PROXY: '127.0.0.1' } });
  const restart = mentioning('Restart the server');
  expect(wrong).toEqual([problem('scheme', restart), problem('client_address', restart)]);
});

test.each<[string, (headers: Record<string, unknown>) => Record<string, string | undefined>, unknown[]]>([
  [
    'no X-Forwarded-Proto',
    () => ({ 'x-forwarded-proto': undefined }),
    [problem('scheme', 'proxy_set_header X-Forwarded-Proto $scheme;')],
  ],
  [
    'X-Forwarded-Proto: http, because another proxy ends TLS',
    () => ({ 'x-forwarded-proto': 'http' }),
    [problem('scheme', 'proxy_set_header X-Forwarded-Proto https;')],
  ],
  [
    'its own Host',
    () => ({ host: '127.0.0.1:8080', 'x-forwarded-host': undefined }),
    [problem('host', 'proxy_set_header Host $http_host;', mentioning('the host 127.0.0.1:8080 instead of'))],
  ],
  [
    'a wrong X-Forwarded-Host',
    () => ({ 'x-forwarded-host': 'inside.example' }),
    [problem('host', 'proxy_set_header X-Forwarded-Host $http_host;')],
  ],
  [
    'no X-Forwarded-For',
    () => ({ 'x-forwarded-for': undefined }),
    [problem('client_address', 'proxy_set_header X-Forwarded-For $remote_addr;')],
  ],
  [
    'another proxy in X-Forwarded-For',
    () => ({ 'x-forwarded-for': '198.51.100.7, 10.0.0.9' }),
    [
      problem(
        'client_address',
        'TRUST_PROXY=127.0.0.1,10.0.0.9',
        mentioning('takes 10.0.0.9 for the client'),
      ),
    ],
  ],
  [
    'the X-Forwarded-For of its client',
    (headers) => ({
      'x-forwarded-for': (headers['x-forwarded-for'] as string | undefined) ?? '198.51.100.7',
    }),
    [problem('forged_headers', 'proxy_set_header X-Forwarded-For $remote_addr;')],
  ],
  [
    'the X-Forwarded-Host of its client',
    (headers) => ({ 'x-forwarded-host': (headers['x-forwarded-host'] ?? headers['host']) as string }),
    [problem('forged_headers', 'proxy_set_header X-Forwarded-Host $http_host;')],
  ],
  [
    'the X-Forwarded-Proto of its client',
    (headers) => ({ 'x-forwarded-proto': (headers['x-forwarded-proto'] as string | undefined) ?? 'https' }),
    [problem('forged_headers', 'proxy_set_header X-Forwarded-Proto $scheme;')],
  ],
])('a proxy that sends %s is found', async (_, request, wrong) => {
  expect((await examine({ behavior: { request } })).wrong).toEqual(wrong);
});

describe('a proxy that appends to X-Forwarded-For', () => {
  const appending = (client: string): HeaderProxyBehavior => ({
    request: (headers) => ({
      'x-forwarded-for': [headers['x-forwarded-for'], client].filter(Boolean).join(', '),
    }),
  });

  test('passes every check if its client is not in TRUST_PROXY', async () => {
    expect((await examine({ behavior: appending('198.51.100.7') })).wrong).toEqual([]);
  });

  test('cannot be checked from a machine in TRUST_PROXY, which is a warning', async () => {
    const { ok, wrong } = await examine({ behavior: appending('127.0.0.1') });
    expect(ok).toBe(true);
    expect(wrong).toMatchObject([
      { check: 'forged_headers', status: 'warning', detail: mentioning('127.0.0.1') },
    ]);
  });

  test('is believed too much if TRUST_PROXY names every address', async () => {
    const { wrong } = await examine({
      trustProxy: '0.0.0.0/1,128.0.0.0/1',
      behavior: appending('198.51.100.7'),
    });
    expect(wrong).toEqual([
      problem('configuration', 'TRUST_PROXY=127.0.0.1', mentioning('trusts every address')),
      problem('forged_headers', 'TRUST_PROXY=127.0.0.1', mentioning('too wide: it names 198.51.100.7')),
    ]);
  });
});

test('a server with another secret key does not recognize the probe', async () => {
  const other = { SECRET_KEY: 'another-secret-key-another-secret-key' };
  expect((await examine({ env: other })).wrong).toEqual([
    expect.objectContaining({ check: 'secret_key', status: 'problem' }),
    problem('server', expect.any(String), mentioning('has another SECRET_KEY or STORE_URL')),
  ]);
});

test('a proxy that does not pass on Authorization is found, and gets the line that passes it on', async () => {
  const behavior = { request: () => ({ authorization: undefined }) };
  const { wrong } = await examine({ behavior });
  expect(wrong).toEqual([
    problem('server', expect.any(String), mentioning('or because the proxy does not pass on Authorization')),
  ]);
  const { folder, config, url } = store!;
  const settings = { STORE_URL: proxy.url, SECRET_KEY: config.secretKey ?? '', PORT: new URL(url).port };
  const { stdout } = await ended(
    run('cli/main.ts', ['doctor', '--json', '--quiet'], folder, environment(folder, settings)),
  );
  const { checks } = JSON.parse(stdout) as { checks: Found[] };
  expect(checks.filter(({ status }) => status !== 'ok')).toEqual([
    problem(
      'server',
      'proxy_set_header Authorization $http_authorization;',
      'The proxy does not pass on Authorization, so no key works.',
    ),
  ]);
});

test('a difference of the clocks is reported, and does not keep the server from answering', async () => {
  const ahead = () => Date.now() + 400_000;
  const { wrong } = await examine({
    clock: ahead,
    behavior: { response: () => ({ date: new Date(ahead()).toUTCString() }) },
  });
  expect(wrong).toEqual([
    problem(
      'clock',
      'sudo timedatectl set-ntp true',
      expect.stringMatching(/ (?:3[5-9]\d|400) seconds behind the server at STORE_URL\./),
    ),
  ]);
});

test('a proxy that does not reach the server gets the line that names its port', async () => {
  const { wrong } = await examine({ env: { PORT: '1' } });
  expect(wrong).toEqual([]);
  proxy.target('http://127.0.0.1:1');
  const { folder, config, url } = store!;
  const doctor = async (env: Record<string, string>) => {
    const settings = { STORE_URL: proxy.url, SECRET_KEY: config.secretKey ?? '', ...env };
    const { stdout } = await ended(
      run('cli/main.ts', ['doctor', '--json', '--quiet'], folder, environment(folder, settings)),
    );
    const { checks } = JSON.parse(stdout) as { checks: Found[] };
    return checks.filter(({ status }) => status !== 'ok');
  };
  expect(await doctor({ PORT: new URL(url).port })).toEqual([
    problem('server', `proxy_pass ${url};`, mentioning('status 502')),
  ]);
  expect(await doctor({ PORT: '1' })).toEqual([
    problem('server', mentioning('npx wc-auth serve'), mentioning('status 502')),
  ]);
});
