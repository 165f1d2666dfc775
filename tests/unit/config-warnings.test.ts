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
  ])('%s is reported with the name %s, which was probably meant', (name, meant) => {
    expect(warningsOf({ [name]: 'a-private-value' })).toEqual([
      `${name}: this variable does not exist and has no effect. Did you mean ${meant}?`,
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
