import { parsePhpParams } from './php-params';

/**
 * Returns a request's target as path and query. A client may send a whole URL as the target, and a
 * server must accept it (RFC 9112 section 3.2.2).
 */
export function originForm(target: string): string {
  const withoutOrigin = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i, '');
  return withoutOrigin.startsWith('/') ? withoutOrigin : `/${withoutOrigin}`;
}

/** A request's target, relative to the store's base path. */
export interface StoreRoute {
  /**
   * STORE_URL's path as the client sent it. Empty if a proxy stripped it, or if STORE_URL has no
   * path.
   */
  readonly base: string;
  /** Starts with exactly one slash. */
  readonly path: string;
  /** As sent, with its `?`. Empty if the target has no query. */
  readonly query: string;
}

/**
 * Splits a target into the store's base path, the path below it, and the query. Like WordPress, it
 * ignores extra slashes in front of the path, and `/index.php`. Apps that join `https://store/` and
 * `/wc-auth/…` rely on that.
 */
export function storeRoute(target: string, basePath: string): StoreRoute {
  const pathAndQuery = originForm(target);
  const mark = pathAndQuery.indexOf('?');
  const query = mark < 0 ? '' : pathAndQuery.slice(mark);
  let path = oneSlash(mark < 0 ? pathAndQuery : pathAndQuery.slice(0, mark));
  let base = '';
  if (basePath !== '' && (path === basePath || path.startsWith(`${basePath}/`))) {
    base = basePath;
    path = oneSlash(path.slice(basePath.length));
  }
  if (path.startsWith('/index.php')) path = oneSlash(path.replace(/^\/index\.php(?=\/|$)/, ''));
  return { base, path: path || '/', query };
}

/**
 * Returns the path by which a request is routed, with its query unchanged.
 *
 * A route has several spellings, as on a WordPress store: those of `storeRoute`, `wc-auth` routes
 * in upper or lower case and with a trailing slash, and
 * `/?wc-auth-version=1&wc-auth-route=authorize`.
 */
export function routePath({ path: sent, query }: StoreRoute): string {
  const path = (sent === '/' && query.includes('wc-auth-route') && routeInQuery(query)) || sent;
  // The names of files are case-sensitive, those of routes are not.
  const isRoute = /^\/wc-auth\/(?!assets\/)/i.test(path);
  return (isRoute ? path.toLowerCase() : path) + query;
}

function oneSlash(path: string): string {
  return path.startsWith('//') ? path.replace(/^\/+/, '/') : path;
}

function routeInQuery(query: string): string | undefined {
  const params = parsePhpParams(query.slice(1));
  const version = params.get('wc-auth-version');
  const route = params.get('wc-auth-route');
  if (typeof version !== 'string' || typeof route !== 'string') return undefined;
  if (!/^\d+$/.test(version) || !/^[\w-]+$/.test(route)) return undefined;
  return `/wc-auth/v${version}/${route}`;
}
