import { generateKeyPairSync } from 'node:crypto';
import { encodeForm, type Answer, type HttpBrowser } from '../support/http/http-browser';
import {
  noSignature,
  startHostileProvider,
  withKey,
  withSecret,
  type HostileProvider,
  type Signing,
} from '../support/sign-in/hostile-provider';
import { claimsOf, openHostileScene, type HostileScene } from '../support/sign-in/hostile-scene';
import { CLIENT_SECRET } from '../support/sign-in/identity-provider';
import {
  beginAt,
  followWithin,
  opsAccount,
  signInWith,
  startOidcScene,
  type OidcScene,
} from '../support/sign-in/oidc-scene';
import { isSignedIn } from '../support/store/test-store';

// Signing out here signs out at the provider, and the other way round.

describe('with oidc-provider', () => {
  let scene: OidcScene;
  beforeAll(async () => {
    scene = await startOidcScene();
    await scene.provider.setAccount('sub-out', opsAccount('out'));
  });
  afterAll(() => scene.close());

  /** Signs out of the store. Returns the link to the sign-out of the provider. */
  async function signOutHere(browser: HttpBrowser): Promise<string> {
    const { fields } = (await browser.get('/wc-auth/v1/logout')).form('_wpnonce');
    const page = await browser.post('/wc-auth/v1/logout', fields);
    const href = /class="wc-auth-onward[^>]*href="([^"]*)"/.exec(page.body)?.[1] ?? '';
    return href.replaceAll('&amp;', '&').replaceAll('&#38;', '&');
  }

  /** Confirms the sign-out at the provider. Returns its last answer. */
  async function signOutThere(browser: HttpBrowser, href: string): Promise<Answer> {
    const { url, answer } = await followWithin(browser, href);
    const { action, fields } = answer.form('xsrf');
    return browser.post(new URL(action, url).href, { ...fields, logout: 'yes' });
  }

  test('after a sign-out here, the page leads to the sign-out of the provider and back', async () => {
    const browser = scene.browser();
    await signInWith(browser, 'sub-out');
    const href = await signOutHere(browser);
    expect(await isSignedIn(browser)).toBe(false);
    expect(Object.fromEntries(new URL(href).searchParams)).toEqual({
      client_id: 'store',
      id_token_hint: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      post_logout_redirect_uri: `${scene.store.tlsUrl}/login?logged_out=1`,
    });
    const back = await signOutThere(browser, href);
    expect(back.location).toBe(`${scene.store.tlsUrl}/login?logged_out=1`);
    expect((await browser.get(back.location)).body).toContain('You are signed out.');
    // The provider asks for the password again.
    const { answer } = await followWithin(browser, await beginAt(browser, '/login'));
    expect(answer.form('login').fields).toBeDefined();
  });

  test('a sign-out at the provider ends the session of that browser here, and no other', async () => {
    const [browser, another] = [scene.browser(), scene.browser()];
    await signInWith(browser, 'sub-out');
    await signInWith(another, 'sub-out');
    const end = `${scene.provider.issuer}/session/end`;
    expect((await signOutThere(browser, end)).status).toBe(303);
    expect(await isSignedIn(browser)).toBe(false);
    expect(await isSignedIn(another)).toBe(true);
    const [entry] = await scene.store.app.audit.list(1, { event: 'session.signed_out' });
    expect(entry).toMatchObject({ login: 'out', detail: { way: 'oidc' } });
    expect(scene.store.logs).toContainEqual(
      expect.objectContaining({ msg: 'signed out by the provider', people: 1 }),
    );
  });
});

describe('a logout token', () => {
  const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
  let provider: HostileProvider;
  let scene: HostileScene;
  beforeAll(async () => {
    provider = await startHostileProvider();
  });
  afterAll(() => provider.stop());
  beforeEach(async () => {
    scene = await openHostileScene(provider);
    const { state, nonce } = await scene.begin();
    provider.idToken = provider.token({ ...claimsOf(nonce), sid: 'sid-1' });
    await scene.comeBack({ state });
  });
  afterEach(() => scene.close());

  const CLAIMS = { sub: 'sub-eve', sid: 'sid-1', events: { [EVENT]: {} } };
  // From the provider's server, without cookies and without an Origin.
  const send = (token: string) =>
    scene.store.browser(scene.store.tlsUrl).send('POST', '/wc-auth/v1/oidc/backchannel-logout', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: encodeForm({ logout_token: token }),
    });

  test.each([
    ['sid and sub', {}, false],
    ['sid alone', { sub: undefined }, false],
    ['sub alone', { sid: undefined }, false],
    ['another sid', { sid: 'sid-2' }, true],
    ['another sub', { sub: 'sub-tom', sid: undefined }, true],
    ['the sid of another sub', { sub: 'sub-tom' }, true],
  ])('with %s ends what it names', async (_name, changes, stays) => {
    const answer = await send(provider.token({ ...CLAIMS, ...changes }, { header: { typ: 'logout+jwt' } }));
    expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'no-store']);
    expect(await isSignedIn(scene.browser)).toBe(stays);
    const entries = await scene.store.app.audit.list(5, { event: 'session.signed_out' });
    expect(entries).toHaveLength(stays ? 0 : 1);
  });

  const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const seconds = () => Math.floor(Date.now() / 1000);
  const BAD: readonly (readonly [string, () => object, (() => Signing) | undefined])[] = [
    ['another issuer', () => ({ iss: 'https://other.test' }), undefined],
    ['another audience', () => ({ aud: 'another' }), undefined],
    ['a past expiry', () => ({ exp: seconds() - 60 }), undefined],
    ['an age of ten minutes', () => ({ iat: seconds() - 600 }), undefined],
    ['an iat in ten minutes', () => ({ iat: seconds() + 600 }), undefined],
    ['no iat', () => ({ iat: undefined }), undefined],
    ['no jti', () => ({ jti: undefined }), undefined],
    ['no events', () => ({ events: undefined }), undefined],
    ['another event', () => ({ events: { 'http://other.test': {} } }), undefined],
    ['an event that is text', () => ({ events: { [EVENT]: 'yes' } }), undefined],
    ['a nonce, as an ID token has', () => ({ nonce: 'n' }), undefined],
    ['neither sid nor sub', () => ({ sid: undefined, sub: undefined }), undefined],
    ['a sid with a NUL', () => ({ sid: 'a\u0000' }), undefined],
    ['alg none', () => ({}), () => noSignature],
    ['HS256 with the public key', () => ({}), () => withSecret(provider.publicPem)],
    ['HS256 with the client secret', () => ({}), () => withSecret(CLIENT_SECRET)],
    ['the key of someone else', () => ({}), () => withKey(foreign)],
    ['another type', () => ({}), () => ({ header: { typ: 'at+jwt' } })],
  ];
  test.each(BAD)('with %s is rejected and ends nothing', async (_name, changes, signing) => {
    const token = provider.token({ ...CLAIMS, ...changes() }, signing?.());
    await expectRejected(await send(token));
    expect(JSON.stringify(scene.store.logs)).not.toContain(token);
  });

  test.each(['', 'garbage', 'a.b.c'])('that is %p is rejected', async (token) => {
    await expectRejected(await send(token));
  });

  async function expectRejected(answer: Answer): Promise<void> {
    expect([answer.status, answer.headers['cache-control']]).toEqual([400, 'no-store']);
    expect(answer.json()).toMatchObject({ error: 'invalid_request' });
    expect(await isSignedIn(scene.browser)).toBe(true);
    expect(scene.store.logs).toContainEqual(
      expect.objectContaining({ level: 40, way: 'oidc', msg: 'logout token rejected' }),
    );
  }

  test('counts once', async () => {
    const token = provider.token(CLAIMS);
    expect((await send(token)).status).toBe(200);
    expect((await send(token)).status).toBe(400);
  });

  test('gets status 400 while the keys of the provider are out of reach', async () => {
    provider.answerAt('/jwks', (request) => request.socket.destroy());
    await expectRejected(await send(provider.token(CLAIMS)));
    provider.answerAt('/jwks', undefined);
    expect((await send(provider.token(CLAIMS))).status).toBe(200);
  });

  test('a GET of the logout URI does not sign out', async () => {
    expect((await scene.browser.get('/wc-auth/v1/oidc/backchannel-logout')).status).toBeLessThan(500);
    expect(await isSignedIn(scene.browser)).toBe(true);
  });
});
