import { readConfig } from '../../server/config';

const SECRET_KEY = 's'.repeat(40);
const PRODUCTION = { NODE_ENV: 'production', SECRET_KEY, STORE_URL: 'https://shop.example' };
const warningsOf = (env: Record<string, string>) => readConfig(env).warnings;

describe('a misspelled variable', () => {
  test.each([
    ['STORE_NAEM', 'STORE_NAME'],
    ['STORE_URLS', 'STORE_URL'],
    ['CALLBACK_ALOW_HOSTS', 'CALLBACK_ALLOW_HOSTS'],
    ['CALLBACK_ALLOWED_HOSTS', 'CALLBACK_ALLOW_HOSTS'],
    ['TRUSTPROXY', 'TRUST_PROXY'],
    ['SECRETKEY', 'SECRET_KEY'],
    ['SESSION_IDLE_MINUTE', 'SESSION_IDLE_MINUTES'],
    ['UPSTREAM_URI', 'UPSTREAM_URL'],
    ['HELPURL', 'HELP_URL'],
    ['store_url', 'STORE_URL'],
    ['storeName', 'STORE_NAME'],
    ['CALLBACK_TIMEOUT', 'CALLBACK_TIMEOUT_MS'],
  ])('%s is reported with the name %s, which was probably meant', (name, meant) => {
    expect(warningsOf({ [name]: 'a-private-value' })).toEqual([
      `${name}: this variable does not exist and has no effect. Did you mean ${meant}?`,
    ]);
  });

  test.each([
    ['STORE_COLOR', 'STORE_URL, STORE_NAME, STORE_LOGO, STORE_ACCENT, STORE_ROUTES'],
    ['SESSION_TIMEOUT', 'SESSION_IDLE_MINUTES, SESSION_ABSOLUTE_HOURS'],
    ['TRUST_ALL', 'TRUST_PROXY'],
  ])('%s is reported with the names %s, which begin like it', (name, names) => {
    expect(warningsOf({ [name]: 'a-private-value' })).toEqual([
      `${name}: this variable does not exist and has no effect. Did you mean one of ${names}?`.replace(
        'one of TRUST_PROXY',
        'TRUST_PROXY',
      ),
    ]);
  });
});

test('variables of other programs cause no warning', () => {
  const others = [
    'PATH',
    'HOME',
    'HOSTNAME',
    'POST',
    'PORTS',
    'STORAGE_BUCKET',
    'DATABASE_PASSWORD',
    'LANG',
    'LOG_FILE',
    // A desktop, Rails, npm, and what Kubernetes sets for a service that is called `store`.
    'SESSION_MANAGER',
    'SESSION_SECRET',
    'SECRET_KEY_BASE',
    'NODE_OPTIONS',
    'HTTPS_PROXY',
    'https_proxy',
    'host',
    'port',
    'npm_config_cache',
    'STORE_PORT',
    'STORE_PORT_80_TCP',
    'STORE_PORT_80_TCP_ADDR',
    'STORE_SERVICE_HOST',
    'STORE_SERVICE_PORT',
    'STORE_SERVICE_PORT_HTTP',
  ];
  expect(warningsOf(Object.fromEntries(others.map((name) => [name, 'x'])))).toEqual([]);
});

describe('NODE_ENV', () => {
  test.each([
    ['prod', 'production'],
    ['Production', 'production'],
    ['dev', 'development'],
    ['tset', 'test'],
  ])('"%s" is reported as unknown', (value, meant) => {
    expect(warningsOf({ NODE_ENV: value })).toEqual([
      `NODE_ENV: "${value}" is unknown, so production checks are off. Did you mean ${meant}?`,
    ]);
  });

  test.each(['staging', 'live'])('"%s" is reported with the values that exist', (value) => {
    expect(warningsOf({ NODE_ENV: value })).toEqual([
      `NODE_ENV: "${value}" is unknown, so production checks are off. Use development, production or test.`,
    ]);
  });

  test.each(['development', 'test', ''])('"%s" is not reported', (value) => {
    expect(warningsOf({ NODE_ENV: value })).toEqual([]);
  });
});

describe('STORE_URL in production', () => {
  test.each([
    ['https://localhost:8443', /^STORE_URL: points to this machine \(https:\/\/localhost:8443\)/],
    ['https://127.0.0.1', /^STORE_URL: points to this machine/],
    ['https://[::1]', /^STORE_URL: points to this machine/],
    ['https://shop.localhost', /^STORE_URL: points to this machine/],
    ['http://shop.example', /^STORE_URL: starts with http:\/\/ in production/],
  ])('%s is reported', (url, warning) => {
    expect(warningsOf({ ...PRODUCTION, STORE_URL: url })).toEqual([expect.stringMatching(warning)]);
  });

  test('is reported when it is not set, because it then points to this machine', () => {
    expect(warningsOf({ NODE_ENV: 'production', SECRET_KEY })).toEqual([
      expect.stringMatching(/^STORE_URL: points to this machine/),
    ]);
  });

  test('is not reported when it is a public https address', () => {
    expect(warningsOf(PRODUCTION)).toEqual([]);
  });

  test('is not reported outside production', () => {
    expect(warningsOf({ STORE_URL: 'http://localhost:8080' })).toEqual([]);
  });
});
