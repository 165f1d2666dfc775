import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { exchange, requestBytes, type RawAnswer } from '../support/http/raw-http';
import { basicHeader, issueKey, NOW, query, signedTarget } from '../support/scenes/rest-scene';
import { verdict } from '../support/http/endpoints';
import { fakeClock, startTestStore, type TestStore } from '../support/store/test-store';
import { rejected, SIGNATURE_DIFFERS } from '../unit/oauth-fixtures';

type Headers = readonly (readonly [string, string])[];

const PATH = '/wp-json/wc/v3/products';
const FORM = ['Content-Type', 'application/x-www-form-urlencoded'] as const;
const NO_WRITE = rejected('The API key provided does not have write permissions.');
let store: TestStore;
let key: IssuedKey;
let reader: IssuedKey;

beforeAll(async () => {
  store = await startTestStore({ clock: fakeClock(NOW * 1000), env: { TRUST_PROXY: 'loopback' } });
  reader = await issueKey(store, 'read');
  key = await issueKey(store, 'read_write', {
    app: {
      appName: 'Parcel Pilot',
      callbackOrigin: 'https://app.example',
      appUserId: 'a:b "c"\r\nX-WC-Key-Id: 1',
    },
  });
});
afterAll(async () => {
  await store.app.close();
  await store.close();
});

const verify = (
  headers: Headers,
  { method = 'GET', target = '/wc-auth/v1/verify', body = '', at = store } = {},
): Promise<RawAnswer> => exchange(at.url, requestBytes(method, target, headers, body));

/** The original request, in the header names of each proxy. */
const DIALECTS: Record<string, (method: string, target: string) => Headers> = {
  'nginx, X-Original-URI': (method, target) => [
    ['X-Original-Method', method],
    ['X-Original-URI', target],
    ['X-Forwarded-Proto', 'https'],
    ['X-Forwarded-Host', 'shop.test'],
  ],
  'nginx, X-Original-URL': (method, target) => [
    ['X-Original-Method', method],
    ['X-Original-URL', `https://shop.test${target}`],
    ['X-Forwarded-Proto', 'https'],
    ['X-Forwarded-Host', 'shop.test'],
  ],
  'Traefik and Caddy': (method, target) => [
    ['X-Forwarded-Method', method],
    ['X-Forwarded-Uri', target],
    ['X-Forwarded-Proto', 'https'],
    ['X-Forwarded-Host', 'shop.test'],
  ],
};

describe.each(Object.entries(DIALECTS))('forward auth for %s', (_, original) => {
  test("answers 200 and the key's identity to a correct key", async () => {
    const answer = await verify([...original('POST', PATH), basicHeader(key)]);
    const { userId } = await store.userOf();
    expect(answer).toMatchObject({ status: 200, text: '' });
    expect(answer.headers).toMatchObject({
      'x-wc-key-id': String(key.keyId),
      'x-wc-user-id': String(userId),
      'x-wc-permissions': 'read_write',
      'x-wc-app-user-id': 'a%3Ab%20%22c%22%0D%0AX-WC-Key-Id%3A%201',
      'cache-control': 'no-store',
    });
  });
  test('decides by the method of the original request, not by the proxy’s own', async () => {
    expect(verdict(await verify([...original('DELETE', PATH), basicHeader(reader)]))).toEqual(NO_WRITE);
    expect(verdict(await verify([...original('GET', PATH), basicHeader(reader)], { method: 'POST' }))).toBe(
      'accepted',
    );
  });
  test('reads the query of the original request', async () => {
    const pair = `?consumer_key=${key.consumerKey}&consumer_secret=${key.consumerSecret}`;
    expect(verdict(await verify(original('GET', PATH + pair)))).toBe('accepted');
    expect(verdict(await verify([...original('GET', `${PATH}?_method=PUT`), basicHeader(reader)]))).toEqual(
      NO_WRITE,
    );
  });
  test('accepts a signature over the host that the client named', async () => {
    const target = signedTarget(key, { origin: 'https://shop.test' });
    expect(verdict(await verify(original('GET', target)))).toBe('accepted');
    expect(
      verdict(await verify(original('GET', `${signedTarget(key, { origin: 'https://shop.test' })}&more=1`))),
    ).toEqual(SIGNATURE_DIFFERS);
  });
  test('returns the URI without credentials', async () => {
    const secret = `consumer_key=${key.consumerKey}&a[]=1&consumer_secret=${key.consumerSecret}&b=%20+`;
    const answer = await verify(original('GET', `${PATH}?${secret}`));
    expect(answer.headers).toMatchObject({
      'x-wc-uri': `${PATH}?a[]=1&b=%20+`,
      'x-wc-query': 'a[]=1&b=%20+',
    });
    const signed = await verify(original('GET', signedTarget(key, { origin: 'https://shop.test' })));
    expect(signed.headers).toMatchObject({ 'x-wc-uri': PATH, 'x-wc-query': '' });
  });
  test('accepts a signature over STORE_URL', async () => {
    expect(verdict(await verify(original('GET', signedTarget(key, { origin: store.url }))))).toBe('accepted');
  });
});

