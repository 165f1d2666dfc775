import { parsePhpParams, rawUrlDecode, urlDecode } from '../../../server/http/php-params';
import { originForm } from '../../../server/http/route-path';

/**
 * Returns whether WordPress could read a target as the REST API of WooCommerce, its connect page, or
 * its legacy API. The cart of the shop's own pages does not count.
 *
 * WordPress reads the path as sent (WP::parse_request) and decoded once. A server in front of PHP may
 * decode and shorten it first, and then tells PHP what follows `index.php`.
 */
export function isWooCommerceApi(target: string): boolean {
  const [path = '', ...queries] = originForm(target).split('?');
  const params = parsePhpParams(queries.join('?'));
  if (params.has('wc-auth-version') || params.has('wc-api-version')) return true;
  const route = params.get('rest_route');
  if (route !== undefined && (typeof route !== 'string' || isStoreRoute(route))) return true;
  const spellings = [path, urlDecode(path), shortened(rawUrlDecode(path))];
  return spellings.some((spelling) => {
    const requested = spelling.replace(/^.*\.php\//i, '').replace(/^\/+/, '');
    const [, restRoute] = /^wp-json\/(.*)/s.exec(requested) ?? [];
    if (restRoute !== undefined) return isStoreRoute(restRoute);
    return /^wc-auth\/v|^wc-api\/v[123]/.test(requested);
  });
}

/** As WP_REST_Server matches routes: letter case does not count. */
function isStoreRoute(route: string): boolean {
  const [namespace, name] = route.replace(/^\/+/, '').toLowerCase().split('/');
  return namespace === 'wc' && name !== 'store';
}

/** Resolves dots and merges slashes, as nginx and Apache do. */
function shortened(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split(/\/+/)) {
    if (segment === '..') segments.pop();
    else if (segment !== '.') segments.push(segment);
  }
  return `/${segments.join('/')}`.replace(/^\/+/, '/');
}
