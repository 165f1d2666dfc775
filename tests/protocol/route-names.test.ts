import { exchange, requestBytes } from '../support/http/raw-http';
import { encodeForm, type Answer } from '../support/http/http-browser';
import { ask } from '../support/scenes/grant-scene';
import { issueKey, signedTarget } from '../support/scenes/rest-scene';
import { textOf } from '../support/http/html-forms';
import { isSignedIn, startTestStore, type TestStore } from '../support/store/test-store';

const QUERY = encodeForm({ ...ask() });
const ALIASES = [
  `/wc-auth/v1/authorize?${QUERY}`,
  `/wc-auth/v1/authorize/?${QUERY}`,
  `/index.php/wc-auth/v1/authorize?${QUERY}`,
  `/index.php/wc-auth/v1/authorize/?${QUERY}`,
  `/wc-auth/v1/Authorize?${QUERY}`,
  `/WC-Auth/V1/AUTHORIZE?${QUERY}`,
  `/index.php/Wc-Auth/v1/AUTHORIZE/?${QUERY}`,
  `/?wc-auth-version=1&wc-auth-route=authorize&${QUERY}`,
  `/index.php?wc-auth-version=1&wc-auth-route=authorize&${QUERY}`,
  `/?${QUERY}&wc-auth-route=authorize&wc-auth-version=1`,
  `//wc-auth/v1/authorize?${QUERY}`,
  `////wc-auth/v1/authorize/?${QUERY}`,
  `//index.php//wc-auth/v1/authorize?${QUERY}`,
  `//?wc-auth-version=1&wc-auth-route=authorize&${QUERY}`,
];

/** Expects that the route answered: it redirects to the store's own login with the parameters. */
function expectLogin(answer: Answer, store: TestStore): void {
  expect(answer.status).toBe(302);
  expect(answer.location).toBe(`${store.url}/wc-auth/v1/login?${QUERY}`);
}

describe('the names WooCommerce gives to the routes', () => {
  let store: TestStore;
  beforeAll(async () => (store = await startTestStore()));
  afterAll(() => store.close());

  test.each(ALIASES)('reach authorize: %s', async (target) => {
    expectLogin(await store.browser().get(target), store);
  });

  test.each(['LOGIN', 'login/', 'Login'])(
    'include capitals and a final slash: /wc-auth/v1/%s is the sign-in page',
    async (name) => {
      const answer = await store.browser().get(`/wc-auth/v1/${name}?${QUERY}`);
      expect([answer.status, answer.body.includes('name="password"')]).toEqual([200, true]);
    },
  );

  test('reach authorize with a POST', async () => {
    const answer = await store.browser().post('/?wc-auth-version=1&wc-auth-route=authorize', { ...ask() });
    expectLogin(answer, store);
  });

  test.each(['nothing', 'authorize2', '', 'constructor', '__proto__', 'hasOwnProperty'])(
    'do not include "%s", which is rejected after the parameter checks',
    async (name) => {
      const checked = await store.browser().get(`/wc-auth/v1/${name}`);
      expect([checked.status, textOf(checked.body)]).toEqual([
        401,
        expect.stringContaining('Error: Missing parameter app_name.'),
      ]);
      const answer = await store.browser().get(`/wc-auth/v1/${name}?${QUERY}`);
      expect([answer.status, textOf(answer.body)]).toEqual([
        401,
        expect.stringContaining('Error: You do not have permission to access this page.'),
      ]);
    },
  );

  test.each([
    '/wc-auth/v2/authorize',
    '/wc-auth/v10/authorize',
    '/wc-auth/',
    '/wc-auth',
    '/?wc-auth-version=2&wc-auth-route=authorize',
    '/index.phpx/wc-auth/v1/authorize',
    '/elsewhere/wc-auth/v1/authorize',
  ])('do not include %s, which gets 404', async (target) => {
    const answer = await store.browser().get(`${target}${target.includes('?') ? '&' : '?'}${QUERY}`);
    expect(answer.status).toBe(404);
  });

  test.each(['PUT', 'PATCH', 'DELETE'])('accept GET, HEAD and POST, and answer 405 to %s', async (method) => {
    const answer = await store.browser().send(method, `/wc-auth/v1/authorize?${QUERY}`);
    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD, POST']);
  });
});