const ask = DIALECTS['Traefik and Caddy']!;

describe('forward auth, which does not see the body', () => {
  const form = [['name', 'x']] as const;
  test('rejects a signature that covers a form', async () => {
    const target = signedTarget(key, { method: 'POST', origin: 'https://shop.test', form });
    const answer = await verify([...ask('POST', target), FORM], { method: 'POST', body: query(form) });
    expect(verdict(answer)).toEqual(SIGNATURE_DIFFERS);
    // This includes a signature that claims to cover no form, because the API behind would read a
    // form.
    const bare = signedTarget(key, { method: 'POST', origin: 'https://shop.test' });
    expect(verdict(await verify([...ask('POST', bare), FORM]))).toEqual(SIGNATURE_DIFFERS);
  });
  test('accepts a signed JSON body, and a form beside Basic', async () => {
    const target = signedTarget(key, { method: 'POST', origin: 'https://shop.test' });
    expect(verdict(await verify([...ask('POST', target), ['Content-Type', 'application/json']]))).toBe(
      'accepted',
    );
    expect(verdict(await verify([...ask('POST', PATH), FORM, basicHeader(key)]))).toBe('accepted');
  });
});

describe('requests that need no key', () => {
  test.each([
    ['OPTIONS', PATH],
    ['GET', '/wp-json/'],
    ['HEAD', '/wp-json/wc/v3'],
    ['GET', '/index.php/wp-json'],
    ['GET', '/wp-json/wc/v1'],
    ['GET', '/wp-json/wc/v2/'],
    ['GET', '//wp-json/'],
    ['GET', '/?rest_route=/'],
    ['HEAD', '/index.php?rest_route=/wc/v1'],
    ['GET', '/wp-json/?rest_route=/wc/v2'],
  ])('include %s %s: the answer is 200 with empty identity headers', async (method, target) => {
    const answer = await verify(ask(method, target));
    expect(answer.status).toBe(200);
    for (const name of ['key-id', 'user-id', 'permissions', 'app-user-id'])
      expect(answer.headers[`x-wc-${name}`]).toBe('');
  });
  test.each([
    ['POST', '/wp-json/'],
    ['GET', '/'],
    ['OPTIONS', `${PATH}?_method=GET`],
    ['GET', '/wp-json/wc/v4'],
    ['GET', '/wp-json/?rest_route=/wc/v3/orders'],
    ['GET', '/wp-json/?x=1;_method=DELETE'],
    ['OPTIONS', `${PATH}?x=1;_method=DELETE`],
    ['GET', '/wp-json/?x?&rest_route=/wc/v3/orders'],
    ['GET', '/wp-json/wc/v3?_method=DELETE'],
  ])('do not include %s %s', async (method, target) => {
    expect((await verify(ask(method, target))).status).toBe(401);
  });
});

test.each([
  ['//wp-json/wc/v3/products?a=1', '/wp-json/wc/v3/products?a=1'],
  ['/index.php/wp-json/wc/v3/products', '/wp-json/wc/v3/products'],
  ['/?rest_route=/wc/v3/products&a=1&consumer_key=x', '/wp-json/wc/v3/products?a=1'],
  ['/wp-json/?rest_route=/wc/v3/a%20b%2525c', '/wp-json/wc/v3/a%20b%2525c'],
  ['/?rest_route=/', '/wp-json/'],
  ['/elsewhere//x?rest_route=/wc/v3/products', '/elsewhere//x?rest_route=/wc/v3/products'],
])('returns the URI of %s as %s', async (target, uri) => {
  const answer = await verify([...ask('GET', target), basicHeader(key)]);
  expect(answer.headers).toMatchObject({ 'x-wc-uri': uri, 'x-wc-query': uri.split('?')[1] ?? '' });
});

