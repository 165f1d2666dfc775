import { httpBrowser } from '../support/http/http-browser';
import { PASSWORD, startTestStore, type TestStore } from '../support/store/test-store';

const COOKIE = 'wc_auth_known_browser';
const ENV = {
  TRUST_PROXY: 'loopback',
  SIGN_IN_FAILURES: '2',
  SIGN_IN_FAILURES_PER_ACCOUNT: '2',
};
const VICTIM = 'root@shop.test';

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore({ env: ENV });
  const add = (login: string, email: string) =>
    store.app.users.add({ login, email, role: 'customer', password: PASSWORD, now: Date.now() });
  await add('root', VICTIM);
  await add('attacker', `z:${VICTIM}`);
});
afterAll(() => store.close());

async function signIn(username: string, password: string, from: string, cookie?: string) {
  const browser = httpBrowser(store.url);
  if (cookie !== undefined) browser.cookies.set(COOKIE, cookie);
  const { fields } = (await browser.get('/login')).form('wc_auth_csrf');
  const headers = { 'x-forwarded-for': from };
  const { status } = await browser.post('/login', { ...fields, username, password }, headers);
  return { status, cookie: browser.cookies.get(COOKIE) };
}

test('rejects the cookie of an account at another account whose name is the end of the first', async () => {
  const own = await signIn('attacker', PASSWORD, '198.51.100.1');
  expect(own.status).toBe(302);
  const [id = '', ...proofs] = (own.cookie ?? '').split('.');
  expect(proofs).toHaveLength(2);
  // Moves the part before the colon from the name into the cookie's id.
  const forged = [`${id}:z`, ...proofs].join('.');

  for (const from of ['198.51.100.2', '198.51.100.3']) await signIn(VICTIM, 'a guess', from);
  expect((await signIn(VICTIM, 'a guess', '198.51.100.4')).status).toBe(429);
  expect((await signIn(VICTIM, 'a guess', '198.51.100.4', forged)).status).toBe(429);
  // The cookie itself is valid.
  for (const from of ['198.51.100.5', '198.51.100.6']) await signIn(`z:${VICTIM}`, 'a guess', from);
  expect((await signIn(`z:${VICTIM}`, PASSWORD, '198.51.100.7')).status).toBe(429);
  expect((await signIn(`z:${VICTIM}`, PASSWORD, '198.51.100.7', own.cookie)).status).toBe(302);
});
