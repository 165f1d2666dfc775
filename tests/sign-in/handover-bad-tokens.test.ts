import { generateKeyPairSync, sign } from 'node:crypto';
import {
  ed25519Key,
  openHandoverScene,
  p256Key,
  secretKey,
  SECRET,
  signedToken,
  type BackEndKey,
  type HandoverScene,
} from '../support/sign-in/handover-scene';

// What an attacker, or a back end with a mistake, must not achieve with a token. Each case shows a page,
// creates nothing, and leaves one line in the log and one entry in the history.

let scene: HandoverScene;
let state: string;
beforeEach(async () => {
  scene = await openHandoverScene();
  state = await scene.begin();
});
afterEach(() => scene.close());

/** Expects that the token counts for nothing, and that a valid one still works afterwards. */
async function expectRejected(token: string, reason = 'bad_proof', status = 403): Promise<void> {
  await scene.expectRejected(await scene.post({ token }), status, reason);
  const valid = await scene.post({ token: scene.token(state) });
  expect((await scene.browser.get(valid.location)).status).toBe(302);
}

const seconds = () => Math.floor(scene.clock() / 1000);
/** The clock of the tests is not on a full second. */
const ceil = () => Math.ceil(scene.clock() / 1000);

test.each<[string, () => object]>([
  ['another audience', () => ({ aud: 'https://other.test' })],
  ['STORE_URL with a final slash as audience', () => ({ aud: `${scene.store.tlsUrl}/` })],
  ['STORE_URL in upper case as audience', () => ({ aud: scene.store.tlsUrl.toUpperCase() })],
  ['a list of other audiences', () => ({ aud: ['https://other.test', `${scene.store.tlsUrl}/`] })],
  ['an audience that is a number', () => ({ aud: 1 })],
  ['an audience that is null', () => ({ aud: null })],
  ['an audience in an object', () => ({ aud: { value: scene.store.tlsUrl } })],
  ['an exp 6 seconds ago', () => ({ exp: seconds() - 6 })],
  ['an exp 67 seconds ahead', () => ({ exp: ceil() + 66 })],
  ['an exp in an hour', () => ({ exp: seconds() + 3600 })],
  ['an exp in milliseconds', () => ({ exp: scene.clock() + 30_000 })],
  ['an exp of 1e308', () => ({ exp: 1e308 })],
  ['a negative exp', () => ({ exp: -1 })],
  ['an exp that is text', () => ({ exp: String(seconds() + 30) })],
  ['an exp that is null', () => ({ exp: null })],
  ['an nbf in 10 seconds', () => ({ nbf: seconds() + 10 })],
  ['a sub that is a number', () => ({ sub: 7 })],
  ['an empty sub', () => ({ sub: '' })],
  ['a sub of 256 characters', () => ({ sub: 'a'.repeat(256) })],
  ['a sub with NUL', () => ({ sub: 'a\0b' })],
  ['a sub with half a surrogate pair', () => ({ sub: 'a\ud800' })],
  ['a sub with a line end', () => ({ sub: 'a\n' })],
  ['a name that is a list', () => ({ name: ['Eve'] })],
  ['a name with NUL', () => ({ name: 'Eve\0' })],
  ['a role that is a list', () => ({ role: ['administrator'] })],
  ['a role that is null', () => ({ role: null })],
  ['a jti that is a number', () => ({ jti: 1 })],
  ['an empty jti', () => ({ jti: '' })],
  ['a jti of 256 characters', () => ({ jti: 'a'.repeat(256) })],
  ['a nonce that is a list', () => ({ nonce: [state] })],
  ['a nonce with NUL', () => ({ nonce: `${state}\0` })],
  ['an auth_time that is text', () => ({ auth_time: String(seconds()) })],
])('rejects a token with %s', (_name, changes) => expectRejected(scene.token(state, changes())));

test.each(['aud', 'sub', 'role', 'exp', 'jti', 'nonce'])('rejects a token without %s', (name) =>
  expectRejected(scene.token(state, { [name]: undefined })),
);

test.each<[string, object]>([
  ['without an email address', { email: undefined }],
  ['with an empty email address', { email: '' }],
  ['with an email address that is a list', { email: ['eve@office.test'] }],
])('says so when a token is %s', (_name, changes) => expectRejected(scene.token(state, changes), 'no_email'));

test.each<[string, () => object]>([
  ['an unknown state', () => ({ nonce: 'a'.repeat(43) })],
  ['the state in lower case', () => ({ nonce: state.toLowerCase() + '0' })],
])('rejects a token with %s', (_name, changes) =>
  expectRejected(scene.token(state, changes()), 'expired', 400),
);

test.each([
  ['at its exp', -1],
  ['5 seconds after its exp', 4],
])('accepts a token until %s', async (_name, late) => {
  const token = scene.token(state, { exp: seconds() - late });
  expect((await scene.post({ token })).status).toBe(303);
});

test('accepts an exp 65 seconds ahead, for clocks that differ', async () => {
  expect((await scene.post({ token: scene.token(state, { exp: seconds() + 65 }) })).status).toBe(303);
});

