import { parsePhpParams } from './php-params';

/**
 * A request's target as a path, whatever was written before it: a proxy may be asked with a whole URL, and a server has to
 * take it too (RFC 9112 section 3.2.2).
 */
export function originForm(target: string): string {
  const asked = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i, '');
  return asked.startsWith('/') ? asked : `/${asked}`;
}

/**
 * The path under which a request is answered, its query untouched. One route has many names, as on a WordPress store:
 * with and without the path of STORE_URL (proxies strip it), under `/index.php/`, `wc-auth` routes in any case and with
 * a slash at their end, and `/?wc-auth-version=1&wc-auth-route=authorize`.
 */
export function routePath(target: string, basePath: string): string {
  const asked = originForm(target);
  const mark = asked.indexOf('?');
  let path = mark < 0 ? asked : asked.slice(0, mark);
  const query = mark < 0 ? '' : asked.slice(mark);
  if (basePath !== '' && (path === basePath || path.startsWith(`${basePath}/`)))
    path = path.slice(basePath.length);
  path = path.replace(/^\/index\.php(?=\/|$)/, '') || '/';
  if (path === '/' && query.includes('wc-auth-route')) path = routeInQuery(query) ?? path;
  // Files have names; routes have not.
  const isRoute = /^\/wc-auth\/(?!assets\/)/i.test(path);
  return (isRoute ? path.toLowerCase() : path) + query;
}

function routeInQuery(query: string): string | undefined {
  const params = parsePhpParams(query.slice(1));
  const version = params.get('wc-auth-version');
  const route = params.get('wc-auth-route');
  if (typeof version !== 'string' || typeof route !== 'string') return undefined;
  if (!/^\d+$/.test(version) || !/^[\w-]+$/.test(route)) return undefined;
  return `/wc-auth/v${version}/${route}`;
}
