import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { ENDPOINTS, openEndpoint, verdict, type Ask, type Endpoint } from '../support/http/endpoints';
import { basicHeader, issueKey, NOW, query, signedTarget } from '../support/scenes/rest-scene';
import { fakeClock, startTestStore, type TestStore } from '../support/store/test-store';
import { CANNOT_VIEW, rejected, SIGNATURE_DIFFERS, type Pairs } from '../unit/oauth-fixtures';

const ROUTE = '/wc/v3/products';
const CANONICAL = `/wp-json${ROUTE}`;
const TWO_ROUTES = rejected('The provided API key cannot be used to access this endpoint.');
const REST_ROUTE: Pairs = [['rest_route', ROUTE]];

/** Addresses of the route `/wp-json/wc/v3/products`: a path, and the query that names the route. */
const ADDRESSES: readonly (readonly [string, Pairs])[] = [
  [CANONICAL, []],
  [`/${CANONICAL}`, []],
  [`////${CANONICAL}`, []],
  [`/index.php${CANONICAL}`, []],
  [`//index.php//${CANONICAL}`, []],
  ['/', REST_ROUTE],
  ['//', REST_ROUTE],
  ['/index.php', REST_ROUTE],
  ['/index.php/', REST_ROUTE],
  // At the index rest_route may name the route, as in WordPress.
  ['/wp-json/', REST_ROUTE],
];

/** Addresses that name a second route to at least one parser. */
const AMBIGUOUS: readonly string[] = [
  `${CANONICAL}?rest_route=/wc/v3/orders`,
  `${CANONICAL}?rest_route=${ROUTE}`,
  `${CANONICAL}?a=1&rest%5Froute=%2Fwc%2Fv3%2Forders`,
  `${CANONICAL}?%72est_route=/wp/v2/users`,
  `${CANONICAL}?+rest.route=/wp/v2/users`,
  `${CANONICAL}?rest[route=/wp/v2/users`,
  `${CANONICAL}?rest_route[]=/wp/v2/users`,
  `${CANONICAL}?rest_route`,
  `${CANONICAL}?x=1;rest_route=/wp/v2/users`,
  '/wp-json/wc/v3/?rest_route=/wc/v3/orders',
  `//wp-json/wc/v3/products?rest_route=/wc/v3/orders`,
  '/?rest_route=/wc/v3/products&rest_route=/wc/v3/orders',
  '/?rest_route=/wc/v3/products;rest_route=/wc/v3/orders',
  '/?rest_route[]=/wc/v3/products',
  '/?x=1;rest_route=/wc/v3/orders',
  '/wp-json/?x=1;rest_route=/wc/v3/orders',
  '/wp-json/?rest_route=/;rest_route=/wc/v3/orders',
];