describe('the signature', () => {
  const { publicKey } = generateKeyPairSync('ed25519');
  const none: BackEndKey = { alg: 'none', sign: () => Buffer.alloc(0), env: {} };
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const rs256: BackEndKey = {
    alg: 'RS256',
    sign: (input) => sign('sha256', Buffer.from(input), rsa.privateKey),
    env: {},
  };
  /** The key of the scene, which names another algorithm. */
  const named = (alg: string): BackEndKey => ({ ...scene.key, alg });
  const pem = () => scene.key.env['HANDOVER_PUBLIC_KEY'] ?? '';
  const jwk = publicKey.export({ format: 'jwk' });

  test.each<[string, () => BackEndKey, object?]>([
    ['with alg none', () => none],
    ['with alg None', () => ({ ...none, alg: 'None' })],
    ['with an empty alg', () => ({ ...none, alg: '' })],
    ['of HS256 with the public key as secret', () => secretKey(pem())],
    ['of HS256 with the public key as secret, without the last line end', () => secretKey(pem().trim())],
    ['of HS256 with an empty secret', () => secretKey('')],
    ['of RS256', () => rs256],
    ['of ES256', p256Key],
    ['of another key', ed25519Key],
    ['of another key, which its header brings along', ed25519Key, { jwk }],
    ['of another key, which its header links', ed25519Key, { jku: 'https://evil.test/keys', kid: '1' }],
    ['of the key, that names HS256', () => named('HS256')],
    ['of the key, that names ES256', () => named('ES256')],
    ['of the key, with an unknown critical header', () => scene.key, { crit: ['x'], x: 1 }],
    ['of the key, with a payload that is not encoded', () => scene.key, { crit: ['b64'], b64: false }],
    ['that is empty', () => ({ ...scene.key, sign: () => Buffer.alloc(0) })],
    ['of zeros', () => ({ ...scene.key, sign: () => Buffer.alloc(64) })],
  ])('is rejected: %s', async (...[, key, header]) => {
    await expectRejected(signedToken(key(), scene.claims(state), header));
  });

  test('of other claims is rejected', async () => {
    const [head = '', , signature = ''] = scene.token(state).split('.');
    const claims = scene.claims(state, { role: 'administrator' });
    const body = Buffer.from(JSON.stringify(claims)).toString('base64url');
    await expectRejected(`${head}.${body}.${signature}`);
  });

  test.each<[string, () => BackEndKey, () => BackEndKey]>([
    ['an Ed25519 token against a P-256 key', p256Key, ed25519Key],
    ['an HS256 token against a P-256 key', p256Key, () => secretKey()],
    ['an unsigned token against a secret', () => secretKey(), () => none],
    ['an Ed25519 token against a secret', () => secretKey(), ed25519Key],
    ['a token of another secret', () => secretKey(), () => secretKey(`${SECRET} `)],
    ['an HS512 token against a secret', () => secretKey(), () => ({ ...secretKey(), alg: 'HS512' })],
  ])('is rejected: %s', async (_name, storeKey, tokenKey) => {
    await scene.close();
    scene = await openHandoverScene({ key: storeKey() });
    state = await scene.begin();
    await expectRejected(signedToken(tokenKey(), scene.claims(state)));
  });
});

test.each<[string, string]>([
  ['an empty token', ''],
  ['a word', 'token'],
  ['two dots', '..'],
  ['five parts', 'a.b.c.d.e'],
  ['letters outside of ASCII', 'ä.ö.ü'],
  ['letters outside of Latin-1', '☃.☃.☃'],
  ['a NUL', 'a\0.b.c'],
  ['JSON', '{"alg":"none"}'],
  ['a header that is not JSON', 'YWJj.YWJj.YWJj'],
  ['a header that is a list', 'W10.W10.W10'],
  ['a header that is null', 'bnVsbA.bnVsbA.bnVsbA'],
])('rejects %s', (_name, token) => expectRejected(token));

test.each<[string, () => string]>([
  ['claims that are a list', () => rawToken('[]')],
  ['claims that are null', () => rawToken('null')],
  ['claims that are not JSON', () => rawToken('{')],
  ['claims that are not UTF-8', () => rawToken(Buffer.from([0x22, 0xff, 0x22]))],
  [
    'an exp beyond all numbers',
    () => rawToken(JSON.stringify(scene.claims(state)).replace(/"exp":\d+/, '"exp":1e999')),
  ],
  ['a claim __proto__', () => rawToken(`{"__proto__":${JSON.stringify(scene.claims(state))}}`)],
])('rejects a signed token with %s', (_name, token) => expectRejected(token()));

/** Returns a token with a valid signature over any bytes. */
function rawToken(claims: string | Buffer): string {
  const head = Buffer.from('{"alg":"EdDSA"}').toString('base64url');
  const input = `${head}.${Buffer.from(claims).toString('base64url')}`;
  return `${input}.${scene.key.sign(input).toString('base64url')}`;
}
