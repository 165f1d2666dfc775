import { createHmac } from 'node:crypto';
import https from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { emulatorCertificates } from '../../emulator/certificates';
import type { Key, Store } from '../../emulator';
import { basic, connectUrl, kitScene } from '../support/scenes/kit-scene';

const { start, callbackOf } = kitScene();
const PRODUCTS = '/wp-json/wc/v3/products';

test('strict mode grants what WooCommerce grants, without a warning', async () => {
  const store = await start({ strict: true });
  const callback = await callbackOf(store);
  const granted = await store.approve(connectUrl(store, callback.url));
  expect([granted.warnings, store.warnings]).toEqual([[], []]);
  expect((await store.fetch(store.url + PRODUCTS, basic(granted.key))).status).toBe(200);
  expect(store.warnings).toEqual([]);
});

const BREAKING = [
  ['user_id', 'a&b=1', 'user-id-changed', '`a`'],
  ['return_url', 'myapp://done', 'return-url-app-scheme', 'myapp://done'],
  ['return_url', 'https://app.example/r?q=a%20b', 'return-url-rejected', 'https://app.example/r?q=a b'],
] as const;

describe.each(BREAKING)('%s %s', (parameter, value, code, shown) => {
  const warning = {
    code,
    severity: 'breaks',
    parameter,
    message: expect.stringContaining(shown),
    help: expect.any(String),
  };

  test('is granted with a warning', async () => {
    const store = await start();
    const callback = await callbackOf(store);
    const { warnings } = await store.approve(connectUrl(store, callback.url, { [parameter]: value }));
    expect(warnings).toEqual([warning]);
    expect(store.warnings).toEqual([warning]);
    expect(callback.received).toHaveLength(1);
  });

  test.each(['approve', 'deny'] as const)(
    'is rejected by %s in strict mode, and nothing is created',
    async (decide) => {
      const store = await start({ strict: true });
      const callback = await callbackOf(store);
      await expect(
        store[decide](connectUrl(store, callback.url, { [parameter]: value })),
      ).rejects.toMatchObject({
        name: 'StrictError',
        message: expect.stringContaining(code),
        warnings: [warning],
      });
      expect([callback.received, await store.keys()]).toEqual([[], []]);
      expect(store.warnings).toEqual([warning]);
    },
  );
});

test('a callback that redirects fails, and the warning says that WooCommerce follows it', async () => {
  for (const strict of [false, true]) {
    const store = await start({ strict });
    const callback = await callbackOf(store, () => ({ status: 302 }));
    await expect(store.approve(connectUrl(store, callback.url))).rejects.toMatchObject({
      name: strict ? 'StrictError' : 'ConnectError',
      warnings: [expect.objectContaining({ code: 'callback-redirect', severity: 'breaks' })],
    });
    expect(await store.keys()).toEqual([]);
  }
});

test('a callback of the app has the port that WooCommerce would reject, and its authority is trusted', async () => {
  const { ca, cert, key } = await emulatorCertificates();
  const server = https
    .createServer({ cert, key }, (_request, response) => response.end())
    .listen(0, 'localhost');
  await once(server, 'listening');
  try {
    const store = await start({ trust: [ca] });
    const url = `https://localhost:${(server.address() as AddressInfo).port}/wc`;
    const { warnings } = await store.approve(connectUrl(store, url));
    expect(warnings.map((warning) => warning.code)).toContain('callback-url-port');
  } finally {
    server.close();
  }
});

test('a query of the callback is the choice of the app, so the kit warns about it', async () => {
  const store = await start();
  const callback = await callbackOf(store);
  const { warnings } = await store.approve(connectUrl(store, `${callback.url}?state=a%20b`));
  expect(warnings).toMatchObject([{ code: 'callback-url-rejected', parameter: 'callback_url' }]);
});

/** Signs as RFC 5849 does, with two equal names that WooCommerce merges. */
function signed(store: Store, key: Key): string {
  const parameters = [
    ['include[]', '1'],
    ['include[]', '2'],
    ['oauth_consumer_key', key.consumerKey],
    ['oauth_nonce', `n${Math.random()}`],
    ['oauth_signature_method', 'HMAC-SHA256'],
    ['oauth_timestamp', String(Math.floor(Date.now() / 1000))],
  ].map(([name = '', value = '']) => [encodeURIComponent(name), encodeURIComponent(value)]);
  const text = parameters.map((pair) => pair.join('=')).join('&');
  const base = ['GET', store.url + PRODUCTS, text].map(encodeURIComponent).join('&');
  const signature = createHmac('sha256', `${key.consumerSecret}&`).update(base).digest('base64');
  return `${store.url}${PRODUCTS}?${text}&oauth_signature=${encodeURIComponent(signature)}`;
}