// A proxy that removes credentials from a target as text would also remove these from the path,
// which then leads elsewhere.
test.each([
  ['OPTIONS', '/wp-json/.oauth_x./admin?oauth_x'],
  ['GET', '/wp-json/.oauth%5Fx./admin/users?oauth_x'],
  ['GET', '/wp-json/.consumer.key./admin?consumer_key'],
  ['GET', '/wp-json/../admin'],
  ['GET', '/wp-json/%2e%2e/admin'],
  ['GET', '/?rest_route=/../admin'],
  ['GET', '/index.php?rest_route=%2F..%2Fadmin'],
  ['GET', '//wp-json/..%2fadmin'],
  ['OPTIONS', '/?rest_route=/.oauth_x./admin&oauth_x'],
])('rejects %s %s even with a correct key, because its path may lead elsewhere', async (method, target) => {
  const answer = await verify([...ask(method, target), basicHeader(key)]);
  expect(verdict(answer)).toMatchObject({ status: 403, code: 'wc_auth_path_refused' });
});

describe('the right to describe another request', () => {
  let strict: TestStore;
  beforeAll(async () => {
    strict = await startTestStore({ clock: fakeClock(NOW * 1000), env: { TRUST_PROXY: '192.0.2.1' } });
  });
  afterAll(async () => {
    await strict.app.close();
    await strict.close();
  });
  const MISCONFIGURED = { status: 403, code: 'wc_auth_proxy_misconfigured' };

  test('is denied to a proxy that TRUST_PROXY does not name, whatever key it sends', async () => {
    const theirs = await issueKey(strict);
    for (const original of Object.values(DIALECTS))
      expect(
        verdict(await verify([...original('GET', PATH), basicHeader(theirs)], { at: strict })),
      ).toMatchObject(MISCONFIGURED);
  });
  test('does not come with X-Forwarded-Proto: a stranger cannot mark a request as secure', async () => {
    const theirs = await issueKey(strict);
    for (const target of ['/wc-auth/v1/verify', PATH])
      expect(
        verdict(await verify([['X-Forwarded-Proto', 'https'], basicHeader(theirs)], { target, at: strict })),
      ).toMatchObject({
        status: 401,
        message: expect.stringContaining('https only'),
      });
  });
  test.each<[string, Headers]>([
    ['the method alone', [['X-Forwarded-Method', 'GET']]],
    ['the URI alone', [['X-Original-URI', PATH]]],
    ['two methods', [...ask('GET', PATH), ['X-Original-Method', 'DELETE']]],
    ['two URIs', [...ask('GET', PATH), ['X-Original-URL', '/wp-json/']]],
    [
      'one method twice, in two dialects',
      [['X-Forwarded-Method', 'GET'], ...ask('DELETE', PATH).slice(0, 2)],
    ],
  ])('does not follow from %s', async (_, headers) => {
    const answer = await verify([...headers, basicHeader(reader), ['X-Forwarded-Proto', 'https']]);
    expect([401, 403]).toContain(answer.status);
  });
  test('is not needed without such headers: the request itself is checked', async () => {
    const answer = await verify([basicHeader(reader), ['X-Forwarded-Proto', 'https']]);
    expect(answer.status).toBe(200);
    expect(
      verdict(await verify([basicHeader(reader), ['X-Forwarded-Proto', 'https']], { method: 'POST' })),
    ).toEqual(NO_WRITE);
  });
});