describe.each(ENDPOINTS)('the addresses of a REST route at the endpoint %s', (name) => {
  let store: TestStore;
  let endpoint: Endpoint;
  let key: IssuedKey;

  beforeAll(async () => {
    store = await startTestStore({ clock: fakeClock(NOW * 1000), env: { TRUST_PROXY: 'loopback' } });
    key = await issueKey(store);
    endpoint = await openEndpoint(name, store);
  });
  afterAll(async () => {
    await endpoint.close();
    await store.app.close();
    await store.close();
  });

  const verdictOf = async (ask: Ask) => verdict(await endpoint.send(ask));
  const basic = () => [basicHeader(key)];
  const joined = (path: string, params: Pairs) => (params.length > 0 ? `${path}?${query(params)}` : path);

  describe.each(ADDRESSES)('the address %s with %j', (path, named) => {
    test('is accepted with Basic and with a pair in the query', async () => {
      expect(await verdictOf({ target: joined(path, named), headers: basic() })).toBe('accepted');
      const pair: Pairs = [
        ['consumer_key', key.consumerKey],
        ['consumer_secret', key.consumerSecret],
      ];
      expect(await verdictOf({ target: joined(path, [...pair, ...named]) })).toBe('accepted');
    });
    test('is rejected without a key', async () => {
      expect(await verdictOf({ target: joined(path, named) })).toEqual(CANNOT_VIEW);
    });
    test('is accepted with a signature over the URL that was sent', async () => {
      const params: Pairs = [...named, ['per_page', '2']];
      const target = signedTarget(key, { path, params });
      expect(await verdictOf({ target, secure: false })).toBe('accepted');
      expect(await verdictOf({ target: `${target}&more=1`, secure: false })).toEqual(SIGNATURE_DIFFERS);
    });
    test('is accepted with a signature over the canonical URL', async () => {
      const signed = signedTarget(key, { path: CANONICAL, params: [...named, ['per_page', '2']] });
      const target = path + signed.slice(CANONICAL.length);
      expect(await verdictOf({ target, secure: false })).toBe('accepted');
    });
  });

  test('include an unescaped rest_route, which counts as signed', async () => {
    const signed = signedTarget(key, { path: '/', params: REST_ROUTE });
    const target = signed.replace('%2Fwc%2Fv3%2Fproducts', ROUTE);
    expect(target).toContain(`rest_route=${ROUTE}&`);
    expect(await verdictOf({ target, secure: false })).toBe('accepted');
  });
  test('include /?rest_route= signed for the store URL without a slash, as in WooCommerce', async () => {
    const signed = signedTarget(key, { path: '', params: REST_ROUTE });
    expect(await verdictOf({ target: `/${signed}`, secure: false })).toBe('accepted');
  });
  test('break the signature when a rest_route is changed, added or repeated with another value', async () => {
    const target = signedTarget(key, { path: '/index.php', params: REST_ROUTE });
    const other = target.replace('products', 'orders');
    expect(await verdictOf({ target: other, secure: false })).toEqual(SIGNATURE_DIFFERS);
    const index = signedTarget(key, { path: '/wp-json/' });
    expect(await verdictOf({ target: `${index}&rest_route=${ROUTE}`, secure: false })).toEqual(
      SIGNATURE_DIFFERS,
    );
    expect(await verdictOf({ target: `${target}&rest_route=/wc/v3/orders`, secure: false })).toEqual(
      TWO_ROUTES,
    );
  });
  test('may name rest_route twice for a client that sends every parameter twice', async () => {
    const target = joined('/', [...REST_ROUTE, ...REST_ROUTE]);
    expect(await verdictOf({ target, headers: basic() })).toBe('accepted');
  });

  test.each(AMBIGUOUS)(
    'are rejected for %s, which names two routes, with a correct key and without one',
    async (target) => {
      expect(await verdictOf({ target, headers: basic() })).toEqual(TWO_ROUTES);
      expect(await verdictOf({ target })).toEqual(TWO_ROUTES);
      expect(await verdictOf({ target, method: 'OPTIONS' })).toEqual(TWO_ROUTES);
    },
  );

  test('need the permission of the method, whatever the form of the address', async () => {
    const reader = await issueKey(store, 'read');
    const headers = [basicHeader(reader)];
    const NO_WRITE = rejected('The API key provided does not have write permissions.');
    for (const [path, named] of ADDRESSES)
      expect(await verdictOf({ method: 'POST', target: joined(path, named), headers })).toEqual(NO_WRITE);
  });
});

describe.each(ENDPOINTS)('a store under a path at the endpoint %s', (name) => {
  let store: TestStore;
  let endpoint: Endpoint;
  beforeAll(async () => {
    const env = { TRUST_PROXY: 'loopback' };
    store = await startTestStore({ clock: fakeClock(NOW * 1000), path: '/wp', env });
    endpoint = await openEndpoint(name, store);
  });
  afterAll(async () => {
    await endpoint.close();
    await store.app.close();
    await store.close();
  });

  test.each([
    [`/wp${CANONICAL}`, []],
    [`//wp/${CANONICAL}`, []],
    [`/wp//${CANONICAL}`, []],
    [`/wp//index.php/${CANONICAL}`, []],
    [`/${CANONICAL}`, []],
    ['/wp', REST_ROUTE],
    ['/wp/', REST_ROUTE],
    ['/wp/index.php', REST_ROUTE],
    ['/', REST_ROUTE],
  ] as [string, Pairs][])(
    'accepts %s with %j, signed for that address or for the canonical URL',
    async (path, params) => {
      const key = await issueKey(store);
      const paths = path.replace(/^\/+/, '/').startsWith('/wp/') || path === '/wp' ? [path] : [`/wp${path}`];
      for (const signedPath of [...paths, `/wp${CANONICAL}`]) {
        const signed = signedTarget(key, { path: signedPath, params, origin: new URL(store.url).origin });
        const ask = { target: path + signed.slice(signedPath.length), secure: false };
        expect([signedPath, verdict(await endpoint.send(ask))]).toEqual([signedPath, 'accepted']);
      }
    },
  );
});