const CASES: readonly [
  string,
  'http' | 'https',
  string,
  string,
  (store: Store, key: Key) => [string, RequestInit?],
][] = [
  [
    'a Bearer key',
    'https',
    'bearer',
    'Sorry, you cannot list resources.',
    (store, key) => [
      store.url + PRODUCTS,
      { headers: { Authorization: `Bearer ${key.consumerKey}.${key.consumerSecret}` } },
    ],
  ],
  [
    'a signature of RFC 5849',
    'http',
    'signature-rfc5849',
    'Invalid signature - provided signature does not match.',
    (store, key) => [signed(store, key)],
  ],
];

test.each(CASES)(
  '%s is accepted with a warning, and rejected in strict mode',
  async (_, scheme, code, message, request) => {
    for (const strict of [false, true]) {
      const store = await start({ scheme, strict });
      const key = await store.createKey({ permissions: 'read' });
      const answer = await store.fetch(...request(store, key));
      expect(answer.status).toBe(strict ? 401 : 200);
      if (strict) expect(await answer.json()).toMatchObject({ message, data: { status: 401 } });
      expect(store.warnings.map((warning) => warning.code)).toEqual([code]);
      expect(store.requests).toMatchObject([{ status: strict ? 401 : 200 }]);
    }
  },
);

test('an unknown key gets the code of WooCommerce in strict mode', async () => {
  const unknown = { consumerKey: `ck_${'0'.repeat(40)}`, consumerSecret: `cs_${'0'.repeat(40)}` };
  const answers = [];
  for (const strict of [false, true]) {
    const store = await start({ strict });
    answers.push(await (await store.fetch(store.url + PRODUCTS, basic(unknown))).json());
    expect(store.warnings).toMatchObject([{ code: 'unknown-key', severity: 'code' }]);
  }
  expect(answers).toMatchObject([
    { code: 'woocommerce_rest_authentication_error', message: 'Consumer key is invalid.' },
    { code: 'woocommerce_rest_cannot_view', message: 'Sorry, you cannot list resources.' },
  ]);
});

const NO_ROUTE = [404, 'rest_no_route', 'No route was found matching the URL and request method.'];
const NO_PRODUCT = [404, 'woocommerce_rest_product_invalid_id', 'Invalid ID.'];
const cannot = (action: string, message: string) => [401, `woocommerce_rest_cannot_${action}`, message];

describe.each([
  ['without a key', {}],
  ['with an unknown key', basic({ consumerKey: `ck_${'0'.repeat(40)}`, consumerSecret: 'cs_x' })],
])('in strict mode, a request %s gets what WooCommerce answers', (_, credentials) => {
  test.each([
    ['GET', 'nothing', NO_ROUTE],
    ['GET', 'products/999999', NO_PRODUCT],
    ['PUT', 'products/999999', [400, ...NO_PRODUCT.slice(1)]],
    ['DELETE', 'orders/999999', [404, 'woocommerce_rest_shop_order_invalid_id', 'Invalid ID.']],
    ['PATCH', 'products', NO_ROUTE],
    ['GET', 'products/1', cannot('view', 'Sorry, you cannot view this resource.')],
    ['GET', 'customers/999999', cannot('view', 'Sorry, you cannot view this resource.')],
    ['GET', 'data', cannot('view', 'Sorry, you cannot list resources.')],
  ] as const)('to %s %s', async (method, path, expected) => {
    const store = await start({ strict: true, data: { products: [{ id: 1, name: 'Mug' }] } });
    const answer = await store.fetch(`${store.url}/wp-json/wc/v3/${path}`, { method, ...credentials });
    const { code, message, data } = (await answer.json()) as Record<string, unknown>;
    expect([answer.status, code, message]).toEqual(expected);
    expect(data).toEqual({ status: answer.status });
    expect(store.requests).toMatchObject([{ status: answer.status }]);
  });
});

test('in strict mode, a wrong secret is named before a missing route', async () => {
  const store = await start({ strict: true });
  const { consumerKey } = await store.createKey({ permissions: 'read' });
  const wrong = basic({ consumerKey, consumerSecret: 'cs_wrong' });
  const answer = await store.fetch(`${store.url}/wp-json/wc/v3/nothing`, wrong);
  expect([answer.status, await answer.json()]).toMatchObject([
    401,
    { message: 'Consumer secret is invalid.' },
  ]);
});

test('a revoked key is an unknown key', async () => {
  const answers = [];
  for (const strict of [false, true]) {
    const store = await start({ strict });
    const key = await store.createKey({ permissions: 'read' });
    await store.revoke(key.keyId);
    answers.push(await (await store.fetch(store.url + PRODUCTS, basic(key))).json());
    expect(store.warnings.map((warning) => warning.code)).toEqual(['unknown-key']);
  }
  expect(answers).toMatchObject([
    { message: 'Consumer key is invalid.' },
    { message: 'Sorry, you cannot list resources.' },
  ]);
});
