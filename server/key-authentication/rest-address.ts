import { percentEncode, topLevelName, type Pair } from '../http/php-params';
import type { StoreRoute } from '../http/route-path';
import { parametersOf, type Parameters, type ReadRequest } from './auth-request';
import { withoutParameters } from './without-credentials';

/** The one address of a REST request, however the client wrote it (protocol 3.0). */
export interface RestAddress {
  /** STORE_URL's path as the client sent it; empty if a proxy stripped it, or if there is none. */
  readonly base: string;
  /** The canonical path, `/wp-json/wc/v3/products`. */
  readonly path: string;
  /** With its `?`, without `rest_route`; empty without one. Credentials are still in it. */
  readonly query: string;
  /** Whether the API behind this server could read another route from the address. Such a request is rejected. */
  readonly namesTwoRoutes: boolean;
}

/**
 * A quick look at a query: only a name with `route` or an escape in it can be a spelling of `rest_route`. Ordinary queries
 * are not taken apart.
 */
const MAY_NAME_ROUTE = /[?&;][^=&;]*(?:route|%)/;

const ROUTE = 'rest_route';
const ROOT = /^\/wp-json\/?$/;

/**
 * Returns the REST address behind a target, or `undefined` for a target outside of the REST API.
 *
 * On the store's home page and on the index `rest_route` names the route, as in WordPress. Beside any other path it names
 * a second one, which up to WooCommerce 10.5 let a key for `wc/` open every route of WordPress.
 */
export function restAddress({ base, path, query }: StoreRoute): RestAddress | undefined {
  const isRest = isRestPath(path);
  if (!isRest && path !== '/') return undefined;
  const named = MAY_NAME_ROUTE.test(query) ? routesNamedIn(parametersOf(query.slice(1))) : NONE;
  if (named.size === 0) return isRest ? { base, path, query, namesTwoRoutes: false } : undefined;
  const [route] = named;
  // WordPress shows the home page for an empty one.
  if (!isRest && named.size === 1 && route === '') return undefined;
  const onlyOne = named.size === 1 && route !== undefined && (!isRest || ROOT.test(path));
  return {
    base,
    path: onlyOne ? pathOf(route) : path,
    query: withoutParameters(query, (name) => name === ROUTE),
    namesTwoRoutes: !onlyOne,
  };
}

/** Whether a path (without its query) belongs to the REST API. */
export function isRestPath(path: string): boolean {
  return path === '/wp-json' || path.startsWith('/wp-json/');
}

type Routes = ReadonlySet<string | undefined>;
const NONE: Routes = new Set();

/** Whether a form that was read has a `rest_route` that the query has not. WordPress would prefer the form's. */
export function formNamesAnotherRoute(request: Pick<ReadRequest, 'query' | 'form'>): boolean {
  const inForm = routesNamedIn(request.form());
  if (inForm.size === 0) return false;
  const inQuery = routesNamedIn(request.query());
  return [...inForm].some((route) => route === undefined || !inQuery.has(route));
}

/**
 * The values of `rest_route`, each once; `undefined` stands for one that is not a single string to every reader. PHP splits
 * parameters at `&` only, but an API behind this server may split at `;` too and find another value.
 */
function routesNamedIn({ pairs, otherPairs }: Pick<Parameters, 'pairs' | 'otherPairs'>): Routes {
  const routes = new Set(routeValues(pairs));
  for (const route of routeValues(otherPairs())) if (!routes.has(route)) routes.add(undefined);
  return routes;
}

function routeValues(pairs: readonly Pair[]): (string | undefined)[] {
  return pairs
    .filter(([name]) => topLevelName(name) === ROUTE)
    .map(([name, value]) => (name.includes('[') ? undefined : value));
}

// A `%` in the decoded value is a letter of the route, so it is escaped once more.
function pathOf(route: string): string {
  const encoded = route.split('/').map(encodeSegment).join('/');
  return encoded.startsWith('/') ? `/wp-json${encoded}` : `/wp-json/${encoded}`;
}

/** RFC 3986 section 3.3 lets a segment hold these as they are; everything else is percent-encoded. */
function encodeSegment(segment: string): string {
  return segment.replace(/[^A-Za-z0-9\-._~!$&'()*+,;=:@]/g, percentEncode);
}
