import { approve, ask, route } from '../support/scenes/grant-scene';
import { seedKey, submit } from '../support/scenes/console-scene';
import { startHttpsReceiver, type HttpsReceiver } from '../support/http/https-receiver';
import {
  ed25519Key,
  HANDOVER,
  openHandoverScene,
  p256Key,
  secretKey,
  SIGN_IN_URL,
  type HandoverScene,
} from '../support/sign-in/handover-scene';
import { beginAt } from '../support/sign-in/oidc-scene';
import { isSignedIn } from '../support/store/test-store';

// Sign-in with a hand-over from the store's own back end.

let scene: HandoverScene;
let receiver: HttpsReceiver;
beforeAll(async () => {
  receiver = await startHttpsReceiver();
});
afterAll(() => receiver.stop());
beforeEach(async () => {
  scene = await openHandoverScene();
});
afterEach(() => scene.close());

const find = (login: string) => scene.store.app.users.findByLogin(login);

test('leads to the back end with the state, the address for its form, and the own query of SIGN_IN_URL', async () => {
  await scene.close();
  const own = '?route=account/login&x=a%20b&y=1+2';
  scene = await openHandoverScene({ env: { SIGN_IN_URL: SIGN_IN_URL + own } });
  const url = await beginAt(scene.browser, '/login');
  expect(url.startsWith(`${SIGN_IN_URL}${own}&state=`)).toBe(true);
  const { searchParams } = new URL(url);
  expect(searchParams.get('state')).toMatch(/^[\w-]{43}$/);
  expect(searchParams.get('return_to')).toBe(scene.store.tlsUrl + HANDOVER);
  expect(searchParams.get('prompt')).toBeNull();
});

test('the first sign-in of a person with a role creates an account, and the post opens no session', async () => {
  const posted = await scene.handOver();
  expect(posted.status).toBe(303);
  expect(posted.location).toMatch(
    new RegExp(`^${scene.store.tlsUrl}${HANDOVER}\\?step=[\\w-]{43}$`.replaceAll('.', '\\.')),
  );
  expect(posted.headers['set-cookie']).toBeUndefined();
  expect(await isSignedIn(scene.browser)).toBe(false);
  expect(await find('eve')).toBeUndefined();

  const entered = await scene.browser.get(posted.location);
  expect([entered.status, entered.location]).toEqual([302, `${scene.store.tlsUrl}/`]);
  expect(await isSignedIn(scene.browser)).toBe(true);
  expect(await find('eve')).toMatchObject({ email: 'eve@office.test', name: 'Eve', role: 'shop_manager' });
  expect(await scene.store.app.audit.list(2)).toMatchObject([
    { event: 'session.signed_in', login: 'eve', detail: { way: 'handover' } },
    { event: 'user.added', login: 'eve' },
  ]);
});

test('the five parameters of a grant come back byte for byte, and the app gets its key', async () => {
  const asked = ask({
    app_name: 'Büro & Söhne + "Parcel" %2F ☃',
    user_id: 'id=1&x=%26+2',
    return_url: 'https://app.example/done?a=b%20c&d=%C3%BC#part',
    callback_url: receiver.url('/cb'),
  });
  const answer = await scene.signIn({}, route('authorize', asked));
  expect(answer.location).toBe(scene.store.tlsUrl + route('authorize', asked));
  const page = await scene.browser.get(answer.location);
  const { fields } = page.form('wc_auth_nonce');
  expect(fields).toMatchObject(asked);
  const approved = await approve(scene.browser, { page, fields, nonce: fields['wc_auth_nonce'] ?? '' });
  expect(approved.location).toMatch(/^https:\/\/app\.example\/done\?a=b%20c&d=%C3%BC/);
  expect(receiver.received('/cb')).toHaveLength(1);
});

test('works for a store with a path', async () => {
  await scene.close();
  scene = await openHandoverScene({ path: '/store' });
  expect((await scene.signIn({}, '/login?redirect_to=/store/keys')).location).toBe(
    `${scene.store.tlsUrl}/keys`,
  );
  expect((await scene.browser.get('/keys')).status).toBe(200);
});

test.each([
  ['Ed25519', ed25519Key],
  ['P-256', p256Key],
  ['a secret', () => secretKey()],
])('accepts a token with a key of %s', async (_name, key) => {
  await scene.close();
  scene = await openHandoverScene({ key: key() });
  expect((await scene.signIn()).status).toBe(302);
  expect(await isSignedIn(scene.browser)).toBe(true);
});

test.each<[string, object]>([
  ['a list of one audience', { aud: undefined as unknown }],
  ['no name', { name: undefined }],
  ['an empty name', { name: '' }],
  ['the name null', { name: null }],
  ['a time of expiry with a fraction', { exp: 'fraction' }],
  ['further claims', { iss: 'https://office.test', iat: 1, groups: ['x'], admin: true }],
])('accepts a token with %s', async (_name, changes) => {
  const fixed = {
    ...changes,
    ...('aud' in changes ? { aud: [scene.store.tlsUrl] } : {}),
    ...('exp' in changes ? { exp: scene.clock() / 1000 + 30.123456 } : {}),
  };
  expect((await scene.signIn(fixed)).status).toBe(302);
});