describe('additional slashes before a route', () => {
  let store: TestStore;
  beforeAll(async () => (store = await startTestStore()));
  afterAll(() => store.close());

  test.each(['/login', '/wc-auth/v1/login/', '/healthz', '/wc-auth/assets/style.css'])(
    'do not change the answer: /%s',
    async (path) => {
      const itself = await store.browser().get(path);
      for (const slashes of ['/', '///']) {
        const answer = await store.browser().get(`${store.url}${slashes}${path}`);
        expect([answer.status, answer.headers['content-type']]).toEqual([
          itself.status,
          itself.headers['content-type'],
        ]);
      }
    },
  );

  test('do not change the answer of a readiness probe', async () => {
    expect(JSON.parse((await store.browser().get(`${store.url}//readyz`)).body)).toEqual({ status: 'ok' });
  });

  test('do not change POST //wc-auth/v1/revoke, signed for that URL or for the canonical one', async () => {
    for (const path of ['//wc-auth/v1/revoke', '/wc-auth/v1/revoke']) {
      const key = await issueKey(store);
      const signed = signedTarget(key, { method: 'POST', path, timestamp: Math.floor(Date.now() / 1000) });
      const target = `//wc-auth/v1/revoke${signed.slice(path.length)}`;
      const answer = await exchange(store.url, requestBytes('POST', target));
      expect([answer.status, JSON.parse(answer.text)]).toMatchObject([200, { data: { revoked: 1 } }]);
    }
  });

  test.each([
    '//evil.example',
    '//evil.example/login',
    '///evil.example/wc-auth/v1/authorize',
    '/\\evil.example/',
  ])('do not lead to another site: GET %s', async (target) => {
    const answer = await exchange(store.url, requestBytes('GET', target));
    expect([answer.status, answer.headers['location']]).toEqual([404, undefined]);
  });
});

describe('a store under a path', () => {
  let store: TestStore;
  beforeAll(async () => (store = await startTestStore({ path: '/shop/one' })));
  afterAll(() => store.close());

  test.each(ALIASES)('answers %s below its path', async (target) => {
    expectLogin(await store.browser().get(target), store);
  });

  test.each(ALIASES)('answers %s behind a proxy that strips the path', async (target) => {
    expectLogin(await store.browser().get(new URL(store.url).origin + target), store);
  });

  test.each(['/shop/one//', '//shop/one/', '/shop//one/../one/'])(
    'answers below %s, unless the path has a dot segment',
    async (base) => {
      const origin = new URL(store.url).origin;
      const answer = await store.browser().get(`${origin}${base}wc-auth/v1/authorize?${QUERY}`);
      if (base.includes('..')) expect(answer.status).toBe(404);
      else expectLogin(answer, store);
    },
  );

  test('uses the public path in its links, forms and cookie', async () => {
    const page = await store.browser().get(`/wc-auth/v1/login?${QUERY}`);
    expect(page.form('password').action).toMatch(/^\/shop\/one\/wc-auth\/v1\/login\?/);
    expect(page.headers['set-cookie']?.[0]).toContain('; Path=/shop/one;');
    for (const [, address = ''] of page.body.matchAll(/(?:href|src)="(\/[^"]*)"/g))
      expect(address).toMatch(/^\/shop\/one\//);
  });

  test('does not answer below a path that only begins the same', async () => {
    const origin = new URL(store.url).origin;
    expect((await store.browser().get(`${origin}/shop/onetwo/wc-auth/v1/authorize?${QUERY}`)).status).toBe(
      404,
    );
  });

  test('has its sign-in without a grant below the path', async () => {
    const browser = store.browser();
    expect((await browser.get('/')).location).toBe(`${store.url}/login`);
    expect((await browser.get('')).location).toBe(`${store.url}/login`);
    const manager = await store.signIn();
    expect((await manager.get('/')).location).toMatch(new RegExp(`^${store.url}/`));
    expect(await isSignedIn(manager)).toBe(true);
  });
});

test('ignores X-Forwarded-* headers from a sender that is not trusted', async () => {
  const store = await startTestStore();
  const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.example' };
  const answer = await store.browser().get(`/wc-auth/v1/authorize?${QUERY}`, headers);
  expect(answer.location).toBe(`${store.url}/wc-auth/v1/login?${QUERY}`);
  await store.close();
});

// Regression: Express parsed such a target with a parser of Node's that throws, and the redirect
// was not a URL.
test.each([
  'ftp://evil.example/login',
  'http://evil.example:x/login',
  'https://evil.example/login',
  'a://b/login',
  '//login',
  '///shop//login',
  'https://evil.example//login',
])('treats a request for %s as one for its path at this store', async (target) => {
  const store = await startTestStore({ tls: true, path: '/shop' });
  try {
    const plain = await exchange(store.url, requestBytes('GET', target));
    expect([plain.status, plain.headers['location']]).toEqual([302, `${store.tlsUrl}/login`]);
    const page = await exchange(new URL(store.tlsUrl).origin, requestBytes('GET', target));
    expect([page.status, page.text]).toEqual([200, expect.stringContaining('name="password"')]);
  } finally {
    await store.close();
  }
});
