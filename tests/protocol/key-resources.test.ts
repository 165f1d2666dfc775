import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { NO_LIMITS, RESOURCES, type Resource } from '../../server/consumer-keys/key-limits';
import { ENDPOINTS, openEndpoint, verdict, type Ask, type Endpoint } from '../support/http/endpoints';
import { basicHeader, issueKey, keyRow, NOW, signedTarget } from '../support/scenes/rest-scene';
import { fakeClock, startTestStore, type TestStore } from '../support/store/test-store';
import { rejected } from '../unit/oauth-fixtures';

const CANNOT_VIEW = {
  status: 403,
  code: 'woocommerce_rest_cannot_view',
  message: 'Sorry, you cannot list resources.',
};
const CANNOT_EDIT = {
  status: 403,
  code: 'woocommerce_rest_cannot_edit',
  message: 'Sorry, you are not allowed to edit this resource.',
};
const TWO_ROUTES = rejected('The provided API key cannot be used to access this endpoint.');
const ORDERS = '/wp-json/wc/v3/orders';
const CUSTOMERS = '/wp-json/wc/v3/customers';

const ROUTE_OF: Readonly<Record<Resource, string>> = {
  orders: ORDERS,
  customers: CUSTOMERS,
  products: '/wp-json/wc/v3/products',
  coupons: '/wp-json/wc/v2/coupons',
  reports: '/wp-json/wc-analytics/reports/revenue/stats',
  settings: '/wp-json/wc/v1/system_status',
  webhooks: '/wp-json/wc/v3/webhooks/5',
  other: '/wp-json/wp/v2/posts',
};

