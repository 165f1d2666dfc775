import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express, { type Express } from 'express';
import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { canonicalRestPath } from '../../server/index';
import { verdict } from '../support/http/endpoints';
import { exchange, requestBytes, type RawAnswer } from '../support/http/raw-http';
import { basicHeader, issueKey, NOW, signedTarget } from '../support/scenes/rest-scene';
import { fakeClock, startTestStore, type TestStore } from '../support/store/test-store';
import { CANNOT_VIEW, rejected, SIGNATURE_DIFFERS } from '../unit/oauth-fixtures';

const HTTPS = ['X-Forwarded-Proto', 'https'] as const;
const SECURE = 'https://store.test';
const PATH = '/wp-json/wc/v3/products';
const REST_ROUTE = [['rest_route', '/wc/v3/products']] as const;
let store: TestStore;
let key: IssuedKey;
const closers: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  store = await startTestStore({ clock: fakeClock(NOW * 1000), env: { TRUST_PROXY: 'loopback' } });
  key = await issueKey(store);
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
afterAll(async () => {
  await store.app.close();
  await store.close();
});

async function listening(build: (app: Express) => void): Promise<string> {
  const app = express();
  build(app);
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An API of one route that answers with what Express parsed. */
const shop = (app: Express) => {
  app.use(canonicalRestPath());
  app.get(PATH, store.app.requireConsumerKey(), ({ url, query, originalUrl }, response) => {
    response.json({ url, query, originalUrl });
  });
  app.use(store.app.listener);
};
const get = (base: string, target: string, ...headers: (readonly [string, string])[]): Promise<RawAnswer> =>
  exchange(base, requestBytes('GET', target, [...headers, HTTPS]));

test.each([
  ['//wp-json/wc/v3/products?per_page=2', `${PATH}?per_page=2`],
  ['/index.php/wp-json/wc/v3/products?per_page=2', `${PATH}?per_page=2`],
  ['/?rest_route=/wc/v3/products&per_page=2', `${PATH}?per_page=2`],
  ['/index.php?per_page=2&rest_route=%2Fwc%2Fv3%2Fproducts', `${PATH}?per_page=2`],
])('routes %s to the handler of the canonical path', async (target, url) => {
  const base = await listening(shop);
  const answer = await get(base, target, basicHeader(key));
  expect(answer.json()).toEqual({ url, query: { per_page: '2' }, originalUrl: target });
  expect(verdict(await get(base, target))).toEqual(CANNOT_VIEW);
});

test('checks the signature against what the client sent, at a handler and at the index', async () => {
  const base = await listening(shop);
  const signed = () => signedTarget(key, { path: '/', params: REST_ROUTE, origin: SECURE });
  expect(verdict(await get(base, signed()))).toBe('accepted');
  expect(verdict(await get(base, signed().replace('products', 'orders')))).toEqual(SIGNATURE_DIFFERS);
  const index = () => signedTarget(key, { path: '/', params: [['rest_route', '/wc/v3']], origin: SECURE });
  expect((await get(base, index())).json()).toMatchObject({ namespace: 'wc/v3' });
  expect(verdict(await get(base, index().replace('v3', 'v2')))).toEqual(SIGNATURE_DIFFERS);
});

test('routes an address that names two routes, or leads out of the API, to no handler', async () => {
  let met = 0;
  const base = await listening((app) => {
    app.use(canonicalRestPath());
    app.use((_request, response) => {
      met++;
      response.json('met');
    });
  });
  const two = await get(base, `${PATH}?rest_route=/wp/v2/users`, ['Origin', 'https://app.example']);
  expect(verdict(two)).toEqual(rejected('The provided API key cannot be used to access this endpoint.'));
  expect(two.headers['access-control-allow-origin']).toBe('https://app.example');
  for (const target of ['/?rest_route=/../admin', '//wp-json/%2e%2e/admin'])
    expect((await get(base, target)).json()).toMatchObject({ code: 'rest_no_route', data: { status: 404 } });
  expect(met).toBe(0);
  // Requests outside the API pass unchanged.
  for (const target of ['//x?rest_route=/a', '/?rest_route=', '/login']) await get(base, target);
  expect(met).toBe(3);
});

test('keeps the path of a store URL', async () => {
  const base = await listening((app) => {
    app.use(canonicalRestPath({ storeUrl: 'https://shop.example/store' }));
    app.use(({ url }, response) => void response.json(url));
  });
  for (const [target, url] of [
    ['/store//wp-json/wc/v3/products', '/store/wp-json/wc/v3/products'],
    ['/store?rest_route=/wc/v3/products', '/store/wp-json/wc/v3/products'],
    ['//wp-json/wc/v3/products', '/wp-json/wc/v3/products'],
    ['/storefront?rest_route=/wc/v3/products', '/storefront?rest_route=/wc/v3/products'],
  ] as const)
    expect((await get(base, target)).json()).toBe(url);
});

test('rejects a store URL that is not a URL, and names it', () => {
  expect(() => canonicalRestPath({ storeUrl: 'shop.example' })).toThrow(
    'storeUrl must be an http or https URL without a query (got "shop.example").',
  );
});
