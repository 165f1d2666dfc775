import { parseUrl } from '../server/http/parse-url';
import { routePath, storeRoute } from '../server/http/route-path';
import { shown } from './check-options';
import { EmulatorError } from './errors';

/** With the cookies it has to fit into the headers of a request, which the server limits to 64 KiB. */
const URL_MAX = 60_000;
const ROUTE = '/wc-auth/v1/authorize';
/** The hosts of a store, as the certificate has them and as `URL` writes them. */
const HOSTS = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Returns the query with which a URL or the target of a request opens the grant, without its
 * question mark, or `undefined` if it opens something else.
 */
export function connectQuery(url: string, routes: readonly string[] = ['authorize']): string | undefined {
  const [path = '', query = ''] = routePath(storeRoute(url.replace(/#.*$/s, ''), '')).split(/\?(.*)/s);
  const route = /^\/wc-auth\/v1\/(\w+)\/?$/.exec(path)?.[1];
  return route !== undefined && routes.includes(route) ? query : undefined;
}

/**
 * Returns a connect URL in the one spelling that all others become. A store has several hosts: each
 * name of this machine that its certificate covers.
 *
 * @throws EmulatorError if the URL does not lead to the grant of this store
 */
export function connectUrlOf(connectUrl: unknown, storeUrl: string): string {
  if (typeof connectUrl === 'string' && connectUrl.length > URL_MAX)
    throw new EmulatorError(
      `The connect URL is too long: ${connectUrl.length} characters. A store reads about ${URL_MAX}.`,
    );
  const url = typeof connectUrl === 'string' ? parseUrl(connectUrl) : undefined;
  const { protocol, port } = new URL(storeUrl);
  if (url?.protocol === protocol && url.port === port && HOSTS.includes(url.hostname)) {
    const query = connectQuery(url.href);
    if (query !== undefined) return `${storeUrl}${ROUTE}?${query}${url.hash}`;
  }
  throw new EmulatorError(
    `The connect URL must start with ${storeUrl}${ROUTE} (got ${shown(connectUrl)}). Does your app use the address of this store?`,
  );
}
