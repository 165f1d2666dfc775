import type { HttpBrowser } from '../support/http/http-browser';
import { filled, seedKey } from '../support/scenes/console-scene';
import { startAssertionIssuer, type AssertionIssuer } from '../support/sign-in/assertion-issuer';
import {
  ADA,
  ASSERTION_ENV,
  behindProxy,
  countsOf,
  enteredBrowser,
  PROXY_ENV,
  rejectionsIn,
} from '../support/sign-in/proxy-scene';
import {
  fakeClock,
  isSignedIn,
  startTestStore,
  type Clock,
  type TestStore,
} from '../support/store/test-store';

const LOGOUT = 'https://proxy.corp.test/sign-out';
const MINUTE = 60_000;
const freshLink = (path: string) =>
  `/wc-auth/v1/sign-in/proxy?again=1&redirect_to=${encodeURIComponent(path)}`;

let store: TestStore;
let clock: Clock;
let issuer: AssertionIssuer;
beforeEach(async () => {
  clock = fakeClock();
  issuer = await startAssertionIssuer(clock);
});
afterEach(async () => {
  await Promise.all([store.close(), issuer.close()]);
});

async function start(env: Record<string, string>): Promise<void> {
  store = await startTestStore({ env, clock });
}

/** Raises the permissions of a key, which needs a fresh sign-in. Returns whether it was done. */
async function raises(browser: HttpBrowser): Promise<boolean> {
  const { keyId } = await seedKey(store, { owner: 'ada', permissions: 'read' });
  const page = await browser.get(`/keys/${keyId}`);
  const form = page.form('description');
  const answer = await browser.post(form.action, filled(form, { permissions: 'read_write' }));
  return answer.status === 303;
}

describe('with headers alone', () => {
  test('a sensitive change asks for a fresh sign-in, and goes through after the proxy’s sign-out', async () => {
    await start({ ...PROXY_ENV, AUTH_PROXY_LOGOUT_URL: LOGOUT });
    const browser = await enteredBrowser(store, ADA);
    expect(await raises(browser)).toBe(false);
    const left = await browser.get(freshLink('/keys?x=1'));
    expect([left.status, left.location]).toEqual([302, LOGOUT]);
    expect(await isSignedIn(browser)).toBe(false);
    const back = await browser.get('/login');
    expect([back.status, back.location]).toEqual([302, `${store.url}/keys?x=1`]);
    expect(await raises(browser)).toBe(true);
    clock.pass(5 * MINUTE);
    expect(await raises(browser)).toBe(false);
  });

  test('an attempt counts once', async () => {
    await start({ ...PROXY_ENV, AUTH_PROXY_LOGOUT_URL: LOGOUT });
    const browser = await enteredBrowser(store, ADA);
    await browser.get(freshLink('/keys'));
    const other = browser.copy();
    await Promise.all([browser.get('/login'), other.get('/login')]);
    expect([await raises(browser), await raises(other)].filter(Boolean)).toHaveLength(1);
  });

  test('an attempt of another browser does not count', async () => {
    await start({ ...PROXY_ENV, AUTH_PROXY_LOGOUT_URL: LOGOUT });
    await (await enteredBrowser(store, ADA)).get(freshLink('/keys'));
    const other = await enteredBrowser(store, ADA);
    expect(await raises(other)).toBe(false);
  });

  test('an attempt ends after 15 minutes', async () => {
    await start({ ...PROXY_ENV, AUTH_PROXY_LOGOUT_URL: LOGOUT });
    const browser = await enteredBrowser(store, ADA);
    await browser.get(freshLink('/keys'));
    clock.pass(15 * MINUTE);
    expect((await browser.get('/login')).location).toBe(`${store.url}/`);
    expect(await raises(browser)).toBe(false);
  });

  test('a page says what to configure if there is no AUTH_PROXY_LOGOUT_URL', async () => {
    await start(PROXY_ENV);
    const browser = await enteredBrowser(store, ADA);
    const page = await browser.get(freshLink('/keys'));
    expect(page.status).toBe(403);
    expect(page.body).toContain('AUTH_PROXY_LOGOUT_URL');
    expect(await isSignedIn(browser)).toBe(true);
    expect(rejectionsIn(store)).toEqual([{ way: 'proxy', reason: 'no_fresh_way' }]);
  });

  test('a link on another site does not sign anyone out', async () => {
    await start({ ...PROXY_ENV, AUTH_PROXY_LOGOUT_URL: LOGOUT });
    const browser = await enteredBrowser(store, ADA);
    const page = await browser.get(freshLink('/keys'), { 'sec-fetch-site': 'cross-site' });
    expect(page.status).toBe(400);
    expect(await isSignedIn(browser)).toBe(true);
  });
});

describe('with a signed assertion', () => {
  const named = async (claims: Record<string, unknown> = {}) => ({
    'X-Assertion': await issuer.sign({ claims }),
  });
  const seconds = () => Math.floor(clock() / 1000);
  let browser: HttpBrowser;
  beforeEach(async () => {
    await start({ ...ASSERTION_ENV, ...issuer.env, AUTH_PROXY_LOGOUT_URL: LOGOUT });
    browser = store.browser();
    const first = behindProxy(browser, await named({ auth_time: seconds() }));
    await first.get('/login');
    clock.pass(MINUTE);
    await first.get(freshLink('/keys'));
  });

  test.each<[string, number]>([
    ['of the moment', 0],
    ['of the proxy’s clock, which is a little behind', -4],
    ['of the proxy’s clock, which is a little ahead', 4],
  ])('a sign-in at a time %s is fresh', async (_, difference) => {
    const at = seconds() + difference;
    const back = behindProxy(browser, await named({ auth_time: at }));
    expect((await back.get('/login')).location).toBe(`${store.url}/keys`);
    expect(await raises(back)).toBe(true);
  });

  test('the time of the assertion counts if it has no auth_time', async () => {
    const back = behindProxy(browser, await named());
    expect((await back.get('/login')).location).toBe(`${store.url}/keys`);
    expect(await raises(back)).toBe(true);
  });

  test.each<[string, Record<string, unknown>]>([
    ['the proxy did not ask for the password', { auth_time: -MINUTE / 1000 }],
    ['the attempt began after the sign-in', { auth_time: -6 }],
    ['the assertion has no time', { auth_time: undefined, iat: undefined }],
    ['the time is not a number', { auth_time: 'now', iat: undefined }],
  ])('a page says that the sign-in is not fresh if %s', async (_, times) => {
    const claims = Object.fromEntries(
      Object.entries(times).map(([name, value]) => [
        name,
        typeof value === 'number' ? seconds() + value : value,
      ]),
    );
    const back = behindProxy(browser, await named(claims));
    const page = await back.get('/login');
    expect(page.status).toBe(403);
    expect(page.body).toContain('did not ask you');
    expect(rejectionsIn(store)).toEqual([{ way: 'proxy', reason: 'not_fresh' }]);
    expect(await countsOf(store)).toMatchObject({ sessions: 0 });
  });

  test('a sign-in that was fresh when the attempt began, and came back late, is not', async () => {
    const assertion = await issuer.sign({ claims: { auth_time: seconds(), exp: seconds() + 3600 } });
    clock.pass(5 * MINUTE + 1000);
    const back = behindProxy(browser, { 'X-Assertion': assertion });
    expect((await back.get('/login')).status).toBe(403);
  });
});
