import { freeLogin } from '../../server/users/free-login';
import { parseRoleMapping, roleOf } from '../../server/users/role-mapping';
import { textOf } from '../support/http/html-forms';
import { fakeClock, isSignedIn, startTestStore, type TestStore } from '../support/store/test-store';

// What all ways of signing in through another system share.

const HANDOVER = { SIGN_IN_URL: 'https://back.example/sign-in?from=store', HANDOVER_SECRET: 's'.repeat(32) };
const OIDC = {
  OIDC_ISSUER: 'https://id.example',
  OIDC_CLIENT_ID: 'store',
  OIDC_CLIENT_SECRET: 'secret',
  OIDC_ROLES: 'ops=shop_manager',
};
const GRANT =
  'app_name=Parcels&scope=read&user_id=42&return_url=https%3A%2F%2Fapp.example%2Fdone&callback_url=https%3A%2F%2Fapp.example%2Fcb';

let store: TestStore;
afterEach(() => store.close());

describe('the sign-in page', () => {
  test.each([
    ['oidc,handover,local', ['company account', 'Tea account', 'Username']],
    ['local,handover', ['Username', 'Tea account']],
    ['handover,oidc', ['Tea account', 'company account']],
  ])('shows SIGN_IN=%s in this order, with and without a grant', async (ways, order) => {
    store = await startTestStore({ env: { ...HANDOVER, ...OIDC, SIGN_IN: ways, STORE_NAME: 'Tea' } });
    for (const path of ['/login', `/wc-auth/v1/login?${GRANT}`]) {
      const text = textOf((await store.browser().get(path)).body);
      const places = order.map((words) => text.indexOf(words));
      expect(places).not.toContain(-1);
      expect(places).toEqual([...places].sort((one, other) => one - other));
      expect(text.includes('Username')).toBe(ways.includes('local'));
    }
  });

  test('is skipped for a single external way, except after a sign-out and after a lost form', async () => {
    store = await startTestStore({ env: { ...HANDOVER, SIGN_IN: 'handover' } });
    const browser = store.browser();
    for (const path of ['/login', `/wc-auth/v1/login?${GRANT}`]) {
      const { status, location } = await browser.get(path);
      expect([status, location.startsWith('https://back.example/sign-in?from=store')]).toEqual([302, true]);
    }
    expect(textOf((await browser.get('/login?logged_out=1')).body)).toContain('You are signed out.');
    expect(textOf((await browser.get('/login?form_lost=1')).body)).toContain('the form was not sent');
  });

  test('takes no password if SIGN_IN does not list local, and a session of a password ends', async () => {
    store = await startTestStore({ env: { ...HANDOVER, SIGN_IN: 'handover,local' } });
    const browser = await store.signIn();
    expect(await isSignedIn(browser)).toBe(true);
    const { fields } = (await store.browser().get('/login')).form('username');
    const strict = await startTestStore({
      env: { ...HANDOVER, SIGN_IN: 'handover' },
      folder: store.folder,
    });
    try {
      const answer = await strict.browser().post('/login', { ...fields, username: 'manager', password: 'x' });
      expect([answer.status, textOf(answer.body)]).toEqual([
        403,
        expect.stringContaining('You cannot sign in with a password'),
      ]);
      expect(await isSignedIn(await strict.signIn())).toBe(false);
    } finally {
      await strict.app.close();
      await strict.close();
    }
  });
});

describe('attempts', () => {
  test('of one network are limited, and the limit ends', async () => {
    const clock = fakeClock();
    store = await startTestStore({ clock, env: { ...HANDOVER, SIGN_IN: 'handover' } });
    const browser = store.browser();
    const begin = async () => (await browser.get('/wc-auth/v1/sign-in/handover')).status;
    for (let begun = 0; begun < 300; begun++) expect(await begin()).toBe(302);
    const answer = await browser.get('/wc-auth/v1/sign-in/handover');
    expect([answer.status, Number(answer.headers['retry-after'])]).toEqual([429, expect.any(Number)]);
    clock.pass(15 * 60_000);
    expect(await begin()).toBe(302);
  });

  test('and used tokens are removed when they have expired', async () => {
    const clock = fakeClock();
    store = await startTestStore({ clock, env: { ...HANDOVER, SIGN_IN: 'handover' } });
    await store.browser().get('/wc-auth/v1/sign-in/handover');
    const { knex } = store.database;
    await knex('used_tokens').insert({ token_hash: 'x', expires_at: clock() + 1_000 });
    const left = async () => [
      (await knex('sign_in_attempts').select()).length,
      (await knex('used_tokens').select()).length,
    ];
    await store.app.janitor.round();
    expect(await left()).toEqual([1, 1]);
    clock.pass(15 * 60_000);
    await store.app.janitor.round();
    expect(await left()).toEqual([0, 0]);
  });
});

describe('without a store of its own', () => {
  beforeEach(async () => {
    store = await startTestStore();
  });

  test('a way that SIGN_IN does not list has no URL', async () => {
    for (const path of ['/wc-auth/v1/sign-in/oidc', '/wc-auth/v1/oidc/callback', '/wc-auth/v1/handover'])
      expect((await store.browser().get(path)).status).toBe(401);
  });

  test.each([
    [
      'store-admins=administrator,ops=shop_manager',
      [
        ['store-admins', 'administrator'],
        ['ops', 'shop_manager'],
      ],
    ],
    [' a = customer ', [['a', 'customer']]],
    ['cn=ops,ou=x', undefined],
    ['cn=ops=shop_manager', [['cn=ops', 'shop_manager']]],
    ['ops=emperor', undefined],
    ['ops', undefined],
    ['=administrator', undefined],
    ['ops=customer,ops=administrator', undefined],
  ])('the roles %j are %j', (text, mapping) => {
    const parsed = parseRoleMapping(text);
    expect(parsed && [...parsed]).toEqual(mapping);
  });

  test('of several groups, the role with the most rights counts', () => {
    const mapping = parseRoleMapping('a=customer,b=administrator,c=shop_manager') ?? new Map();
    expect([roleOf(['a', 'c', 'b'], mapping), roleOf(['c', 'a'], mapping), roleOf(['x'], mapping)]).toEqual([
      'administrator',
      'shop_manager',
      undefined,
    ]);
  });

  test.each([
    ['tom', [], 'tom'],
    ['tom', ['tom'], 'tom-2'],
    ['tom', ['tom', 'tom-2', 'tom-3'], 'tom-4'],
    ['tom@shop.example', [], 'tom'],
    ['<b>Ünal</b>', [], 'b-Ünal-b-'],
    ['@shop.example', [], 'user'],
    ['***', [], 'user'],
    ['x'.repeat(90), [], 'x'.repeat(54)],
  ])('the login of %j beside %j is %j', async (name, taken, login) => {
    expect(await freeLogin(name, (one) => Promise.resolve(taken.includes(one as never)))).toBe(login);
  });
});