describe.each(ENDPOINTS)('a key that opens some groups, at the endpoint %s', (name) => {
  let store: TestStore;
  let endpoint: Endpoint;
  let orders: IssuedKey;
  let allButCustomers: IssuedKey;
  beforeAll(async () => {
    store = await startTestStore({ clock: fakeClock(NOW * 1000), env: { TRUST_PROXY: 'loopback' } });
    endpoint = await openEndpoint(name, store);
    orders = await opening('orders');
    allButCustomers = await opening(...RESOURCES.filter((one) => one !== 'customers'));
  });
  afterAll(async () => {
    await endpoint.close();
    await store.app.close();
    await store.close();
  });

  const opening = (...resources: Resource[]) =>
    issueKey(store, 'read_write', { limits: { ...NO_LIMITS, resources } });
  const answerTo = (key: IssuedKey, ask: Ask) =>
    endpoint.send({ ...ask, headers: [basicHeader(key), ...(ask.headers ?? [])] });
  const send = async (key: IssuedKey, ask: Ask) => verdict(await answerTo(key, ask));

  test.each(RESOURCES)('opens %s and nothing else', async (resource) => {
    const key = await opening(resource);
    for (const other of RESOURCES) {
      const expected = other === resource ? 'accepted' : CANNOT_VIEW;
      expect([other, await send(key, { target: ROUTE_OF[other] })]).toEqual([other, expected]);
    }
  });

  test.each([
    ['GET', CANNOT_VIEW],
    ['HEAD', undefined],
    ['POST', CANNOT_EDIT],
    ['PUT', CANNOT_EDIT],
    ['PATCH', CANNOT_EDIT],
    ['DELETE', CANNOT_EDIT],
  ])('answers %s to another group with WooCommerce’s code, and names the group', async (method, expected) => {
    const answer = await answerTo(orders, { method, target: `${CUSTOMERS}/12` });
    expect(answer.status).toBe(403);
    if (!expected) return;
    expect(verdict(answer)).toEqual(expected);
    expect(answer.json()['data']).toEqual({ status: 403, resource: 'customers' });
    expect(await send(orders, { method, target: `${ORDERS}/12/notes` })).toBe('accepted');
  });

  test('for customers opens no account of a manager', async () => {
    const customers = await opening('customers');
    for (const target of ['/wp-json/wp/v2/users/1', '/wp-json/wp/v2/users/1/application-passwords'])
      for (const [method, expected] of [
        ['GET', CANNOT_VIEW],
        ['POST', CANNOT_EDIT],
      ] as const)
        expect([target, await send(customers, { method, target })]).toEqual([target, expected]);
  });

  test('is told that a route belongs to no single group', async () => {
    for (const target of [
      '/wp-json/batch/v1',
      '/wp-json/wp/v2/search',
      '/wp-json/wc/store/v1/cart',
      '/wp-json/mcp/x',
    ]) {
      const answer = await answerTo(allButCustomers, { method: 'POST', target });
      expect([target, verdict(answer)]).toEqual([target, CANNOT_EDIT]);
      expect(answer.json()['data']).toEqual({ status: 403, resource: null });
    }
  });

  test.each<[string, Ask, object]>([
    ['_method', { method: 'POST', target: `${CUSTOMERS}/1?_method=GET` }, CANNOT_EDIT],
    ['_method=DELETE on GET', { target: `${CUSTOMERS}/1?_method=DELETE` }, CANNOT_VIEW],
    ['a header', { target: CUSTOMERS, headers: [['X-HTTP-Method-Override', 'OPTIONS']] }, CANNOT_VIEW],
    ['OPTIONS that is overridden', { method: 'OPTIONS', target: `${CUSTOMERS}?_method=GET` }, CANNOT_EDIT],
    ['rest_route', { target: '/?rest_route=/wc/v3/customers' }, CANNOT_VIEW],
    ['rest_route, encoded', { target: '/?%72est_route=%2Fwc%2Fv3%2Fcustomer%73' }, CANNOT_VIEW],
    ['rest_route of its own group', { target: `${ORDERS}?rest_route=/wc/v3/customers` }, TWO_ROUTES],
    ['two rest_route', { target: '/?rest_route=/wc/v3/orders&rest_route=/wc/v3/customers' }, TWO_ROUTES],
    ['rest_route as a list', { target: '/?rest_route[]=/wc/v3/customers' }, TWO_ROUTES],
    [
      'rest_route after a semicolon',
      { target: '/?rest_route=/wc/v3/orders;rest_route=/wc/v3/customers' },
      TWO_ROUTES,
    ],
    [
      'a route of the legacy API',
      { target: `${ORDERS}?wc-api-version=3&wc-api-route=/customers` },
      TWO_ROUTES,
    ],
    [
      'a route of the legacy API, encoded',
      { target: `/?rest_route=/wc/v3/orders&a=1;wc%2Dapi-route=/customers` },
      TWO_ROUTES,
    ],
    ['double slashes', { target: '//wp-json//wc//v3//customers' }, CANNOT_VIEW],
    ['index.php', { target: '/index.php/wp-json/wc/v3/customers' }, CANNOT_VIEW],
    ['capitals', { target: '/wp-json/wc/v3/CUSTOMERS' }, CANNOT_VIEW],
    ['escaped letters', { target: '/wp-json/wc/v3/%63ustomers' }, CANNOT_VIEW],
    ['letters that are escaped twice', { target: '/wp-json/wc/v3/%2563ustomers' }, CANNOT_VIEW],
    ['an escaped slash', { target: '/wp-json/wc/v3%2Fcustomers' }, CANNOT_VIEW],
    ['an escaped slash behind its own group', { target: `${ORDERS}/..%2Fcustomers` }, CANNOT_VIEW],
    ['a backslash', { target: `${ORDERS}\\..\\customers` }, CANNOT_VIEW],
    ['a path parameter', { target: `/wp-json/wc/v3/customers;a` }, CANNOT_VIEW],
    ['a batch of the group', { method: 'POST', target: `${CUSTOMERS}/batch` }, CANNOT_EDIT],
    ['the batch of WordPress', { method: 'POST', target: '/wp-json/batch/v1' }, CANNOT_EDIT],
    ['reports of another namespace', { target: '/wp-json/wc-analytics/customers' }, CANNOT_VIEW],
  ])('does not open another group through %s', async (_how, ask, expected) => {
    for (const key of [orders, allButCustomers]) {
      const answer = await answerTo(key, ask);
      // Forward auth rejects dot segments for every key, with another code.
      if (name === 'forward auth' && ask.target?.includes('..')) expect(answer.status).toBe(403);
      else expect(verdict(answer)).toEqual(expected);
    }
  });

  test('does not open another group through a form', async () => {
    if (name === 'forward auth') return;
    const body = 'rest_route=/wc/v3/customers&status=completed';
    const headers = [['Content-Type', 'application/x-www-form-urlencoded']] as const;
    const target = signedTarget(orders, {
      method: 'POST',
      path: ORDERS,
      form: [
        ['rest_route', '/wc/v3/customers'],
        ['status', 'completed'],
      ],
    });
    const answer = await endpoint.send({ method: 'POST', target, headers, body, secure: false });
    expect(verdict(answer)).toEqual(TWO_ROUTES);
  });

  test('reads indexes and asks with OPTIONS', async () => {
    for (const ask of [
      { target: '/wp-json/' },
      { target: '/wp-json/wc/v3' },
      { target: '/?rest_route=/' },
      { method: 'OPTIONS', target: CUSTOMERS },
    ])
      expect([ask, await send(orders, ask)]).toEqual([ask, 'accepted']);
    expect(await send(orders, { method: 'POST', target: '/wp-json/' })).toEqual(CANNOT_EDIT);
  });

  if (name !== 'gateway')
    test('needs `other` outside the REST API, and no spelling of the API counts as outside', async () => {
      expect(await send(orders, { target: '/graphql' })).toEqual(CANNOT_VIEW);
      expect(await send(allButCustomers, { target: '/graphql' })).toBe('accepted');
      for (const target of [
        '/WP-JSON/wc/v3/customers',
        '/%77p-json/wc/v3/customers',
        '/%2577p-json/wc/v3/customers',
        '/wp-json%2Fwc/v3/customers',
        '/wp-json;a/wc/v3/customers',
        '/blog/wp-json/wc/v3/customers',
        '/shop/?rest_route=/wc/v3/customers',
        '/shop/?a=1;rest_route=/wc/v3/customers',
      ])
        expect([target, await send(allButCustomers, { target })]).toEqual([target, CANNOT_VIEW]);
      // WordPress prefers the route in the query, also if the path has the group that the key opens.
      expect(await send(orders, { target: '/WP-JSON/wc/v3/orders' })).toBe('accepted');
      for (const path of ['/WP-JSON/wc/v3/orders', '/%77p-json/wc/v3/orders'])
        for (const query of [
          'rest_route=/wc/v3/customers',
          'rest%5Froute[]=/wc/v3/customers',
          'wc-api-version=3&wc-api-route=/customers',
        ]) {
          const target = `${path}?${query}`;
          expect([target, await send(orders, { target })]).toEqual([target, CANNOT_VIEW]);
        }
      const unlimited = await issueKey(store);
      expect(await send(unlimited, { target: '/WP-JSON/wc/v3/customers' })).toBe('accepted');
    });

  test('is cached with its groups', async () => {
    const key = await opening('products');
    for (let use = 0; use < 4; use++) {
      expect(await send(key, { target: ROUTE_OF.products })).toBe('accepted');
      expect(await send(key, { target: ORDERS })).toEqual(CANNOT_VIEW);
    }
    const row = store.database.knex('consumer_keys').where({ key_id: key.keyId });
    await row.clone().update({ resources: 'orders' });
    expect(await send(key, { target: ORDERS })).toBe('accepted');
    expect(await send(key, { target: ROUTE_OF.products })).toEqual(CANNOT_VIEW);
    await row.clone().update({ resources: 'invoices' });
    expect(await send(key, { target: ORDERS })).toEqual(CANNOT_VIEW);
    expect(await send(key, { target: ROUTE_OF.other })).toEqual(CANNOT_VIEW);
  });

  test('sets no time of use by a request that is rejected', async () => {
    const key = await opening('coupons');
    await send(key, { target: ORDERS });
    await new Promise((resume) => setTimeout(resume, 700));
    expect(await keyRow(store, key.keyId)).toMatchObject({ last_access: null, last_address: null });
  });
});
