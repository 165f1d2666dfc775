import { generateKeyPairSync } from 'node:crypto';
import { ConfigError, readConfig } from '../../server/config';
import { ed25519Key, p256Key, pemOf, SECRET, SIGN_IN_URL } from '../support/sign-in/handover-scene';

const BASE = {
  STORE_URL: 'http://store.test',
  SECRET_KEY: 'k'.repeat(40),
  SIGN_IN: 'handover',
  SIGN_IN_URL,
  HANDOVER_SECRET: SECRET,
};

function problemsOf(changes: Readonly<Record<string, string | undefined>>): readonly string[] {
  try {
    readConfig({ ...BASE, ...changes });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}
const withKey = (pem: string) => ({ HANDOVER_SECRET: undefined, HANDOVER_PUBLIC_KEY: pem });

test.each([
  ['a secret', {}],
  ['an Ed25519 key', withKey(ed25519Key().env['HANDOVER_PUBLIC_KEY'] ?? '')],
  ['a P-256 key', withKey(p256Key().env['HANDOVER_PUBLIC_KEY'] ?? '')],
])('the settings are complete with %s', (_name, changes) => {
  expect(problemsOf(changes)).toEqual([]);
});

const KEYS = 'HANDOVER_PUBLIC_KEY or HANDOVER_PUBLIC_KEY_FILE or HANDOVER_SECRET or HANDOVER_SECRET_FILE';
test.each([
  ['SIGN_IN_URL', 'SIGN_IN_URL: must be set, because SIGN_IN has handover'],
  ['HANDOVER_SECRET', `${KEYS}: must be set, because SIGN_IN has handover`],
])('the server does not start without %s', (name, problem) => {
  expect(problemsOf({ [name]: undefined })).toEqual([problem]);
});

test('the server does not start with a key and a secret', () => {
  const { HANDOVER_PUBLIC_KEY } = withKey(ed25519Key().env['HANDOVER_PUBLIC_KEY'] ?? '');
  expect(problemsOf({ HANDOVER_PUBLIC_KEY })).toEqual([
    'HANDOVER_PUBLIC_KEY, HANDOVER_SECRET: set only one of them',
  ]);
});

test.each([
  ['an RSA key', pemOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey)],
  ['a P-384 key', pemOf(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey)],
  ['a secp256k1 key', pemOf(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey)],
  ['an X25519 key', pemOf(generateKeyPairSync('x25519').publicKey)],
  [
    'a private key',
    generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  ],
  ['a JWK', JSON.stringify(generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }))],
  ['damaged PEM', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n'],
  ['a word', 'key'],
])('the server does not start with %s', (_name, pem) => {
  const [problem = '', ...others] = problemsOf(withKey(pem));
  expect(problem).toMatch(
    /^HANDOVER_PUBLIC_KEY: must be a public key in PEM \(BEGIN PUBLIC KEY\), Ed25519 or P-256/,
  );
  expect([problem.includes('\n'), others]).toEqual([false, []]);
});

test.each([
  ['HANDOVER_SECRET', 's'.repeat(31), 'must have at least 32 bytes'],
  ['SIGN_IN_URL', 'http://office.test/sign-in', 'must be an https URL'],
  ['SIGN_IN_URL', 'javascript:alert(1)', 'must be an https URL'],
  ['SIGN_IN_URL', 'https://user:pass@office.test/', 'must be an https URL'],
  ['SIGN_IN_URL', 'https://office.test/#x', 'must be an https URL'],
  ['SIGN_IN_URL', '/sign-in', 'must be an https URL'],
])('the server does not start with %s=%s', (name, value, text) => {
  const problems = problemsOf({ [name]: value });
  expect(problems).toEqual([expect.stringContaining(`${name}: ${text}`)]);
  if (name === 'HANDOVER_SECRET') expect(problems.join()).not.toContain(value);
});
