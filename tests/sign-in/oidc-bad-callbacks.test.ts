import { encodeForm, type HttpBrowser } from '../support/http/http-browser';
import { json, startHostileProvider, type HostileProvider } from '../support/sign-in/hostile-provider';
import { CALLBACK, claimsOf, openHostileScene, type HostileScene } from '../support/sign-in/hostile-scene';
import { beginAt } from '../support/sign-in/oidc-scene';
import { isSignedIn } from '../support/store/test-store';

// What an attacker must not achieve at the redirect URI. Each case shows a page, creates nothing, and
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

test.each([
  ['access_denied', 403, 'declined'],
  ['login_required', 403, 'declined'],
  ['server_error', 502, 'unavailable'],
  ['<script>', 502, 'unavailable'],
])('rejects the error %s of the provider', async (error, status, reason) => {
  const { state } = await scene.begin();
  await scene.expectRejected(
    await scene.browser.get(`${CALLBACK}?${encodeForm({ state, error, iss: provider.issuer })}`),
    status,
    reason,
  );
});

test.each([
  ['of another provider (mix-up)', { iss: 'https://other.test' }],
  ['that is empty', { iss: '' }],
])('rejects an issuer %s at the redirect URI, and sends the code nowhere', async (_name, changes) => {
  const { state } = await scene.begin();
  const before = provider.requested.length;
  await scene.expectRejected(await scene.comeBack({ state, ...changes }), 403, 'bad_proof');
  expect(provider.requested.slice(before)).toEqual([]);
});

test('rejects a code that the provider does not know', async () => {
  const { state } = await scene.begin();
  provider.answerAt('/token', (_request, response) => {
    json(response, { error: 'invalid_grant' }, 400);
  });
  await scene.expectRejected(await scene.comeBack({ state }), 403, 'bad_proof');
});

test('rejects a redirect URI without a code', async () => {
  const { state } = await scene.begin();
  await scene.expectRejected(
    await scene.browser.get(`${CALLBACK}?${encodeForm({ state, iss: provider.issuer })}`),
    403,
    'bad_proof',
  );
});

test('rejects a state that was used before', async () => {
  const { state } = await scene.begin();
  provider.answerAt('/token', (_request, response) => {
    json(response, {}, 500);
  });
  await scene.comeBack({ state });
  expect((await scene.comeBack({ state })).status).toBe(400);
  expect(await scene.rejections()).toEqual(['expired', 'unavailable']);
});

test('counts one of two answers at once with the same state', async () => {
  const { state, nonce } = await scene.begin();
  provider.idToken = provider.token(claimsOf(nonce));
  const answers = await Promise.all([
    scene.comeBack({ state }),
    scene.comeBack({ state }, scene.browser.copy()),
  ]);
  expect(answers.map(({ status }) => status).sort()).toEqual([302, 400]);
});

test('rejects a state after 15 minutes', async () => {
  const { state, nonce } = await scene.begin();
  provider.idToken = provider.token(claimsOf(nonce));
  scene.clock.pass(15 * 60_000);
  await scene.expectRejected(await scene.comeBack({ state }), 400, 'expired');
});

test.each([
  '',
  'state=',
  'state=unknown',
  'state[]=a',
  'state=%ff',
  'state=a%00b',
  'state=a&state=b',
  'code=x&error=y',
])('rejects the query %p at the redirect URI', async (query) => {
  await scene.expectRejected(await scene.browser.get(`${CALLBACK}?${query}`), 400, 'expired');
});

test('does not sign in with the state of another browser (login CSRF), which can go on itself', async () => {
  const { state, nonce } = await scene.begin();
  provider.idToken = provider.token(claimsOf(nonce));
  for (const victim of [scene.store.browser(scene.store.tlsUrl), await victimWithCookie()]) {
    const answer = await scene.comeBack({ state }, victim);
    expect(answer.status).toBe(403);
    expect(await isSignedIn(victim)).toBe(false);
  }
  expect(await scene.rejections()).toEqual(['other_browser', 'other_browser']);
  expect((await scene.comeBack({ state })).status).toBe(302);
});

/** Returns a browser that has begun a sign-in of its own. */
async function victimWithCookie(): Promise<HttpBrowser> {
  const victim = scene.store.browser(scene.store.tlsUrl);
  await victim.get('/login');
  return victim;
}

test.each([
  '//evil.test',
  '/\\evil.test',
  'https://evil.test/',
  '/..//evil.test',
  '/\t/evil.test',
  'javascript:alert(1)',
])('does not go to %p after a sign-in', async (target) => {
  const { state, nonce } = await scene.begin(
    `/wc-auth/v1/sign-in/oidc?redirect_to=${encodeURIComponent(target)}`,
  );
  provider.idToken = provider.token(claimsOf(nonce));
  expect((await scene.comeBack({ state })).location).toBe(`${scene.store.tlsUrl}/`);
});

describe('a fresh sign-in', () => {
  const FRESH = '/wc-auth/v1/sign-in/oidc?again=1&redirect_to=/keys';
  const seconds = () => Math.floor(scene.clock() / 1000);

  test('asks the provider for a new proof and accepts it', async () => {
    const { searchParams } = new URL(await beginAt(scene.browser, FRESH));
    expect([searchParams.get('prompt'), searchParams.get('max_age')]).toEqual(['login', '0']);
    const [state, nonce] = [searchParams.get('state') ?? '', searchParams.get('nonce') ?? ''];
    provider.idToken = provider.token({ ...claimsOf(nonce), auth_time: seconds() });
    expect((await scene.comeBack({ state })).location).toBe(`${scene.store.tlsUrl}/keys`);
  });

  test.each([
    ['no auth_time', () => undefined],
    ['an old auth_time', () => seconds() - 120],
    ['an auth_time that is text', () => String(seconds())],
  ])('rejects %s', async (_name, authTime) => {
    const { state, nonce } = await scene.begin(FRESH);
    provider.idToken = provider.token({ ...claimsOf(nonce), auth_time: authTime() });
    const answer = await scene.comeBack({ state });
    // Text is not a time, and makes the token invalid.
    const reason = typeof authTime() === 'string' ? 'bad_proof' : 'not_fresh';
    await scene.expectRejected(answer, 403, reason);
    expect(answer.body).toMatch(/sign-in\/oidc\?again=1&(?:amp;|#38;)redirect_to=%2Fkeys/);
  });
});
