import { parsePhpParams } from './php-params';

/**
 * A request's target as a path, whatever was written before it: a proxy may be asked with a whole URL, and a server has to
 * take it too (RFC 9112 section 3.2.2).
 */
export function originForm(target: string): string {
  const asked = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i, '');
  return asked.startsWith('/') ? asked : `/${asked}`;
}

/** A request's target, seen from the store's base. */
export interface StoreRoute {
  /** STORE_URL's path as the client sent it; empty if a proxy stripped it, or if there is none. */
  readonly base: string;
  /** Starts with exactly one slash. */
  readonly path: string;
  /** With its `?`, as sent; empty without one. */
  readonly query: string;
}

/**
 * Splits a target into the store's base path, the path below it, and the query. WordPress ignores slashes in front of a path
 * and `/index.php`; apps that join `https://store/` and `/wc-auth/…` rely on it.
 */
export function storeRoute(target: string, basePath: string): StoreRoute {
  const asked = originForm(target);
  const mark = asked.indexOf('?');
  const query = mark < 0 ? '' : asked.slice(mark);
  let path = oneSlash(mark < 0 ? asked : asked.slice(0, mark));
  let base = '';
  if (basePath !== '' && (path === basePath || path.startsWith(`${basePath}/`))) {
    base = basePath;
    path = oneSlash(path.slice(basePath.length));
  }
  if (path.startsWith('/index.php')) path = oneSlash(path.replace(/^\/index\.php(?=\/|$)/, ''));
  return { base, path: path || '/', query };
}

/**
 * The path under which a request is answered, with its query untouched. One route has many names, as on a WordPress store:
 * those of `storeRoute`, `wc-auth` routes in any case and with a slash at their end, and
 * `/?wc-auth-version=1&wc-auth-route=authorize`.
 */
export function routePath({ path: asked, query }: StoreRoute): string {
  const path = (asked === '/' && query.includes('wc-auth-route') && routeInQuery(query)) || asked;
  // Files have names; routes have not.
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
