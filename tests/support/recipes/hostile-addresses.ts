const words = (list: string) => list.trim().split(/\s+/);
const ORDERS = '/wc/v3/orders';

const home = words('/ // /./ /index.php /index.php/ /INDEX.php /Index.PHP /%69ndex.php /#');
const routeNames = words(
  'rest_route REST_ROUTE rest%5Froute rest.route rest+route rest_route[] a=1;rest_route',
);
const indexes = words(
  '/wp-json /wp-json/ //wp-json/ /wp-json/wc/v3 /wp-json/wc/v3/ /wp-json/# /wp-json/index.php',
);
const queries = [
  `rest_route=${ORDERS}`,
  'rest%5Froute=%2Fwc%2Fv3%2Forders',
  `x=1;rest_route=${ORDERS}`,
  'x=1;_method=DELETE',
];
const bases = words(`
  /wp-json //wp-json ///wp-json /../wp-json /x/../wp-json /%2e%2e/wp-json /index.php/wp-json /index.php//wp-json
  /index.php/../wp-json /index.php/index.php/wp-json http://evil.example/wp-json http://evil.example//wp-json
  /%77p-json /wp%2Djson /wp-json%2F /WP-JSON /wp-json/ /wp-json/. /wp-json/wc/.. /wp-json;x /wp-json./ /wp-json%20`);
const dots = words('.. %2e%2e .%2E ..; ..;x=1 ..%3b ..%2f %2e%2e%2f ..%5c ..\\ . ..? ..%00 ..%23 #/..');

/** Spellings that a server between the client and the API could read as another address. */
export const HOSTILE_ADDRESSES = [
  ...home.flatMap((path) => routeNames.map((name) => `${path}?${name}=${ORDERS}`)),
  ...indexes.flatMap((path) => queries.map((query) => `${path}?${query}`)),
  ...bases.map((base) => base + ORDERS),
  ...dots.flatMap((up) => [`/wp-json/${up}/admin/`, `/wp-json/${up}admin`, `/?rest_route=/${up}/admin/`]),
  '/wp-json\\..\\admin\\',
  `/wp-json${ORDERS}?x=1;_method=DELETE`,
  `/?rest_route=/&rest_route=${ORDERS}`,
  `/?rest_route=${ORDERS}&rest_route=/`,
  '/?rest_route=wp-json/../../admin/',
  '/?rest_route=%2F%2Fevil.example%2F',
  '/?rest_route=/%0d%0aX-WC-Key-Id:%201',
  '/wp-json/%0d%0aX-WC-Key-Id:%201',
  `http://evil.example/?rest_route=${ORDERS}`,
  `http:/wp-json${ORDERS}`,
  `wp-json${ORDERS}`,
  '*',
];
