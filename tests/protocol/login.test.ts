import { ask, route } from '../support/scenes/grant-scene';
import { linkHref, textOf } from '../support/http/html-forms';
import type { HttpBrowser } from '../support/http/http-browser';
import { isSignedIn, MANAGER, PASSWORD, startTestStore, type TestStore } from '../support/store/test-store';

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore();
  await store.addUser('shopper', 'customer');
  const { userId } = await store.addUser('disabled', 'administrator');
  await store.app.users.setDisabled(userId, Date.now());
});
afterAll(() => store.close());

const WRONG = 'Wrong username or password.';
const LOGIN = route('login', ask());

/** Fills in the form of a sign-in page and sends it. */
async function submit(browser: HttpBrowser, username: string, password = PASSWORD, page = '/login') {
  const { action, fields } = (await browser.get(page)).form('wc_auth_csrf');
  return browser.post(new URL(action, store.url).href, { ...fields, username, password });
}

describe('the login page of a grant', () => {
  test('shows the app, one form with a name and a password field, and a link to cancel', async () => {
    const page = await store.browser().get(LOGIN);
    expect(page.status).toBe(200);
    expect(textOf(page.body)).toContain(
      'An app that calls itself Parcel Pilot wants to connect to My store .',
    );
    expect(Object.keys(page.form('wc_auth_csrf').fields).sort()).toEqual([
      'password',
      'username',
      'wc_auth_csrf',
    ]);
    expect(linkHref(page.body, 'wc-auth-cancel')).toBe('https://app.example/done?success=0&user_id=42');
  });

  test('cancels to an app’s own scheme', async () => {
    const page = await store.browser().get(route('login', ask({ return_url: 'myapp://done#x' })));
    expect(linkHref(page.body, 'wc-auth-cancel')).toBe('myapp://done?success=0&user_id=42#x');
  });

  test('leads to authorize with the same parameters after the correct password', async () => {
    const browser = store.browser();
    const answer = await submit(browser, MANAGER, PASSWORD, LOGIN);
    expect([answer.status, answer.location]).toEqual([302, store.url + route('authorize', ask())]);
    expect((await browser.get(answer.location)).body).toContain('wc-auth-approve');
  });

  test.each([MANAGER, 'shopper'])('sends %s, who is already signed in, to authorize', async (login) => {
    const browser = await store.signInByForm(login);
    const answer = await browser.get(LOGIN);
    expect([answer.status, answer.location]).toEqual([302, store.url + route('authorize', ask())]);
  });

  test('stays open with status 200, an error and the same parameters after a wrong password', async () => {
    const browser = store.browser();
    const answer = await submit(browser, MANAGER, 'wrong password', LOGIN);
    expect([answer.status, textOf(answer.body)]).toEqual([200, expect.stringContaining(WRONG)]);
    expect(answer.form('wc_auth_csrf').action).toBe(LOGIN);
    expect(answer.form('wc_auth_csrf').fields).toMatchObject({ username: MANAGER, password: '' });
    const { action, fields } = answer.form('wc_auth_csrf');
    const then = await browser.post(action, { ...fields, username: MANAGER, password: PASSWORD });
    expect(then.status).toBe(302);
  });
});

