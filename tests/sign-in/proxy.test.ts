import http from 'node:http';
import { metricsEndpoint } from '../../server/operations/metrics-endpoint';
import type { HttpBrowser } from '../support/http/http-browser';
import { startHttpsReceiver } from '../support/http/https-receiver';
import { ask, grant, route } from '../support/scenes/grant-scene';
import { seedKey, submit } from '../support/scenes/console-scene';
import { basicHeader } from '../support/scenes/rest-scene';
import { ADA, behindProxy, BOB, countsOf, enteredBrowser, PROXY_ENV } from '../support/sign-in/proxy-scene';
import { isSignedIn, startTestStore, type TestStore } from '../support/store/test-store';

let store: TestStore;
beforeEach(async () => {
  store = await startTestStore({
    env: { ...PROXY_ENV, AUTH_PROXY_LOGOUT_URL: 'https://proxy.corp.test/sign-out' },
  });
});
afterEach(() => store.close());

describe('a person whom the proxy names', () => {
  test('is led from an app’s link to the consent page without a page in between, and grants a key', async () => {
    const receiver = await startHttpsReceiver();
    const browser = behindProxy(store.browser(), ADA);
    const asked = ask({ callback_url: receiver.url('/cb'), app_name: 'Zoë & Söhne' });
    const authorize = route('authorize', asked);
    const login = (await browser.get(authorize)).location;
    const begun = await browser.get(login);
    expect([begun.status, begun.location]).toEqual([302, store.url + authorize]);
    const granted = await grant(browser, asked);
    expect(granted.location).toBe('https://app.example/done?success=1&user_id=42');
    expect(receiver.received('/cb')).toHaveLength(1);
    expect((await store.app.audit.list(1))[0]).toMatchObject({ event: 'grant.approved', login: 'ada' });
    await receiver.stop();
  });

  test('gets an account with the role of the group with the most rights, and keeps it', async () => {
    const person = { ...ADA, 'Remote-Groups': 'shoppers,  ops ,guests' };
    await enteredBrowser(store, person);
    const first = await store.userOf('ada');
    expect(first).toMatchObject({ role: 'shop_manager', email: 'ada@corp.test', name: 'Ada Lovelace' });
    await enteredBrowser(store, { ...person, 'Remote-Groups': 'store-admins' });
    expect(await store.userOf('ada')).toEqual({ ...first, role: 'administrator' });
    expect(await store.app.audit.list(4)).toMatchObject([
      { event: 'session.signed_in', login: 'ada', detail: { way: 'proxy' } },
      { event: 'user.role_changed', detail: { by: 'sign-in', from: 'shop_manager', to: 'administrator' } },
      { event: 'session.signed_in' },
      { event: 'user.added', login: 'ada' },
    ]);
  });

  test('gets one account if several tabs sign in for the first time at once', async () => {
    const tabs = Array.from({ length: 12 }, () => behindProxy(store.browser(), ADA));
    const answers = await Promise.all(tabs.map((tab) => tab.get('/login')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([302]));
    expect(await countsOf(store)).toMatchObject({ external: 1, sessions: 12 });
  });

  test('has the name that the proxy sends as UTF-8', async () => {
    const name = Buffer.from('Zoë Łódź 李').toString('latin1');
    await enteredBrowser(store, { ...ADA, 'Remote-Name': name });
    expect((await store.userOf('ada')).name).toBe('Zoë Łódź 李');
  });

  test('keeps the account when the email address changes', async () => {
    await enteredBrowser(store, ADA);
    const { userId } = await store.userOf('ada');
    await enteredBrowser(store, { ...ADA, 'Remote-Email': 'ada@new.test' });
    expect(await store.userOf('ada')).toMatchObject({ userId, email: 'ada@new.test' });
  });

  test('goes on to the proxy’s sign-out after signing out', async () => {
    const browser = await enteredBrowser(store, ADA);
    const question = await browser.get('/wc-auth/v1/logout');
    const page = await browser.post('/wc-auth/v1/logout', question.form('_wpnonce').fields);
    expect(page.body).toContain('href="https://proxy.corp.test/sign-out"');
    expect(await isSignedIn(browser)).toBe(false);
  });
});

describe('a session of a proxy’s header', () => {
  let browser: HttpBrowser;
  let bare: HttpBrowser;
  beforeEach(async () => {
    bare = store.browser();
    browser = behindProxy(bare, ADA);
    await browser.get('/login');
  });
  const sessions = async () => (await countsOf(store)).sessions;

  test('goes on while the header names the person', async () => {
    expect((await browser.get('/keys')).status).toBe(200);
    expect((await browser.get('/')).location).toBe(`${store.url}/apps`);
    expect(await sessions()).toBe(1);
  });

  test.each<[string, (bare: HttpBrowser) => HttpBrowser]>([
    ['is missing', (bare) => bare],
    ['is empty', (bare) => behindProxy(bare, { ...ADA, 'Remote-User': '' })],
    ['names someone else', (bare) => behindProxy(bare, BOB)],
    ['is there twice', (bare) => behindProxy(bare, { ...ADA, 'Remote-User': ['ada', 'ada'] })],
    ['gives another role', (bare) => behindProxy(bare, { ...ADA, 'Remote-Groups': 'shoppers' })],
    ['gives no role', (bare) => behindProxy(bare, { ...ADA, 'Remote-Groups': '' })],
  ])('ends when the header %s', async (_, changed) => {
    const answer = await changed(bare).get('/keys');
    expect([answer.status, answer.location]).toEqual([302, expect.stringContaining('/login')]);
    expect(await sessions()).toBe(0);
    expect((await browser.get('/keys')).status).toBe(302);
  });

  test('survives a visit of the home page without the header, which shows nothing', async () => {
    expect((await bare.get('/')).status).toBe(302);
    expect((await browser.get('/keys')).status).toBe(200);
  });

  test('ends when SIGN_IN does not list the proxy any more', async () => {
    const other = await startTestStore({ folder: store.folder });
    expect((await behindProxy(other.browser(), ADA).get('/keys', cookiesOf(bare))).status).toBe(302);
    await other.close();
    expect((await browser.get('/keys')).status).toBe(302);
  });

  test('ends as soon as the person changes, and the next sign-in is the other person’s', async () => {
    const other = behindProxy(bare, BOB);
    expect((await other.get('/keys')).status).toBe(302);
    await other.get('/login');
    expect((await other.get('/account')).body).toContain('bob@corp.test');
  });
});

const cookiesOf = ({ cookies }: HttpBrowser) => ({
  cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
});

describe('the header of a trusted proxy', () => {
  test.each([
    ['GET', '/wp-json/wc/v3/products'],
    ['GET', '/?rest_route=/wc/v3/products'],
    ['GET', '/wc-api/v3/products'],
    ['GET', '/wc-auth/v1/verify'],
    ['POST', '/wc-auth/v1/revoke'],
    ['GET', '/healthz'],
    ['GET', '/readyz'],
    ['GET', '/.well-known/oauth-authorization-server'],
    ['GET', '/wc-auth/v1/logout'],
  ])('does not change the answer of %s %s', async (method, target) => {
    const headers = { 'x-forwarded-uri': '/wp-json/wc/v3/products', accept: 'application/json' };
    const [without, withHeader] = [
      await store.browser().send(method, target, { headers }),
      await store.browser().send(method, target, { headers: { ...headers, ...ADA } }),
    ];
    expect([withHeader.status, withHeader.body]).toEqual([without.status, without.body]);
    expect(withHeader.headers['set-cookie']).toBeUndefined();
    expect(await countsOf(store)).toMatchObject({ sessions: 0, external: 0 });
  });

  test('does not end a session or change the caller when a key revokes itself', async () => {
    const browser = await enteredBrowser(store, ADA);
    const key = await seedKey(store);
    const [name, value] = basicHeader(key);
    const revoked = await store.browser().post('/wc-auth/v1/revoke', '', {
      // Over plain HTTP a secret is rejected, and over HTTPS the cookie has another name.
      'x-forwarded-proto': 'https',
      cookie: cookiesOf(browser).cookie.replaceAll('wc_auth_', '__Host-wc_auth_'),
      ...BOB,
      [name]: value,
    });
    expect(revoked.status).toBe(200);
    expect((await store.app.audit.list(1))[0]).toMatchObject({ event: 'key.revoked', detail: { by: 'app' } });
    expect((await browser.get('/keys')).status).toBe(200);
  });

  test('does not revoke keys without a session', async () => {
    const key = await seedKey(store);
    const answer = await behindProxy(store.browser(), BOB).post('/wc-auth/v1/revoke', {
      key_id: String(key.keyId),
    });
    expect(answer.status).toBe(401);
  });

  test('does not change the metrics', async () => {
    const server = http.createServer(metricsEndpoint(store.app.metrics));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const answer = await behindProxy(store.browser(`http://127.0.0.1:${port}`), ADA).get('/metrics');
    expect(answer.body).toContain('wc_auth');
    expect(answer.body).not.toContain('ada');
    server.close();
  });
});

describe('with proxy and local in SIGN_IN', () => {
  beforeEach(async () => {
    await store.close();
    store = await startTestStore({ env: { ...PROXY_ENV, SIGN_IN: 'proxy,local' } });
  });

  test('the page offers both, and the button signs in', async () => {
    const browser = behindProxy(store.browser(), ADA);
    const page = await browser.get('/login?redirect_to=/history');
    expect(page.body).toContain('name="password"');
    const [, href = ''] = /href="([^"]*\/sign-in\/proxy[^"]*)"/.exec(page.body) ?? [];
    const entered = await browser.get(href.replaceAll('&amp;', '&'));
    expect([entered.status, entered.location]).toEqual([302, `${store.url}/history`]);
  });

  test('a session of a password does not depend on the header', async () => {
    const browser = await store.signInByForm();
    expect((await behindProxy(browser, ADA).get('/keys')).status).toBe(200);
    expect((await browser.get('/keys')).status).toBe(200);
  });
});

test('a person who signs out without AUTH_PROXY_LOGOUT_URL sees that, and is not signed in again at once', async () => {
  await store.close();
  store = await startTestStore({ env: PROXY_ENV });
  const browser = await enteredBrowser(store, ADA);
  const done = await submit(browser, '/wc-auth/v1/logout', {}, '_wpnonce');
  const page = await browser.get(done.location);
  expect(page.body).toContain('You are signed out.');
  expect(await isSignedIn(browser)).toBe(false);
});
