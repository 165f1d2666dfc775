import { storeRoute } from '../../server/http/route-path';
import { RESOURCES } from '../../server/consumer-keys/key-limits';
import { checkResource } from '../../server/key-authentication/check-limits';
import { resourceOfRoute } from '../../server/key-authentication/resource-of-route';
import { restAddress } from '../../server/key-authentication/rest-address';
import { EVERY_GROUP, groupInModel, LISTED_ROUTES } from './resource-model';

const enc = encodeURIComponent;

/** Ways to write a route as a request target. The first ones are the route itself for every reader. */
const SPELLINGS: readonly ((route: string) => string)[] = [
  (route) => `/wp-json${route}`,
  (route) => `/wp-json${route}/`,
  (route) => `/wp-json${route}/12`,
  (route) => `/wp-json${route}/batch`,
  (route) => `/wp-json${route}/12/notes?page=2`,
  (route) => `//wp-json${route}`,
  (route) => `/wp-json/${route}`,
  (route) => `/wp-json${route.replaceAll('/', '//')}`,
  (route) => `/index.php/wp-json${route}`,
  (route) => `/wp-json${route.toUpperCase()}`,
  (route) => `/?rest_route=${route}`,
  (route) => `/?rest_route=${enc(route)}/12`,
  (route) => `/index.php?rest_route=${enc(route)}`,
  (route) => `/wp-json/?rest_route=${route}`,
  (route) => `/wp-json${route.slice(0, -1)}%${route.charCodeAt(route.length - 1).toString(16)}`,
  (route) => `/wp-json${route}/..`,
  (route) => `/wp-json${route}/../customers`,
  (route) => `/wp-json${route}/%2e%2e/customers`,
  (route) => `/wp-json${route}%2f12`,
  (route) => `/wp-json${route}%5c12`,
  (route) => `/wp-json${route};x=1`,
  (route) => `/wp-json${route}/12;x=1`,
  (route) => `/wp-json${route}%252f12`,
  (route) => `/wp-json${route}/%2500`,
  (route) => `/wp-json${route}%00`,
  (route) => `/wp-json${route}.json`,
  (route) => `/wp-json${route}%20`,
  (route) => `/wp-json${route}s`,
  (route) => `/wp-json${route}/M%C3%BCtze`,
  (route) => `/?rest_route=${enc(`${route}/../customers`)}`,
  (route) => `/?rest_route=${enc(route.replace('o', '%6f'))}`,
  (route) => `/wp-json${route.replace('/', '/acme/')}`,
];

const FURTHER = [
  '/wp-json',
  '/wp-json/',
  '/wp-json/batch/v1',
  '/wp-json/batch/v2',
  '/wp-json/wc',
  '/wp-json/wc/v4/orders',
  '/wp-json/wc/v30/orders',
  '/wp-json/wc/store/v1/cart',
  '/wp-json/wc_v3/orders',
  '/wp-json/wc-telemetry/tracker',
  '/wp-json/wccom-site/v2/installer',
  '/wp-json/wp/v3/users',
  '/wp-json/wp-abilities/v1/run',
  '/wp-json/wp-site-health/v1/tests',
  '/wp-json/wp_x/v1/y',
  '/wp-json/woocommerce/mcp',
  '/wp-json/mcp/mcp-adapter-default-server',
  '/wp-json/acme/v1/orders',
  '/wp-json/acme/v1/things/1',
  '/wp-json/acme',
  '/wp-json/oembed/1.0/embed',
  '/wp-json/constructor/v1/x',
  '/wp-json/wc/v3/constructor',
  '/wp-json/wc/v3/__proto__',
  '/wp-json/__proto__',
  '/wp-json/wp/v2/posts',
  '/wp-json/wp/v2/media/3',
  '/wp-json/wp/v2/USERS/me',
  '/wp-json/wc/v3/subscriptions',
  '/wp-json/wc-analytics/notes',
  '/wp-json/wc-admin/options',
  '/wp-json/wc-admin',
  '/WP-JSON/wc/v3/orders',
  '/wp-json\\wc\\v3\\orders',
  '/wp-json/./wc/v3/orders',
  '/wp-json/wc/v3/./orders',
  '/wp-json/wc/x/../v3/orders',
  '/wp-jsonx/wc/v3/orders',
];

const TARGETS = [
  ...LISTED_ROUTES.flatMap((route) => SPELLINGS.map((spelling) => spelling(route))),
  ...FURTHER,
];

/** The canonical path that the three endpoints check, or that the API gets without one. */
function pathOf(target: string): string {
  const route = storeRoute(target, '');
  return restAddress(route)?.path ?? route.path;
}

test('the corpus has many spellings, and all groups occur in it', () => {
  expect(new Set(TARGETS).size).toBeGreaterThan(1_500);
  expect(new Set(TARGETS.map((target) => groupInModel(pathOf(target))))).toEqual(
    new Set([...RESOURCES, EVERY_GROUP]),
  );
});

test('the group of each spelling is that of the model', () => {
  const differing = TARGETS.map((target) => ({
    target,
    group: resourceOfRoute(pathOf(target)) ?? EVERY_GROUP,
    model: groupInModel(pathOf(target)),
  })).filter(({ group, model }) => group !== model);
  expect(differing).toEqual([]);
});

test.each(RESOURCES)('a key for %s alone opens exactly the spellings of that group', (resource) => {
  for (const target of TARGETS)
    for (const method of ['GET', 'POST']) {
      const path = pathOf(target);
      let rejected: unknown;
      try {
        checkResource([resource], { method, path });
      } catch (error) {
        rejected = error;
      }
      const group = groupInModel(path);
      const expected = {
        status: 403,
        code: method === 'GET' ? 'woocommerce_rest_cannot_view' : 'woocommerce_rest_cannot_edit',
        data: { resource: group === EVERY_GROUP ? null : group },
      };
      if (group === resource) expect([target, rejected]).toEqual([target, undefined]);
      else expect([target, rejected]).toEqual([target, expect.objectContaining(expected)]);
    }
});

test('a key without groups opens every spelling', () => {
  for (const target of TARGETS) checkResource(null, { method: 'POST', path: pathOf(target) });
});

test('a route outside of the REST API belongs to the group that the program names, or to the others', () => {
  const opens = (resources: readonly (typeof RESOURCES)[number][], resource?: 'orders') => {
    try {
      checkResource(resources, { method: 'GET', path: undefined, resource });
      return true;
    } catch {
      return false;
    }
  };
  expect([
    opens(['orders'], 'orders'),
    opens(['orders']),
    opens(['other']),
    opens(['other'], 'orders'),
  ]).toEqual([true, false, true, false]);
});

test('a route of the REST API needs its own group and the named one', () => {
  const path = '/wp-json/wc/v3/orders';
  const check = (resources: readonly (typeof RESOURCES)[number][]) => () => {
    checkResource(resources, { method: 'GET', path, resource: 'products' });
  };
  expect(check(['orders'])).toThrow();
  expect(check(['products'])).toThrow();
  expect(check(['orders', 'products'])).not.toThrow();
});