describe('signing in', () => {
  test.each([MANAGER, 'MANAGER', ' manager ', 'manager@store.test', 'Manager@Store.Test'])(
    'accepts the login or the email address in any case: %j',
    async (username) => {
      const browser = store.browser();
      expect((await submit(browser, username)).status).toBe(302);
      expect(await isSignedIn(browser)).toBe(true);
    },
  );

  test('shows the same page for an unknown user, a wrong password and a disabled account', async () => {
    const rejected: readonly [string, string][] = [
      ['nobody', PASSWORD],
      [MANAGER, 'wrong password'],
      [MANAGER, ''],
      [MANAGER, PASSWORD.toUpperCase()],
      [MANAGER, ` ${PASSWORD}`],
      ['disabled', PASSWORD],
      ['', ''],
      ['x'.repeat(5000), PASSWORD],
      [MANAGER, 'x'.repeat(5000)],
      ['a\0b', 'c\0d'],
    ];
    for (const [username, password] of rejected) {
      const browser = store.browser();
      const answer = await submit(browser, username, password);
      expect([answer.status, textOf(answer.body)]).toEqual([200, expect.stringContaining(WRONG)]);
      expect([...browser.cookies.keys()]).toEqual(['wc_auth_sign_in']);
    }
  });

  test('never repeats the password, and escapes the name', async () => {
    const answer = await submit(store.browser(), '"><script>alert(1)</script>', 'hunter-two-hunter');
    expect(answer.body).not.toContain('hunter-two');
    expect(answer.body).not.toContain('<script>alert');
  });

  test('starts a new session instead of the one whose cookie the browser sent', async () => {
    const browser = store.browser();
    browser.cookies.set('wc_auth_session', 'planted');
    await submit(browser, MANAGER);
    expect(browser.cookies.get('wc_auth_session')).toMatch(/^[\w-]{43}$/);
  });

  test('ends the previous session of the same browser', async () => {
    const browser = await store.signInByForm();
    const old = browser.copy();
    // A second tab whose sign-in page was already open.
    const tab = store.browser();
    const { fields } = (await tab.get('/login')).form('wc_auth_csrf');
    for (const [name, value] of browser.cookies) tab.cookies.set(name, value);
    const answer = await tab.post('/login', { ...fields, username: 'shopper', password: PASSWORD });
    expect(answer.status).toBe(302);
    expect(tab.cookies.get('wc_auth_session')).not.toBe(old.cookies.get('wc_auth_session'));
    expect([await isSignedIn(old), await isSignedIn(tab)]).toEqual([false, true]);
    expect(textOf((await tab.get('/wc-auth/v1/logout')).body)).toContain('shopper');
  });

  test('does not end the session of another browser, and a wrong password ends no session', async () => {
    const [first, second] = [await store.signInByForm(), await store.signInByForm()];
    expect(await isSignedIn(first)).toBe(true);
    const tab = store.browser();
    const { fields } = (await tab.get('/login')).form('wc_auth_csrf');
    for (const [name, value] of second.cookies) tab.cookies.set(name, value);
    await tab.post('/login', { ...fields, username: MANAGER, password: 'wrong password' });
    expect(await isSignedIn(second)).toBe(true);
  });

  test('writes an audit entry for success and failure, without the name that was typed', async () => {
    await submit(store.browser(), 'my-password-by-mistake', PASSWORD);
    await store.signInByForm();
    const [right, wrong] = await store.app.audit.list(2);
    expect(right).toMatchObject({ event: 'session.signed_in', login: MANAGER, address: '127.0.0.1' });
    expect(wrong).toMatchObject({ event: 'session.sign_in_failed', address: '127.0.0.1', detail: {} });
    expect(JSON.stringify(wrong)).not.toContain('my-password');
  });
});

describe('/login without a grant', () => {
  test('has no cancel link and names no app', async () => {
    const { body } = await store.browser().get('/login');
    expect([linkHref(body, 'wc-auth-cancel'), body.includes('wants to connect')]).toEqual([undefined, false]);
  });

  test('is where / leads an anonymous visitor; both lead a signed-in user to the start page', async () => {
    const stranger = store.browser();
    expect((await stranger.get('/')).location).toBe(`${store.url}/login`);
    const manager = await store.signInByForm();
    const { status, location: home } = await manager.get('/');
    expect([status, home.startsWith(store.url), home.includes('/login')]).toEqual([302, true, false]);
    expect((await manager.get(home)).status).toBe(200);
    expect([home, `${store.url}/`]).toContain((await manager.get('/login')).location);
    expect([home, `${store.url}/`]).toContain((await submit(store.browser(), MANAGER)).location);
    expect((await stranger.get(home)).location).toMatch(new RegExp(`^${store.url}/login`));
  });

  test('leads to redirect_to, even after a wrong password', async () => {
    const browser = store.browser();
    const target = '/wc-auth/v1/logout?tab=1&x=%2F';
    const first = await submit(
      browser,
      MANAGER,
      'wrong password',
      `/login?redirect_to=${encodeURIComponent(target)}`,
    );
    const { action, fields } = first.form('wc_auth_csrf');
    expect(fields['redirect_to']).toBe(target);
    const answer = await browser.post(action, { ...fields, username: MANAGER, password: PASSWORD });
    expect(answer.location).toBe(store.url + target);
    const repeated = await browser.get(`/login?redirect_to=${encodeURIComponent(target)}`);
    expect(repeated.location).toBe(store.url + target);
  });

  test('says how to create the first administrator while there is no user', async () => {
    const empty = await startTestStore({ empty: true });
    const page = await empty.browser().get('/login');
    expect(textOf(page.body)).toContain('npx wc-auth init LOGIN --email ADDRESS');
    await empty.addUser('first', 'administrator');
    expect((await empty.browser().get('/login')).body).toContain('name="password"');
    await empty.close();
  });
});
