import { generateKeyPairSync } from 'node:crypto';
import type { RequestListener } from 'node:http';
import {
  METADATA,
  metadataOf,
  noSignature,
  startHostileProvider,
  withKey,
  withSecret,
  type HostileProvider,
  type Signing,
} from '../support/sign-in/hostile-provider';
import { claimsOf, openHostileScene, type HostileScene } from '../support/sign-in/hostile-scene';
import { CLIENT_SECRET } from '../support/sign-in/identity-provider';
import { isSignedIn } from '../support/store/test-store';

// What a provider must not achieve with its answers. Each case shows a page, creates nothing, and
// leaves one line in the log and one entry in the history.

let provider: HostileProvider;
let scene: HostileScene;
beforeAll(async () => {
  provider = await startHostileProvider();
});
afterAll(() => provider.stop());
beforeEach(async () => {
  scene = await openHostileScene(provider);
});
afterEach(() => scene.close());

test('a valid ID token of this provider signs in, so that the cases below differ from it by one thing', async () => {
  const { state, nonce } = await scene.begin();
  provider.idToken = provider.token(claimsOf(nonce));
  expect((await scene.comeBack({ state })).location).toBe(`${scene.store.tlsUrl}/`);
  expect(await isSignedIn(scene.browser)).toBe(true);
});

const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const TOKENS: readonly (readonly [string, Record<string, unknown>, (() => Signing) | undefined])[] = [
  ['another issuer', { iss: 'https://other.test' }, undefined],
  ['another audience', { aud: 'another-client' }, undefined],
  ['this audience among others, for another party', { aud: ['store', 'another'], azp: 'another' }, undefined],
  ['an expired token', { exp: Math.floor(Date.now() / 1000) - 60 }, undefined],
  ['no expiry', { exp: undefined }, undefined],
  ['a token for another sign-in', { nonce: 'another' }, undefined],
  ['no nonce', { nonce: undefined }, undefined],
  ['no subject', { sub: undefined }, undefined],
  ['a subject that is not text', { sub: 7 }, undefined],
  ['a subject with a NUL', { sub: 'a\u0000b' }, undefined],
  ['a subject of 256 characters', { sub: 'a'.repeat(256) }, undefined],
  ['alg none', {}, () => noSignature],
  ['a header without alg', {}, () => ({ header: { alg: undefined } })],
  ['HS256 with the public key as the secret', {}, () => withSecret(provider.publicPem)],
  ['HS256 with the client secret', {}, () => withSecret(CLIENT_SECRET)],
  ['the key of someone else', {}, () => withKey(foreign)],
  ['a key that the provider does not have', {}, () => ({ header: { kid: 'second' } })],
];
test.each(TOKENS)('rejects %s', async (_name, changes, signing) => {
  const { state, nonce } = await scene.begin();
  provider.idToken = provider.token({ ...claimsOf(nonce), ...changes }, signing?.());
  await scene.expectRejected(await scene.comeBack({ state }), 403, 'bad_proof');
});

test.each(['', 'garbage', 'a.b', 'a.b.c', 'e30.e30.', 'e30.e30.e30', '….….…'])(
  'rejects the ID token %p',
  async (token) => {
    const { state } = await scene.begin();
    provider.idToken = token;
    const answer = await scene.comeBack({ state });
    expect([403, 502]).toContain(answer.status);
    await scene.expectRejected(answer, answer.status, answer.status === 403 ? 'bad_proof' : 'unavailable');
  },
);

const JSON_TYPE = { 'content-type': 'application/json' };
/** Returns what makes a listener that always answers the same. */
const sends =
  (text: string, status = 200, headers: Record<string, string> = JSON_TYPE) =>
  (): RequestListener =>
  (_request, response) => {
    response.writeHead(status, headers).end(text);
  };
const metadata = (changes: Record<string, string>) => () =>
  sends(JSON.stringify({ ...metadataOf(provider.issuer), ...changes }))();
const BROKEN: readonly (readonly [string, () => RequestListener])[] = [
  ['a page', sends('<html>secret-code', 200, { 'content-type': 'text/html' })],
  ['broken JSON', sends('{"a')],
  ['status 500', sends('{}', 500)],
  ['a status that no standard knows', sends('{}', 999)],
  ['a redirect', sends('', 302, { location: 'https://localhost:1/' })],
  ['an endless text', sends(' '.repeat(600_000))],
  ['a closed connection', () => (request) => request.socket.destroy()],
  ['no HTTP', () => (request) => request.socket.end('garbage\r\n\r\n')],
];
test.each(BROKEN)(
  'shows a page with Try again if the token endpoint answers with %s',
  async (_name, answer) => {
    const { state } = await scene.begin();
    provider.answerAt('/token', answer());
    await scene.expectRejected(await scene.comeBack({ state }), 502, 'unavailable');
  },
);

test.each([
  ...BROKEN,
  ['a list', sends('[]')],
  ['those of another issuer', metadata({ issuer: 'https://other.test' })],
  ['its issuer with a slash', () => sends(JSON.stringify(metadataOf(`${provider.issuer}/`)))()],
] as typeof BROKEN)('retries after the metadata were %s', async (_name, answer) => {
  provider.answerAt(METADATA, answer());
  await scene.expectRejected(await scene.browser.get('/login'), 502, 'unavailable');
  provider.answerAt(METADATA, undefined);
  expect((await scene.browser.get('/login')).location).toContain(`${provider.issuer}/auth?`);
});

test.each(['http://localhost:1/auth', 'javascript:alert(1)', '/auth', ''])(
  'does not send the browser to the endpoint %p',
  async (endpoint) => {
    provider.answerAt(METADATA, metadata({ authorization_endpoint: endpoint })());
    await scene.expectRejected(await scene.browser.get('/login'), 502, 'unavailable');
  },
);

test('waits 10 seconds for a provider that hangs', async () => {
  const { state } = await scene.begin();
  // The first half of an answer, so that the limit is for all of it.
  provider.answerAt('/token', (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).write('{');
  });
  const begun = performance.now();
  const answer = await scene.comeBack({ state });
  const seconds = (performance.now() - begun) / 1000;
  await scene.expectRejected(answer, 502, 'unavailable');
  expect(seconds).toBeGreaterThan(9.5);
  expect(seconds).toBeLessThan(12);
});

test('a database that fails is not blamed on the provider, and the log has no value of the statement', async () => {
  const { database, logs } = scene.store;
  await database.knex.schema.renameTable('sign_in_attempts', 'gone');
  const answer = await scene.browser.get('/login');
  expect(answer.status).toBe(500);
  expect(await scene.rejections()).toEqual([]);
  expect(JSON.stringify(logs)).not.toContain('code_verifier');
});