test.each([
  ['administrator', 'administrator'],
  ['shop_manager', 'shop_manager'],
  ['customer', 'customer'],
])('a person with the role %s gets it', async (role, expected) => {
  await scene.signIn({ role });
  expect(await find('eve')).toMatchObject({ role: expected });
});

test.each(['editor', 'Administrator', '', 'administrator ', '__proto__'])(
  'a person with the role %p gets a page that says so, and no account',
  async (role) => {
    await scene.expectRejected(await scene.signIn({ role }), 403, 'no_role');
  },
);

test('a role follows the back end, and a lost role rests the keys and ends the sessions at once', async () => {
  await scene.close();
  scene = await openHandoverScene({ env: { TRUST_PROXY: '127.0.0.1' } });
  await scene.signIn();
  await scene.signIn({ role: 'administrator' }, '/login', scene.newBrowser());
  expect(await find('eve')).toMatchObject({ role: 'administrator' });
  const key = await seedKey(scene.store, { owner: 'eve' });
  expect(await works(key)).toBe(200);

  const rejected = await scene.signIn({ role: 'editor' }, '/login', scene.newBrowser());
  expect([rejected.status, rejected.body]).toEqual([403, expect.stringContaining('gives you no role')]);
  expect(await works(key)).toBe(403);
  expect(await isSignedIn(scene.browser)).toBe(false);
  expect(await scene.store.app.audit.list(1, { event: 'user.role_changed' })).toMatchObject([
    { login: 'eve', detail: { by: 'sign-in', from: 'administrator', to: 'customer' } },
  ]);

  await scene.signIn();
  expect(await works(key)).toBe(200);
});

/** Returns the status with which a proxy in front of the API learns whether a key works. */
async function works({ consumerKey, consumerSecret }: { consumerKey: string; consumerSecret: string }) {
  const basic = Buffer.from(`${consumerKey}:${consumerSecret}`).toString('base64');
  const headers = { authorization: `Basic ${basic}`, 'x-forwarded-uri': '/wp-json/wc/v3/orders' };
  return (await scene.newBrowser().get('/wc-auth/v1/verify', { ...headers, 'x-forwarded-method': 'GET' }))
    .status;
}

describe('an account', () => {
  test('belongs to the subject, and its email address and name follow the back end', async () => {
    await scene.signIn();
    const before = await find('eve');
    const browser = scene.newBrowser();
    expect(
      (await scene.signIn({ email: 'new@office.test', name: 'Eve New' }, '/login', browser)).status,
    ).toBe(302);
    expect(await find('eve')).toEqual({ ...before, email: 'new@office.test', name: 'Eve New' });
    expect(await find('new')).toBeUndefined();
  });

  test('of another subject with the same part before the @ gets a suffix', async () => {
    await scene.signIn();
    await scene.signIn({ sub: 'user-2', email: 'eve@elsewhere.test' }, '/login', scene.newBrowser());
    expect(await find('eve-2')).toMatchObject({ email: 'eve@elsewhere.test' });
  });

  test('is not made for an email address that another account has', async () => {
    const answer = await scene.signIn({ email: 'MANAGER@store.test' });
    await scene.expectRejected(answer, 409, 'email_taken');
  });

  test('does not get an email address that another account has', async () => {
    await scene.signIn();
    const before = await find('eve');
    const answer = await scene.signIn({ email: 'manager@store.test' }, '/login', scene.newBrowser());
    expect([answer.status, answer.body]).toEqual([
      409,
      expect.stringContaining('Another account has your email address'),
    ]);
    expect(await find('eve')).toEqual(before);
  });

  test('is not made for an email address that is not valid', async () => {
    await scene.expectRejected(await scene.signIn({ email: 'at home' }), 403, 'bad_email');
  });

  test('that is disabled stays out', async () => {
    await scene.signIn();
    const { userId } = await scene.store.userOf('eve');
    await scene.store.database.knex('users').where({ user_id: userId }).update({ disabled_at: Date.now() });
    const answer = await scene.signIn({}, '/login', scene.newBrowser());
    expect([answer.status, answer.body]).toEqual([403, expect.stringContaining('Your account is disabled')]);
  });

  test('is one, after two first sign-ins of a person at once', async () => {
    const browsers = [scene.newBrowser(), scene.newBrowser()];
    await Promise.all(browsers.map((browser) => scene.signIn({}, '/login', browser)));
    expect(await Promise.all(browsers.map(isSignedIn))).toEqual([true, true]);
    expect(await find('eve-2')).toBeUndefined();
  });
});

test('signing out ends the session here, and shows a page that leads to the back end again', async () => {
  await scene.signIn();
  const done = await submit(scene.browser, '/wc-auth/v1/logout', {}, '_wpnonce');
  const page = await scene.browser.get(done.location);
  expect(page.body).toContain('You are signed out.');
  expect(page.body).toContain('/wc-auth/v1/sign-in/handover');
  expect(await isSignedIn(scene.browser)).toBe(false);
});
