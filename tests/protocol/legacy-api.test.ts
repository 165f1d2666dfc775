import { exchange, requestBytes } from '../support/http/raw-http';
import { startTestStore, type TestStore } from '../support/store/test-store';

let store: TestStore;
beforeAll(async () => (store = await startTestStore({ path: '/shop' })));
afterAll(async () => {
  await store.app.close();
  await store.close();
});

test.each([
  ['GET', '/wc-api/v3/orders'],
  ['GET', '/shop/wc-api/v2/orders?consumer_key=x'],
  ['POST', '//shop//wc-api/v3/products/7'],
  ['DELETE', '/index.php/wc-api/v1'],
  ['GET', '/wc-api/v3/'],
])('answers 404 to %s %s of the legacy API and names the URL of the REST API', async (method, target) => {
  const answer = await exchange(
    new URL(store.url).origin,
    requestBytes(method, target, [], method === 'POST' ? '{}' : ''),
  );
  expect([answer.status, answer.headers['content-type']]).toEqual([404, 'application/json; charset=UTF-8']);
  expect(answer.json()).toEqual({
    code: 'woocommerce_api_disabled',
    message: `The legacy API is not available here. Use the REST API at ${store.url}/wp-json/wc/v3.`,
    data: { status: 404 },
  });
});

test.each([
  '/wc-api/v4/orders',
  '/wc-api/v30',
  '/wc-api/WC_Gateway_Paypal',
  '/wc-api',
  '/x/wc-api/v3/orders',
])('answers 404 with a page to GET %s, which is not part of the legacy API', async (target) => {
  const answer = await exchange(store.url, requestBytes('GET', target));
  expect([answer.status, answer.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
});
