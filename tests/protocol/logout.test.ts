import { grant, ask, openConsent } from '../support/grant-scene';
import { textOf } from '../support/html-forms';
import { without, type HttpBrowser } from '../support/http-browser';
import { startHttpsReceiver } from '../support/https-receiver';
import { isSignedIn, startTestStore, type TestStore } from '../support/test-store';

const LOGOUT = '/wc-auth/v1/logout';
const AFTER = '/login?logged_out=1';

let store: TestStore;
let manager: HttpBrowser;
beforeAll(async () => (store = await startTestStore()));
beforeEach(async () => (manager = await store.signIn()));
afterAll(() => store.close());

/** The fields of the page that asks. */
const asked = async (browser = manager, target = LOGOUT) =>
  (await browser.get(target)).form('_wpnonce').fields;

describe('GET asks and never logs out', () => {
  test('with Log out and Cancel', async () => {
    const page = await manager.get(LOGOUT);
    expect([page.status, textOf(page.body)]).toEqual([
      200,
      expect.stringContaining('Do you really want to log out?'),
    ]);
    const form = page.form('_wpnonce');
    expect(form).toMatchObject({ action: LOGOUT, method: 'post' });
    expect(form.buttons[0]?.classes).toContain('wc-auth-logout');
    expect(page.body).toMatch(/href="\/[^"]*">Cancel</);
    expect(await isSignedIn(manager)).toBe(true);
  });

  test('not even with the nonce in the query, nor does HEAD', async () => {
    const query = new URLSearchParams(await asked()).toString();
    for (const method of ['GET', 'HEAD']) await manager.send(method, `${LOGOUT}?${query}`);
    expect(await isSignedIn(manager)).toBe(true);
  });

  test('leads who is not signed in to the login page', async () => {
    const answer = await store.browser().get(LOGOUT);
    expect([answer.status, answer.location]).toEqual([302, `${store.url}/login`]);
  });

  test.each([
    `${LOGOUT}/`,
    '/wc-auth/v1/Logout',
    `/index.php${LOGOUT}`,
    '/?wc-auth-version=1&wc-auth-route=logout',
  ])('under %s too, without the five parameters', async (target) => {
    expect(textOf((await manager.get(target)).body)).toContain('Do you really want to log out?');
  });
});

describe('POST with the page’s nonce', () => {
  test('ends the session, takes the cookie away and goes on with 303', async () => {
    const before = manager.copy();
    const answer = await manager.post(LOGOUT, await asked());
    expect([answer.status, answer.location]).toEqual([303, store.url + AFTER]);
    // That this browser has signed in before is not forgotten: it is what keeps strangers from locking its owner out.
    expect([...manager.cookies.keys()]).toEqual(['wc_auth_known_browser']);
    expect(await isSignedIn(before)).toBe(false);
    expect(textOf((await manager.get(answer.location)).body)).toContain('You are logged out.');
  });

  test('ends this browser’s session alone', async () => {
    const other = await store.signIn();
    await manager.post(LOGOUT, await asked());
    expect(await isSignedIn(other)).toBe(true);
  });

  test('with everywhere ends all of this user’s sessions, and nobody else’s', async () => {
    await store.addUser('colleague', 'shop_manager');
    const [other, colleague] = [await store.signIn(), await store.signIn('colleague')];
    await manager.post(LOGOUT, { ...(await asked()), everywhere: '1' });
    expect([await isSignedIn(other), await isSignedIn(colleague)]).toEqual([false, true]);
  });

  test('leaves app keys untouched', async () => {
    const app = await startHttpsReceiver();
    await grant(manager, ask({ callback_url: app.url() }));
    await manager.post(LOGOUT, { ...(await asked()), everywhere: '1' });
    expect(await store.app.consumerKeys.list()).toHaveLength(1);
    await app.stop();
  });

  test('a second time, when the session is gone, goes on just the same', async () => {
    const fields = await asked();
    const tab = manager.copy();
    await manager.post(LOGOUT, fields);
    const answer = await tab.post(LOGOUT, fields);
    expect([answer.status, answer.location]).toEqual([303, store.url + AFTER]);
  });

  test('is written down', async () => {
    await manager.post(LOGOUT, { ...(await asked()), everywhere: '1' });
    const [entry] = await store.app.audit.list(1);
    expect(entry).toMatchObject({
      event: 'session.signed_out',
      login: 'manager',
      detail: { everywhere: true },
    });
  });
});

describe('a wrong nonce', () => {
  test.each(['', 'wrong', undefined])('(%j) is 403 and logs nobody out', async (nonce) => {
    const rest = without(await asked(), '_wpnonce');
    const answer = await manager.post(LOGOUT, nonce === undefined ? rest : { ...rest, _wpnonce: nonce });
    expect(answer.status).toBe(403);
    expect(await isSignedIn(manager)).toBe(true);
  });

  test('one of another session is one', async () => {
    const answer = await manager.post(LOGOUT, await asked(await store.signIn()));
    expect([answer.status, await isSignedIn(manager)]).toEqual([403, true]);
  });

  test('one of a consent page is one', async () => {
    const { nonce } = await openConsent(manager, ask());
    expect((await manager.post(LOGOUT, { _wpnonce: nonce })).status).toBe(403);
  });

  test('one that stands in the query is one', async () => {
    const { _wpnonce: nonce = '' } = await asked();
    const answer = await manager.post(`${LOGOUT}?_wpnonce=${nonce}`, {});
    expect([answer.status, await isSignedIn(manager)]).toEqual([403, true]);
  });
});

describe('redirect_to leads to own paths only', () => {
  const own: readonly [string, string][] = [
    ['/login', '/login'],
    ['/login?x=%2F&y=a+b', '/login?x=%2F&y=a+b'],
    ['/', '/'],
    ['/a/../login', '/login'],
    [
      '/wc-auth/v1/login?return_url=https%3A%2F%2Fapp.example',
      '/wc-auth/v1/login?return_url=https%3A%2F%2Fapp.example',
    ],
    ['/?next=//evil.example', '/?next=//evil.example'],
  ];
  test.each(own)('%s is one', async (target, expected) => {
    const fields = await asked(manager, `${LOGOUT}?redirect_to=${encodeURIComponent(target)}`);
    expect(fields['redirect_to']).toBe(expected);
    expect((await manager.post(LOGOUT, fields)).location).toBe(store.url + expected);
  });

  const foreign = [
    'https://evil.example/',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '\t//evil.example',
    ' //evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    'login',
    '@evil.example',
    ':80@evil.example',
    '.evil.example',
    '',
    '/ok\r\nLocation: https://evil.example',
    '/\u0000/evil.example',
    'http:/evil.example',
    'http:evil.example',
  ];
  test.each(foreign)('%j is none', async (target) => {
    const { _wpnonce: nonce = '', redirect_to: offered } = await asked(
      manager,
      `${LOGOUT}?redirect_to=${encodeURIComponent(target)}`,
    );
    expect(offered).toBeUndefined();
    const answer = await manager.post(LOGOUT, { _wpnonce: nonce, redirect_to: target });
    expect([answer.status, answer.location]).toEqual([303, store.url + AFTER]);
  });

  test('a path that turns into another host once it is tidied up stays on this one', async () => {
    for (const target of ['/..//evil.example', '/.//evil.example', '/a/..//evil.example']) {
      const browser = await store.signIn();
      const fields = await asked(browser);
      const { location } = await browser.post(LOGOUT, { ...fields, redirect_to: target });
      expect(new URL(location).origin).toBe(new URL(store.url).origin);
    }
  });
});
