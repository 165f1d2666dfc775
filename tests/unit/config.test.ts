import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { ConfigError, readConfig, VARIABLES } from '../../server/config';
import { testCertificates } from '../support/http/certificates';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'wc-auth-config-'));
  writeFileSync(join(folder, 'key'), `${'k'.repeat(40)}\n`);
  writeFileSync(join(folder, 'short'), 'short\n');
  writeFileSync(join(folder, 'pem'), 'PEM');
  writeFileSync(join(folder, 'cert.pem'), testCertificates().app.cert);
  writeFileSync(join(folder, 'key.pem'), testCertificates().app.key);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const file = (name: string) => join(folder, name);

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('.env.example', () => {
  const text = readFileSync(resolve(__dirname, '../../.env.example'), 'utf8');
  const example = parseEnv(text) as Record<string, string>;

  test('lists every variable, and no other, in the order of server/config/', () => {
    // parseEnv sorts its result.
    expect(Object.keys(example)).toEqual([...VARIABLES].sort());
    expect([...text.matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name)).toEqual(VARIABLES);
  });

  test('has one comment for each variable', () => {
    const blocks = text.trim().split('\n\n').slice(1);
    expect(
      blocks.map((block) => block.split('\n').map((line) => /^(?:# .+\.$|[A-Z_]+=)/.exec(line)?.[0][0])),
    ).toEqual(VARIABLES.map((name) => ['#', name[0]]));
  });

  test('contains the defaults, so an unchanged copy changes nothing', () => {
    expect(JSON.stringify(readConfig(example))).toBe(JSON.stringify(readConfig({})));
  });

  test('leaves no variable empty that has a default', () => {
    const empty = Object.keys(example).filter((name) => example[name] === '');
    expect(empty.sort()).toEqual([
      'AUTH_PROXY_EMAIL_HEADER',
      'AUTH_PROXY_GROUPS_HEADER',
      'AUTH_PROXY_JWKS_URL',
      'AUTH_PROXY_JWT_AUDIENCE',
      'AUTH_PROXY_JWT_HEADER',
      'AUTH_PROXY_JWT_ISSUER',
      'AUTH_PROXY_LOGOUT_URL',
      'AUTH_PROXY_NAME_HEADER',
      'AUTH_PROXY_ROLES',
      'AUTH_PROXY_USER_HEADER',
      'CALLBACK_ALLOW_HOSTS',
      'CALLBACK_USER_AGENT',
      'HANDOVER_PUBLIC_KEY',
      'HANDOVER_PUBLIC_KEY_FILE',
      'HANDOVER_SECRET',
      'HANDOVER_SECRET_FILE',
      'HELP_URL',
      'KEY_LIFETIME_DAYS',
      'KEY_LIFETIME_MAX_DAYS',
      'LOG_FORMAT',
      'METRICS_PORT',
      'OIDC_BUTTON',
      'OIDC_CLIENT_ID',
      'OIDC_CLIENT_SECRET',
      'OIDC_CLIENT_SECRET_FILE',
      'OIDC_ISSUER',
      'OIDC_ROLES',
      'SECRET_KEY',
      'SECRET_KEY_FILE',
      'SECRET_KEY_PREVIOUS',
      'SIGN_IN_URL',
      'STOP_DEADLINE_SECONDS',
      'STORE_LOGO',
      'STORE_ROUTES',
      'STORE_URL',
      'TLS_CERT_FILE',
      'TLS_KEY_FILE',
      'TRUST_PROXY',
      'UPSTREAM_URL',
    ]);
  });
});

describe('the configuration from the environment', () => {
  test('has a default for every variable', () => {
    expect(readConfig({})).toMatchObject({
      production: false,
      host: '127.0.0.1',
      port: 8080,
      storeUrl: { href: 'http://localhost:8080', basePath: '', secure: false },
      database: { client: 'sqlite', file: resolve('data/wc-auth.sqlite') },
      secretKey: undefined,
      secretKeyFile: undefined,
      secretKeyPrevious: undefined,
      tls: undefined,
      callback: { timeoutMs: 60_000, allowHosts: [], userAgent: 'WordPress/7.1; http://localhost:8080' },
      store: { name: 'My store', logo: undefined, accent: '#5b3fd6' },
      session: { idleMs: 7_200_000, absoluteMs: 86_400_000 },
      signIn: { ways: ['local'], oidc: undefined, proxy: undefined, handover: undefined },
      signInLimits: {
        failures: 10,
        failuresPerAddress: 50,
        failuresPerAccount: 100,
        windowMs: 900_000,
      },
      failedKeyLimits: { failures: 1000, windowMs: 300_000 },
      helpUrl: undefined,
      upstreamUrl: undefined,
      oauthDebug: false,
      logLevel: 'info',
      logFormat: undefined,
      metrics: undefined,
      stop: { delayMs: 0, deadlineMs: 65_000 },
    });
  });

  const storeUrls: readonly [string, object][] = [
    ['https://shop.example', { href: 'https://shop.example', basePath: '', secure: true }],
    ['https://shop.example/', { href: 'https://shop.example', basePath: '' }],
    ['HTTPS://Shop.Example:443/Store/', { href: 'https://shop.example/Store', basePath: '/Store' }],
    [
      'http://[::1]:8080/a/b//',
      { href: 'http://[::1]:8080/a/b', origin: 'http://[::1]:8080', basePath: '/a/b' },
    ],
  ];
  test.each(storeUrls)('reads STORE_URL=%s', (STORE_URL, expected) => {
    expect(readConfig({ STORE_URL }).storeUrl).toMatchObject(expected);
  });

  test.each([
    ['sqlite:/var/lib/x.sqlite', '/var/lib/x.sqlite'],
    ['sqlite:///var/lib/x.sqlite', '/var/lib/x.sqlite'],
    ['file:x.sqlite', resolve('x.sqlite')],
    ['x.sqlite', resolve('x.sqlite')],
  ])('reads DATABASE_URL=%s', (DATABASE_URL, path) => {
    expect(readConfig({ DATABASE_URL }).database).toEqual({ client: 'sqlite', file: path });
  });

  test('reads the secret key from a file, without its line end', () => {
    expect(readConfig({ SECRET_KEY_FILE: file('key') }).secretKey).toBe('k'.repeat(40));
  });

  test.each([
    ['', '127.0.0.1', false],
    ['loopback', '127.0.0.1', true],
    ['loopback', '::1', true],
    ['10.0.0.0/8, 192.0.2.1', '10.9.9.9', true],
    ['10.0.0.0/8, 192.0.2.1', '192.0.2.1', true],
    ['10.0.0.0/8, 192.0.2.1', '192.0.2.2', false],
    ['uniquelocal', '8.8.8.8', false],
  ])('with TRUST_PROXY=%j trusts %s: %s', (TRUST_PROXY, address, expected) => {
    expect(readConfig({ TRUST_PROXY }).trustsProxy(address)).toBe(expected);
  });

  test.each([
    ['https://help.example/errors?lang=en', 'https://help.example/errors?lang=en'],
    ['https://bücher.example/fehler/ä', 'https://xn--bcher-kva.example/fehler/%C3%A4'],
    ['', undefined],
  ])('reads HELP_URL=%s as an address in ASCII', (HELP_URL, expected) => {
    expect(readConfig({ HELP_URL }).helpUrl).toBe(expected);
  });

  test('reads the TLS certificate and key from two files', () => {
    const { cert, key } = testCertificates().app;
    const env = { TLS_CERT_FILE: file('cert.pem'), TLS_KEY_FILE: file('key.pem'), HTTPS_PORT: '9443' };
    expect(readConfig(env).tls).toEqual({ port: 9443, cert, key });
  });
});

describe('a mistake in the environment', () => {
  const wrong: readonly [Record<string, string>, RegExp][] = [
    [{ PORT: '65536' }, /^PORT: /],
    [{ PORT: '-1' }, /^PORT: /],
    [{ PORT: 'http' }, /^PORT: must be a whole number from 0 to 65535 \(got "http"\)$/],
    [{ PORT: '80.5' }, /^PORT: /],
    [{ STORE_URL: 'shop.example' }, /^STORE_URL: must be an http or https URL/],
    [{ STORE_URL: 'ftp://shop.example' }, /^STORE_URL: /],
    [{ STORE_URL: 'https://shop.example/?a=1' }, /^STORE_URL: /],
    [{ STORE_URL: 'https://user:pw@shop.example' }, /^STORE_URL: /],
    [{ DATABASE_URL: 'mysql://localhost/store' }, /^DATABASE_URL: /],
    // A typing error must not become a file whose name has the password.
    [{ DATABASE_URL: 'postgres:/shop:secret@db.internal/store' }, /^DATABASE_URL: (?!.*secret)/],
    [{ DATABASE_URL: 'sqlite:' }, /^DATABASE_URL: /],
    [{ SECRET_KEY: 'x'.repeat(31) }, /^SECRET_KEY: must have at least 32 characters/],
    [
      { SECRET_KEY_FILE: '/absent/key' },
      /^SECRET_KEY_FILE: cannot be read \(ENOENT\): \/absent\/key\. It does not exist\. In a container, mount/,
    ],
    [{ TRUST_PROXY: 'everyone' }, /^TRUST_PROXY: must be a list/],
    [{ TRUST_PROXY: '10.0.0.0/99' }, /^TRUST_PROXY: /],
    [{ CALLBACK_TIMEOUT_MS: '99' }, /^CALLBACK_TIMEOUT_MS: /],
    [{ CALLBACK_TIMEOUT_MS: '600001' }, /^CALLBACK_TIMEOUT_MS: /],
    [{ CALLBACK_ALLOW_HOSTS: 'ok.example,a/b' }, /^CALLBACK_ALLOW_HOSTS: .*"a\/b"/],
    [{ CALLBACK_USER_AGENT: 'a\nb' }, /^CALLBACK_USER_AGENT: /],
    [{ STORE_NAME: '   ' }, /^STORE_NAME: /],
    [{ STORE_NAME: 'x'.repeat(101) }, /^STORE_NAME: /],
    [{ STORE_ACCENT: 'url(x)' }, /^STORE_ACCENT: /],
    [
      { HELP_URL: 'help.example' },
      /^HELP_URL: must be an http or https URL without a fragment, user name or password$/,
    ],
    [{ HELP_URL: 'javascript:alert(1)' }, /^HELP_URL: must be an http or https URL/],
    [{ HELP_URL: 'https://help.example/errors#top' }, /^HELP_URL: .*without a fragment/],
    [{ HELP_URL: 'https://user:pw@help.example' }, /^HELP_URL: /],
    [{ SESSION_IDLE_MINUTES: '0' }, /^SESSION_IDLE_MINUTES: /],
    [{ SESSION_ABSOLUTE_HOURS: '2161' }, /^SESSION_ABSOLUTE_HOURS: /],
    [{ UPSTREAM_URL: 'unix:/run/x' }, /^UPSTREAM_URL: /],
    [{ OAUTH_DEBUG: 'yes' }, /^OAUTH_DEBUG: /],
    [{ LOG_LEVEL: 'loud' }, /^LOG_LEVEL: must be fatal, .* or silent \(got "loud"\)$/],
    [{ LOG_FORMAT: 'xml' }, /^LOG_FORMAT: must be json or pretty \(got "xml"\)$/],
    [{ TLS_CERT_FILE: '/absent.crt' }, /^TLS_CERT_FILE: cannot be read/],
  ];
  test.each(wrong)('is reported with its variable: %j', (env, expected) => {
    expect(problemsOf(env)).toContainEqual(expect.stringMatching(expected));
  });

  test.each([
    [() => ({ TLS_CERT_FILE: file('pem') }), 'TLS_CERT_FILE, TLS_KEY_FILE: set both of them, or neither'],
    [
      () => ({ SECRET_KEY: 'x'.repeat(32), SECRET_KEY_FILE: file('key') }),
      'SECRET_KEY, SECRET_KEY_FILE: set only one of them',
    ],
    [
      () => ({ NODE_ENV: 'production' }),
      'SECRET_KEY: with NODE_ENV=production, set this variable or SECRET_KEY_FILE. For a new store, `openssl rand -hex 32` makes a key',
    ],
    [
      () => ({ SECRET_KEY_FILE: file('short') }),
      'SECRET_KEY_FILE: must have at least 32 characters; `openssl rand -hex 32` makes one',
    ],
  ])('is reported with both variables it concerns: %#', (env, expected) => {
    expect(problemsOf(env())).toEqual([expected]);
  });

  test('is reported for a certificate and a key that OpenSSL cannot use together', () => {
    const [problem] = problemsOf({ TLS_CERT_FILE: file('cert.pem'), TLS_KEY_FILE: file('pem') });
    expect(problem).toMatch(/^TLS_CERT_FILE, TLS_KEY_FILE: cannot be used together: /);
  });

  test('is reported together with all others', () => {
    const env = { PORT: 'x', LOG_LEVEL: 'loud', NODE_ENV: 'production', TLS_KEY_FILE: file('pem') };
    expect(problemsOf(env).map((problem) => problem.split(':')[0])).toEqual([
      'PORT',
      'LOG_LEVEL',
      'TLS_CERT_FILE, TLS_KEY_FILE',
      'SECRET_KEY',
    ]);
  });

  test('is reported for a short key file together with the others', () => {
    const problems = problemsOf({ PORT: 'x', SECRET_KEY_FILE: file('short') });
    expect(problems.map((problem) => problem.split(':')[0])).toEqual(
      expect.arrayContaining(['PORT', 'SECRET_KEY_FILE']),
    );
  });

  test('is reported for a missing picture at the start, not by the first page', () => {
    expect(problemsOf({ STORE_LOGO: '/absent/logo.png' })).toContainEqual(
      expect.stringMatching(/^STORE_LOGO: /),
    );
  });

  test('is reported without the value of a secret', () => {
    expect(problemsOf({ SECRET_KEY: 'my-short-secret' }).join()).not.toContain('my-short-secret');
  });
});

test('treats an empty variable as unset', () => {
  const empty = Object.fromEntries(VARIABLES.map((name) => [name, '']));
  expect(JSON.stringify(readConfig(empty))).toBe(JSON.stringify(readConfig({})));
});
