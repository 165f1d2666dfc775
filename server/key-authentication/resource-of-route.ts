import type { Resource } from '../consumer-keys/key-limits';
import { rawUrlDecode } from '../http/php-params';
import { remembered } from './remembered';

type Group = Resource | undefined;

interface Namespace {
  /** The group of each route by its first segment. */
  readonly routes: Readonly<Record<string, Group>>;
  /** The group of all other routes. */
  readonly others: Group;
}

/**
 * The routes of WooCommerce 10.5 (`includes/rest-api/Controllers`). Those of payment gateways,
 * shipping, taxes, reference data and the system status check the permission for settings.
 */
const WOOCOMMERCE: Namespace = {
  routes: {
    orders: 'orders',
    refunds: 'orders',
    customers: 'customers',
    products: 'products',
    variations: 'products',
    coupons: 'coupons',
    reports: 'reports',
    settings: 'settings',
    setting_options: 'settings',
    system_status: 'settings',
    payment_gateways: 'settings',
    shipping: 'settings',
    shipping_methods: 'settings',
    taxes: 'settings',
    data: 'settings',
    webhooks: 'webhooks',
  },
  others: 'other',
};

/** The routes of WooCommerce's analytics (`src/Admin/API`), which has no version in its namespace. */
const ANALYTICS: Namespace = {
  routes: { ...WOOCOMMERCE.routes, leaderboards: 'reports', admin: 'settings', onboarding: 'settings' },
  others: undefined,
};

/** The routes of WordPress 7.1 (`wp-includes/rest-api/endpoints`) with WooCommerce's post types. */
const WORDPRESS: Namespace = {
  routes: {
    product: 'products',
    product_brand: 'products',
    product_cat: 'products',
    product_tag: 'products',
    product_variation: 'products',
    shop_order: 'orders',
    shop_order_refund: 'orders',
    shop_coupon: 'coupons',
    settings: 'settings',
    plugins: 'settings',
    themes: 'settings',
    // Accounts of every role: an app could make an administrator there, or an application password.
    users: 'settings',
    // These answer with objects of every group. Reviews of products are comments.
    search: undefined,
    comments: undefined,
    'block-renderer': undefined,
  },
  others: 'other',
};

const NAMESPACES: Readonly<Record<string, Namespace>> = {
  'wc/v1': WOOCOMMERCE,
  'wc/v2': WOOCOMMERCE,
  'wc/v3': WOOCOMMERCE,
  'wc-analytics': ANALYTICS,
  // Options, plugins and themes of the store.
  'wc-admin': { routes: {}, others: 'settings' },
  'wp/v2': WORDPRESS,
};

/**
 * Matches the first segment of a namespace of WordPress or WooCommerce that the table does not have,
 * such as `wc/v4` or `wp-abilities/v1`, and those of `batch/v1`, which runs requests to every route, and
 * of the MCP adapter that WooCommerce 10.3 brings (`mcp/mcp-adapter-default-server`), which runs its
 * abilities.
 */
const OF_EVERY_GROUP = /^(?:wp|wc|wccom|woocommerce|batch|mcp)(?:$|[-_])/;

/** A path that every reader understands alike, as most are: without an escape or an empty segment. */
const SIMPLE = /^(?:\/[a-z0-9_-]+)+\/?$/;
/** A segment that decides the group. Any other spelling may be one route here and another there. */
const PLAIN = /^[a-z0-9_-]+$/;
/**
 * A segment after those. A slash, a percent sign (encoded twice), a path parameter or a dot segment
 * could lead to another route.
 */
const HARMLESS = /^(?!\.{1,2}$)[^/\\%;\x00-\x1f\x7f]+$/; // eslint-disable-line no-control-regex

/**
 * Returns the group of a route (docs/protocol.md, section 3.1.1), or `undefined` if a key that opens
 * only some groups must not open it: the route may answer with objects of every group, or the API
 * may read another route from the path.
 *
 * @param path canonical, and percent-encoded as sent: `/wp-json/wc/v3/orders/12/notes`
 */
export function resourceOfRoute(path: string): Group {
  // Of such a path, the segments that decide are few, and the others are harmless.
  return SIMPLE.test(path) ? ofBeginning(path.slice(0, endOfDeciding(path))) : ofSegments(path);
}

/** The root, the namespace and the route, with a slash before each: `/wp-json/wc/v3/orders`. */
const DECIDING = 4;

function endOfDeciding(path: string): number {
  let end = 0;
  for (let slashes = 0; slashes < DECIDING; slashes++) {
    end = path.indexOf('/', end + 1);
    if (end < 0) return path.length;
  }
  return end;
}

const ofBeginning = remembered(ofSegments);

function ofSegments(path: string): Group {
  const [root, ...segments] = path
    .split('/')
    .filter((segment) => segment !== '')
    // WordPress matches routes in any case of letters.
    .map((segment) => rawUrlDecode(segment).toLowerCase());
  if (root !== 'wp-json') return undefined;
  const [first = '', second = ''] = segments;
  const name = Object.hasOwn(NAMESPACES, first) ? first : `${first}/${second}`;
  const deciding = name === first ? 2 : 3;
  if (!segments.every((segment, index) => (index < deciding ? PLAIN : HARMLESS).test(segment)))
    return undefined;
  const namespace = Object.hasOwn(NAMESPACES, name) ? NAMESPACES[name] : undefined;
  if (!namespace) return OF_EVERY_GROUP.test(first) ? undefined : 'other';
  const route = segments[deciding - 1] ?? '';
  return Object.hasOwn(namespace.routes, route) ? namespace.routes[route] : namespace.others;
}
