import { grant, ask, openConsent } from '../support/scenes/grant-scene';
import { textOf } from '../support/http/html-forms';
import { without, type HttpBrowser } from '../support/http/http-browser';
import { startHttpsReceiver } from '../support/http/https-receiver';
import { isSignedIn, startTestStore, type TestStore } from '../support/store/test-store';

const LOGOUT = '/wc-auth/v1/logout';
const AFTER = '/login?logged_out=1';

let store: TestStore;
let manager: HttpBrowser;
beforeAll(async () => (store = await startTestStore()));
beforeEach(async () => (manager = await store.signInByForm()));
afterAll(() => store.close());

/** Returns the fields of the confirmation page. */
const asked = async (browser = manager, target = LOGOUT) =>
  (await browser.get(target)).form('_wpnonce').fields;

describe('a GET of the sign-out page', () => {
  test('asks with two buttons and keeps the session', async () => {
    const page = await manager.get(LOGOUT);
    expect([page.status, textOf(page.body)]).toEqual([
      200,
      expect.stringContaining('Do you want to sign out?'),
    ]);
    const form = page.form('_wpnonce');
    expect(form).toMatchObject({ action: LOGOUT, method: 'post' });
    expect(form.buttons[0]?.classes).toContain('wc-auth-logout');
    expect(page.body).toMatch(/href="\/[^"]*">Cancel</);
    expect(await isSignedIn(manager)).toBe(true);
  });

  test('keeps the session even with the nonce in the query, as HEAD does', async () => {
    const query = new URLSearchParams(await asked()).toString();
    for (const method of ['GET', 'HEAD']) await manager.send(method, `${LOGOUT}?${query}`);
    expect(await isSignedIn(manager)).toBe(true);
  });

  test('redirects an anonymous visitor to the login page', async () => {
    const answer = await store.browser().get(LOGOUT);
    expect([answer.status, answer.location]).toEqual([302, `${store.url}/login`]);
  });

  test.each([
    `${LOGOUT}/`,
    '/wc-auth/v1/Logout',
    `/index.php${LOGOUT}`,
    '/?wc-auth-version=1&wc-auth-route=logout',
  ])('works under %s, without the five parameters', async (target) => {
    expect(textOf((await manager.get(target)).body)).toContain('Do you want to sign out?');
  });
});

describe('a POST with the nonce of the sign-out page', () => {
  test('ends the session, deletes its cookie and redirects with 303', async () => {
    const before = manager.copy();
    const answer = await manager.post(LOGOUT, await asked());
    expect([answer.status, answer.location]).toEqual([303, store.url + AFTER]);
    // The cookie of a known browser stays: it keeps strangers from locking the owner out.
    expect([...manager.cookies.keys()]).toEqual(['wc_auth_known_browser']);
    expect(await isSignedIn(before)).toBe(false);
    expect(textOf((await manager.get(answer.location)).body)).toContain('You are signed out.');
  });

  test('ends only the session of this browser', async () => {
    const other = await store.signInByForm();
    await manager.post(LOGOUT, await asked());
    expect(await isSignedIn(other)).toBe(true);
  });

  test('ends all sessions of this user, and no other user’s, with everywhere=1', async () => {
    await store.addUser('colleague', 'shop_manager');
    const [other, colleague] = [await store.signInByForm(), await store.signInByForm('colleague')];
    await manager.post(LOGOUT, { ...(await asked()), everywhere: '1' });
    expect([await isSignedIn(other), await isSignedIn(colleague)]).toEqual([false, true]);
  });

  test('keeps the keys of apps', async () => {
    const app = await startHttpsReceiver();
    await grant(manager, ask({ callback_url: app.url() }));
    await manager.post(LOGOUT, { ...(await asked()), everywhere: '1' });
    expect(await store.app.consumerKeys.list()).toHaveLength(1);
    await app.stop();
  });

  test('gets the same answer a second time, when the session is gone', async () => {
    const fields = await asked();
    const tab = manager.copy();
    await manager.post(LOGOUT, fields);
    const answer = await tab.post(LOGOUT, fields);
    expect([answer.status, answer.location]).toEqual([303, store.url + AFTER]);
  });

  test('writes an audit entry', async () => {
    await manager.post(LOGOUT, { ...(await asked()), everywhere: '1' });
    const [entry] = await store.app.audit.list(1);
    expect(entry).toMatchObject({
      event: 'session.signed_out',
      login: 'manager',
      detail: { everywhere: true },
    });
  });
});

describe('a wrong nonce on the sign-out page', () => {
  test.each(['', 'wrong', undefined])('(%j) gets 403 and keeps the session', async (nonce) => {
    const rest = without(await asked(), '_wpnonce');
    const answer = await manager.post(LOGOUT, nonce === undefined ? rest : { ...rest, _wpnonce: nonce });
    expect(answer.status).toBe(403);
    expect(await isSignedIn(manager)).toBe(true);
  });

  test('may be one of another session', async () => {
    const answer = await manager.post(LOGOUT, await asked(await store.signInByForm()));
    expect([answer.status, await isSignedIn(manager)]).toEqual([403, true]);
  });

  test('may be one of a consent page', async () => {
    const { nonce } = await openConsent(manager, ask());
    expect((await manager.post(LOGOUT, { _wpnonce: nonce })).status).toBe(403);
  });

  test('may be a valid one in the query', async () => {
    const { _wpnonce: nonce = '' } = await asked();
    const answer = await manager.post(`${LOGOUT}?_wpnonce=${nonce}`, {});
    expect([answer.status, await isSignedIn(manager)]).toEqual([403, true]);
  });
});

describe('redirect_to on the sign-out page', () => {
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
  test.each(own)('accepts the own path %s', async (target, expected) => {
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
  test.each(foreign)('ignores %j, which is not a path of the store', async (target) => {
    const { _wpnonce: nonce = '', redirect_to: offered } = await asked(
      manager,
      `${LOGOUT}?redirect_to=${encodeURIComponent(target)}`,
    );
    expect(offered).toBeUndefined();
    const answer = await manager.post(LOGOUT, { _wpnonce: nonce, redirect_to: target });
    expect([answer.status, answer.location]).toEqual([303, store.url + AFTER]);
  });

  test('stays on this host for a path that would become another host after normalization', async () => {
    for (const target of ['/..//evil.example', '/.//evil.example', '/a/..//evil.example']) {
      const browser = await store.signInByForm();
      const fields = await asked(browser);
      const { location } = await browser.post(LOGOUT, { ...fields, redirect_to: target });
      expect(new URL(location).origin).toBe(new URL(store.url).origin);
    }
  });
});
