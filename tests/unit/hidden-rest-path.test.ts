import { storeRoute } from '../../server/http/route-path';
import { mayLeadToTheApi, restAddress } from '../../server/key-authentication/rest-address';

/** The targets outside the REST API that some server behind this one may answer with a REST route. */
const HIDDEN = [
  '/WP-JSON/wc/v3/customers',
  '/Wp-Json',
  '/%77p-json/wc/v3/customers',
  '/%2577p-json/wc/v3/customers',
  '/%252577p-json/wc/v3/customers',
  '/wp%2Djson/wc/v3/customers',
  '/wp-json%2Fwc/v3/customers',
  '/wp-json%252Fwc/v3/customers',
  '/wp-json;a/wc/v3/customers',
  '/wp-json%3Ba/wc/v3/customers',
  '/wp-json\\wc\\v3\\customers',
  '/./wp-json/wc/v3/customers',
  '/x/../wp-json/wc/v3/customers',
  '/%2e/wp-json/wc/v3/customers',
  '/blog/wp-json/wc/v3/customers',
  '/blog/index.php/wp-json/wc/v3/customers',
  '/INDEX.PHP/wp-json/wc/v3/customers',
  '/shop/?rest_route=/wc/v3/customers',
  '/shop?rest.route=/wc/v3/customers',
  '/shop?%72est_route=/wc/v3/customers',
  '/shop?rest_route[]=/wc/v3/customers',
  '/shop?a=1;rest_route=/wc/v3/customers',
  '/shop?rest_route=&rest_route=/wc/v3/customers',
  '/wc-api/v3/customers',
  '/shop?wc-api-version=3&wc-api-route=/customers',
  '/shop?wc%5Fapi=v3',
];

test.each(HIDDEN)('%s may lead to the REST API', (target) => {
  const route = storeRoute(target, '');
  expect([restAddress(route), mayLeadToTheApi(route)]).toEqual([undefined, true]);
});

test.each([
  '/',
  '/?rest_route=',
  '/graphql',
  '/shop/product?page=2',
  '/shop?rest_route=',
  '/shop?route=/wc/v3/customers',
  '/shop?page=/wp-json/wc/v3/customers',
  '/wp-jso',
  '/wp/json/wc/v3/customers',
  '/M%C3%BCtze',
])('%s does not', (target) => {
  expect(mayLeadToTheApi(storeRoute(target, ''))).toBe(false);
});

test('a path that is still encoded after a few rounds counts as leading there, and is not decoded to its end', () => {
  const target = `/%${'25'.repeat(7_000)}77p-json/wc/v3/customers`;
  const began = performance.now();
  expect(mayLeadToTheApi(storeRoute(target, ''))).toBe(true);
  expect(performance.now() - began).toBeLessThan(50);
});

test.each(['?', '&', ';', '?a', '%', '?%', 'route', '?route'])(
  'a query of many %j is read in linear time',
  (piece) => {
    const began = process.cpuUsage();
    const route = storeRoute(`/shop?${piece.repeat(100_000 / piece.length)}`, '');
    restAddress({ ...route, path: '/' });
    mayLeadToTheApi(route);
    expect(process.cpuUsage(began).user / 1e6).toBeLessThan(2);
  },
);
