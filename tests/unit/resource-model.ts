/**
 * A second description of which group a route belongs to, written from the route lists of WooCommerce
 * and WordPress as data, with a parser of its own. The test of resource-of-route.ts compares both.
 */

/** Routes as the index of a store lists them, without their parameters. `?`: objects of every group. */
const LISTED = `
orders      /wc/v1/orders /wc/v2/orders /wc/v3/orders
orders      /wc/v3/refunds /wc/v2/refunds /wc/v1/refunds
customers   /wc/v1/customers /wc/v2/customers /wc/v3/customers
products    /wc/v1/products /wc/v2/products /wc/v3/products
products    /wc/v3/variations /wc/v2/variations /wc/v1/variations
coupons     /wc/v1/coupons /wc/v2/coupons /wc/v3/coupons
reports     /wc/v1/reports /wc/v2/reports /wc/v3/reports
settings    /wc/v1/settings /wc/v2/settings /wc/v3/settings
settings    /wc/v3/setting_options /wc/v2/setting_options /wc/v1/setting_options
settings    /wc/v1/system_status /wc/v2/system_status /wc/v3/system_status
settings    /wc/v1/payment_gateways /wc/v2/payment_gateways /wc/v3/payment_gateways
settings    /wc/v1/shipping /wc/v2/shipping /wc/v3/shipping
settings    /wc/v1/shipping_methods /wc/v2/shipping_methods /wc/v3/shipping_methods
settings    /wc/v1/taxes /wc/v2/taxes /wc/v3/taxes
settings    /wc/v1/data /wc/v2/data /wc/v3/data
webhooks    /wc/v1/webhooks /wc/v2/webhooks /wc/v3/webhooks
other       /wc/v1 /wc/v2 /wc/v3
orders      /wc-analytics/orders /wc-analytics/refunds
customers   /wc-analytics/customers
products    /wc-analytics/products /wc-analytics/variations
coupons     /wc-analytics/coupons
reports     /wc-analytics/reports /wc-analytics/leaderboards
settings    /wc-analytics/settings /wc-analytics/setting_options /wc-analytics/system_status
settings    /wc-analytics/payment_gateways /wc-analytics/shipping /wc-analytics/shipping_methods
settings    /wc-analytics/taxes /wc-analytics/data /wc-analytics/admin /wc-analytics/onboarding
webhooks    /wc-analytics/webhooks
?           /wc-analytics
settings    /wc-admin
products    /wp/v2/product /wp/v2/product_cat /wp/v2/product_tag /wp/v2/product_brand /wp/v2/product_variation
orders      /wp/v2/shop_order /wp/v2/shop_order_refund
coupons     /wp/v2/shop_coupon
settings    /wp/v2/settings /wp/v2/plugins /wp/v2/themes /wp/v2/users
?           /wp/v2/search /wp/v2/comments /wp/v2/block-renderer
other       /wp/v2
?           /batch /wc /wccom /wp /woocommerce /mcp
other       /
`;

export const EVERY_GROUP = '?';

const BY_ROUTE = new Map(
  LISTED.trim()
    .split('\n')
    .flatMap((line) => {
      const [group = '', ...routes] = line.split(/\s+/);
      return routes.map((route) => [route, group] as const);
    }),
);

/** The routes of the list, for the test to spell in many ways. */
export const LISTED_ROUTES = [...BY_ROUTE.keys()].filter((route) => route.split('/').length > 2);

const UNCLEAR = /[\x00-\x1f\x7f%/\\;]/; // eslint-disable-line no-control-regex

/**
 * Returns the group that opens a route, or {@link EVERY_GROUP} if a limited key must not open it.
 * @param path the path below the store, as the gateway passes it on
 */
export function groupInModel(path: string): string {
  const pieces = path.replace(/\/+/g, '/').replace(/\/$/, '').split('/').slice(1);
  const read = pieces.map((piece) => {
    const bytes = Buffer.from(piece, 'latin1').toString('latin1');
    return bytes.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  });
  // A reader that decodes, resolves or splits once more would see another path.
  const isUnclear = read.some((piece) => UNCLEAR.test(piece) || piece === '.' || piece === '..');
  if (isUnclear || read[0]?.toLowerCase() !== 'wp-json') return EVERY_GROUP;
  const route = read.slice(1).map((piece) => piece.toLowerCase());
  const first = route[0] ?? '';
  const words = ['wc-analytics', 'wc-admin'].includes(first) ? 2 : 3;
  if (route.slice(0, words).some((word) => /[^a-z0-9_-]/.test(word))) return EVERY_GROUP;
  // The longest listed beginning decides.
  for (let length = Math.min(words, route.length); length > 0; length--) {
    const found = BY_ROUTE.get(`/${route.slice(0, length).join('/')}`);
    if (found !== undefined) return found;
    const family = /^(wc|wccom|wp|woocommerce|batch|mcp)[-_]/.exec(first);
    if (length === 1 && family) return EVERY_GROUP;
  }
  return BY_ROUTE.get('/') ?? '';
}
