import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { exchange, requestBytes } from '../support/http/raw-http';
import { basicHeader, issueKey, NOW, signedTarget, type TestUpstream } from '../support/scenes/rest-scene';
import { startGateway, type TestGateway } from '../support/scenes/gateway-scene';
import { fakeClock, type TestStore } from '../support/store/test-store';

const HTTPS = ['X-Forwarded-Proto', 'https'] as const;
let gateway: TestGateway;
let store: TestStore;
let upstream: TestUpstream;
let key: IssuedKey;

beforeAll(async () => {
  gateway = await startGateway({ clock: fakeClock(NOW * 1000), path: '/wp' });
  ({ store, upstream } = gateway);
  key = await issueKey(store);
});
beforeEach(() => {
  upstream.requests.length = 0;
});
afterAll(() => gateway.close());

const ask = (target: string, method = 'GET', body = '') =>
  exchange(new URL(store.url).origin, requestBytes(method, target, [basicHeader(key), HTTPS], body));
const asked = () => upstream.requests.map(({ method, target }) => `${method} ${target}`);

test.each([
  ['//wp-json/wc/v3/products?a=1', '/wp-json/wc/v3/products?a=1'],
  ['/wp//wp-json/wc/v3/products', '/wp-json/wc/v3/products'],
  ['/wp/index.php/wp-json/wc/v3/products', '/wp-json/wc/v3/products'],
  ['/?rest_route=/wc/v3/products', '/wp-json/wc/v3/products'],
  ['/wp/?rest_route=/wc/v3/products&per_page=2', '/wp-json/wc/v3/products?per_page=2'],
  ['/index.php?a=%20+&rest_route=%2Fwc%2Fv3%2Fproducts&b[]=;', '/wp-json/wc/v3/products?a=%20+&b[]=;'],
  ['/?rest.route=/wc/v3/products/', '/wp-json/wc/v3/products/'],
  ['/?rest_route=wc/v3/products', '/wp-json/wc/v3/products'],
  ['/wp-json/?rest_route=/wc/v3/orders', '/wp-json/wc/v3/orders'],
  ["/?rest_route=/wc/v3/p/a:b@c,d!$'()*%2B=~-._", "/wp-json/wc/v3/p/a:b@c,d!$'()*+=~-._"],
  // Decoded once, as PHP does, then escaped so that it stays one path.
  ['/?rest_route=/wc/v3/p/a%3Fb%23c%20d+e%25f%2525g', '/wp-json/wc/v3/p/a%3Fb%23c%20d%20e%25f%2525g'],
  ['/?rest_route=/wc/v3/p/%C3%A9%FF%00%0D%0A', '/wp-json/wc/v3/p/%C3%A9%FF%00%0D%0A'],
])('requests %s from the API as %s', async (target, canonical) => {
  expect((await ask(target)).status).toBe(200);
  expect((await ask(target, 'POST', '{"a":1}')).status).toBe(200);
  expect(asked()).toEqual([`GET ${canonical}`, `POST ${canonical}`]);
  expect(upstream.requests[1]!.body).toBe('{"a":1}');
});

test('passes neither rest_route nor a credential to the API, however PHP spells its name', async () => {
  const pair = `consumer_key=${key.consumerKey}&consumer_secret=${key.consumerSecret}`;
  await ask(`/?consumer[key=x&${pair}&rest_route=/wc/v3/products&oauth.nonce=1&a=2`);
  // An API that splits a query at semicolons would find these.
  await ask(`/wp-json/wc/v3/products?a=1;consumer_key=x;b=2;oauth_token=y&c=3`);
  const signed = signedTarget(key, { path: '/index.php', params: [['rest_route', '/wc/v3/products']] });
  await exchange(new URL(store.url).origin, requestBytes('GET', signed));
  expect(asked()).toEqual([
    'GET /wp-json/wc/v3/products?a=2',
    'GET /wp-json/wc/v3/products?a=1;b=2&c=3',
    'GET /wp-json/wc/v3/products',
  ]);
});

test.each([
  '/?rest_route=/../admin',
  '/?rest_route=%2F..%2F..%2Fadmin',
  '/?rest_route=..',
  '/?rest_route=/wc/v3/..%5C..%5C..%5Cadmin',
  '/?rest_route=/wc/..%3B/..%3B/admin',
  '/index.php?rest_route=/wc/%2e%2e/%2e%2e/admin',
  '//wp-json/../admin',
  '/wp//wp-json/%2e%2e/admin',
])('answers 404 to %s, which leads out of the API, without calling the API', async (target) => {
  const answer = await ask(target);
  expect([answer.status, answer.json().code]).toEqual([404, 'rest_no_route']);
  expect(asked()).toEqual([]);
});

test.each([
  '/?rest_route=',
  '/?rest_route',
  '/?other_rest_route=/wc/v3/products',
  '/?a=rest_route=/wc/v3/products',
  '/?Rest_Route=/wc/v3/products',
])('answers %s like the home page', async (target) => {
  expect((await ask(target)).headers['location']).toBe(`${store.url}/login`);
  expect(asked()).toEqual([]);
});

test('ignores rest_route on a page of the server', async () => {
  expect((await ask('/login?rest_route=/wc/v3/products')).text).toContain('name="password"');
  expect(asked()).toEqual([]);
});