describe('the statuses of forward auth: 200, 401 and 403 only', () => {
  test('repeat the body of a rejection in a header, because nginx does not pass a body on', async () => {
    const answer = await verify([...ask('POST', PATH), basicHeader(reader)]);
    expect(answer.headers['x-wc-refusal']).toBe(answer.text);
    expect(answer.headers).not.toHaveProperty('x-wc-uri');
    expect(answer.json()).toEqual({ code: NO_WRITE.code, message: NO_WRITE.message, data: { status: 401 } });
    expect(answer.headers['www-authenticate']).toBe('Basic realm="WooCommerce API"');
  });
  test.each(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PROPFIND', 'TRACE'])(
    'apply to a proxy that asks with %s',
    async (method) => {
      for (const target of [
        '/wc-auth/v1/verify',
        '/wc-auth/v1/verify/',
        '/index.php/wc-auth/v1/Verify?x=1',
      ]) {
        expect((await verify([...ask('GET', PATH), basicHeader(key)], { method, target })).status).toBe(200);
        expect((await verify(ask('GET', PATH), { method, target })).status).toBe(401);
      }
    },
  );
  test('apply to a large body, which is not read', async () => {
    const headers: Headers = [...ask('POST', PATH), ['Content-Type', 'application/json'], basicHeader(key)];
    expect((await verify(headers, { method: 'POST', body: 'x'.repeat(3_000_000) })).status).toBe(200);
  });
  test.each([
    '',
    ' ',
    '?',
    '//',
    '*',
    'http://',
    'nonsense',
    '/%',
    '/\xff',
    '/?oauth_nonce=%',
    `/?${'a[]=1&'.repeat(500)}`,
  ])('apply to the target %j', async (target) => {
    expect([401, 403]).toContain((await verify(ask('GET', target))).status);
  });
  test.each(['', 'get', '__proto__', 'GET, POST', 'x'.repeat(5000)])(
    'apply to the method %j',
    async (method) => {
      expect([200, 401, 403]).toContain((await verify([...ask(method, PATH), basicHeader(key)])).status);
    },
  );
});

// A proxy that passes an upgrade tunnels everything after the API's 101, so it must not be let
// through (protocol 3.3).
describe.each(Object.entries(DIALECTS))('forward auth for %s and an upgrade', (_, original) => {
  test.each([
    [
      'h2c',
      [
        ['Connection', 'Upgrade, HTTP2-Settings, close'],
        ['Upgrade', 'h2c'],
        ['HTTP2-Settings', 'AAMAAABkAAQ'],
      ],
    ],
    [
      'a WebSocket',
      [
        ['Connection', 'close, Upgrade'],
        ['Upgrade', 'websocket'],
      ],
    ],
    ['an unknown protocol', [['upgrade', 'x/1']]],
    ['HTTP/2 settings alone', [['HTTP2-Settings', '']]],
    ['an upgrade that only Connection names', [['Connection', 'close,uPGRADE']]],
    ['settings that only Connection names', [['Connection', ' http2-settings ,close']]],
  ] as [string, Headers][])(
    'rejects %s with 403, with a correct key, without one and for OPTIONS',
    async (_what, headers) => {
      for (const credential of [[], [basicHeader(key)]])
        for (const [method, target] of [
          ['GET', PATH],
          ['GET', '/wp-json/'],
          ['OPTIONS', PATH],
        ] as const) {
          const answer = await verify([...original(method, target), ...credential, ...headers]);
          expect([answer.status, answer.json().code]).toEqual([403, 'wc_auth_upgrade_refused']);
          expect(answer.headers['x-wc-key-id']).toBeUndefined();
        }
    },
  );

  test('accepts a request whose Connection header names no upgrade', async () => {
    const headers: Headers = [...original('GET', PATH), basicHeader(key), ['Connection', 'close, X-Upgrade']];
    expect((await verify(headers)).status).toBe(200);
  });
});

test('answers forward auth with and without the path of STORE_URL', async () => {
  const shop = await startTestStore({
    clock: fakeClock(NOW * 1000),
    path: '/shop',
    env: { TRUST_PROXY: 'loopback' },
  });
  const theirs = await issueKey(shop);
  const origin = new URL(shop.url).origin;
  for (const target of ['/shop/wc-auth/v1/verify', '/wc-auth/v1/verify'])
    for (const path of [`/shop${PATH}`, PATH]) {
      const signed = signedTarget(theirs, { path: `/shop${PATH}`, origin }).replace(
        '/shop',
        path.startsWith('/shop') ? '/shop' : '',
      );
      const answer = await exchange(origin, requestBytes('GET', target, ask('GET', signed)));
      expect([answer.status, answer.headers['x-wc-uri']]).toEqual([200, path]);
    }
  for (const path of ['/shop//wp-json/wc/v3/products', '/shop/?rest_route=/wc/v3/products']) {
    const answer = await exchange(
      origin,
      requestBytes('GET', '/wc-auth/v1/verify', [...ask('GET', path), basicHeader(theirs)]),
    );
    expect([answer.status, answer.headers['x-wc-uri']]).toEqual([200, `/shop${PATH}`]);
  }
  await shop.app.close();
  await shop.close();
});
