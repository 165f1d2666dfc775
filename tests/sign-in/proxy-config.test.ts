import { ConfigError, readConfig } from '../../server/config';
import { ASSERTION_ENV, PROXY_ENV } from '../support/sign-in/proxy-scene';

const BASE = { STORE_URL: 'http://store.test', SECRET_KEY: 'k'.repeat(40) };
const ASSERTION = {
  AUTH_PROXY_JWT_HEADER: 'Cf-Access-Jwt-Assertion',
  AUTH_PROXY_JWKS_URL: 'https://corp.test/certs',
  AUTH_PROXY_JWT_AUDIENCE: 'a',
  AUTH_PROXY_JWT_ISSUER: 'https://corp.test',
};

function problemsOf(env: Readonly<Record<string, string>>): readonly string[] {
  try {
    readConfig({ ...BASE, ...env });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}
const without = (env: Readonly<Record<string, string>>, name: string) =>
  Object.fromEntries(Object.entries(env).filter(([other]) => other !== name));

test('the settings of both tests are complete', () => {
  expect(problemsOf(PROXY_ENV)).toEqual([]);
  expect(problemsOf({ ...ASSERTION_ENV, ...ASSERTION })).toEqual([]);
});

test.each([
  'TRUST_PROXY',
  'AUTH_PROXY_USER_HEADER',
  'AUTH_PROXY_EMAIL_HEADER',
  'AUTH_PROXY_GROUPS_HEADER',
  'AUTH_PROXY_ROLES',
])('the server does not start with a proxy and without %s', (name) => {
  expect(problemsOf(without(PROXY_ENV, name))).toEqual([`${name}: must be set, because SIGN_IN has proxy`]);
});

test.each(Object.keys(ASSERTION))('the server does not start with an assertion and without %s', (name) => {
  expect(problemsOf({ ...PROXY_ENV, ...without(ASSERTION, name) })).toEqual([
    `${Object.keys(ASSERTION).join(', ')}: set all of them, or none`,
  ]);
});

test.each([
  ['AUTH_PROXY_USER_HEADER', 'Remote_User'],
  ['AUTH_PROXY_ROLES', 'ops=owner'],
  ['AUTH_PROXY_LOGOUT_URL', 'http://corp.test/out'],
  ['AUTH_PROXY_LOGOUT_URL', 'javascript:alert(1)'],
])('the server does not start with %s=%s', (name, value) => {
  expect(problemsOf({ ...PROXY_ENV, [name]: value })).toEqual([expect.stringContaining(name)]);
});
