import { percentEncode, rawUrlDecode, topLevelName, type Pair } from '../http/php-params';
import type { StoreRoute } from '../http/route-path';
import { parametersOf, type Parameters, type ReadRequest } from './auth-request';
import { twoRoutes } from './verification-errors';
import { withoutParameters } from './without-credentials';

/** The canonical address of a REST request, whatever spelling the client used (protocol 3.0). */
export interface RestAddress {
  /**
   * STORE_URL's path as the client sent it. Empty if a proxy stripped it, or if STORE_URL has no
   * path.
   */
  readonly base: string;
  /** The canonical path, `/wp-json/wc/v3/products`. */
  readonly path: string;
  /** With its `?` and credentials, without `rest_route`. Empty if nothing is left. */
  readonly query: string;
  /**
   * Whether the API behind this server could read a different route from the address. Such a
   * request is rejected.
   */
  readonly namesTwoRoutes: boolean;
}

/**
 * Matches a query with a name that may be a spelling of `rest_route`: it contains `route` or an
 * escape. Other queries need not be parsed. A match that excludes `?` takes linear time, and finds a
 * name with a `?` too, because a `?` also starts one.
 */
const MAY_NAME_ROUTE = /[?&;][^=&;?]*(?:route|%)/;

const ROUTE_PARAMETER = 'rest_route';
/** Names a route of WooCommerce's legacy API, which answers on every page before the REST API does. */
const LEGACY_PARAMETER = 'wc-api-route';
const ROOT = /^\/wp-json\/?$/;

/**
 * Returns the REST address of a target, or `undefined` for a target outside the REST API.
 *
 * On the store's home page and on the index, `rest_route` names the route, as in WordPress. On any
 * other path it names a second route. Up to WooCommerce 10.5, such a request let a key for `wc/`
 * reach every route of WordPress.
 */
export function restAddress({ base, path, query }: StoreRoute): RestAddress | undefined {
  const isRest = isRestPath(path);
  if (!isRest && path !== '/') return undefined;
  const parameters = MAY_NAME_ROUTE.test(query) ? parametersOf(query.slice(1)) : undefined;
  const named = parameters ? routesNamedIn(parameters) : NONE;
  const hasLegacyRoute = parameters !== undefined && namesLegacyRoute(parameters);
  if (named.size === 0) return isRest ? { base, path, query, namesTwoRoutes: hasLegacyRoute } : undefined;
  const [route] = named;
  // WordPress shows the home page for an empty `rest_route`.
  if (!isRest && named.size === 1 && route === '') return undefined;
  const onlyOne = !hasLegacyRoute && named.size === 1 && route !== undefined && (!isRest || ROOT.test(path));
  return {
    base,
    path: onlyOne ? pathOf(route) : path,
    query: withoutParameters(query, (name) => name === ROUTE_PARAMETER),
    namesTwoRoutes: !onlyOne,
  };
}

/** Returns whether a path, without its query, belongs to the REST API. */
export function isRestPath(path: string): boolean {
  return path === '/wp-json' || path.startsWith('/wp-json/');
}

const DECODED_TIMES_MAX = 4;

/**
 * Returns whether a target outside the REST API may still lead there. WordPress decodes the path, and
 * takes `rest_route` on every page. Express ignores the case of letters, and other servers resolve
 * dot segments or drop path parameters.
 */
export function mayLeadToTheApi({ path, query }: Pick<StoreRoute, 'path' | 'query'>): boolean {
  let decoded = path;
  for (let times = 0; times < DECODED_TIMES_MAX && decoded.includes('%'); times++)
    decoded = rawUrlDecode(decoded);
  // The routes of WooCommerce's legacy API are below /wc-api.
  return /%|wp-json|wc-api/i.test(decoded) || queryNamesRoute(query);
}

/** Returns whether a query names a route, of the REST API or of WooCommerce's legacy API. */
export function queryNamesRoute(query: string): boolean {
  if (/wc[-_]api/i.test(rawUrlDecode(query))) return true;
  if (!MAY_NAME_ROUTE.test(query)) return false;
  return [...routesNamedIn(parametersOf(query.slice(1)))].some((route) => route !== '');
}

/**
 * Checks that a form that was not read yet names no route, because WordPress would prefer it to that of
 * the address. Only a key that opens some groups would gain by it. PHP reads the form of a POST only.
 * @throws RestError 401, and what reading the body throws
 */
export function checkUnreadForm({
  method,
  pairsInBody,
}: Pick<ReadRequest, 'method' | 'pairsInBody'>): Promise<void> | undefined {
  if (method !== 'POST' || !pairsInBody) return undefined;
  return pairsInBody().then((pairs) => {
    if (routeValues(pairs).length > 0 || pairs.some(isLegacyRoute)) throw twoRoutes();
  });
}

type Routes = ReadonlySet<string | undefined>;
const NONE: Routes = new Set();

/**
 * Returns whether the form has a `rest_route` that the query does not have. WordPress would prefer
 * that of the form.
 */
export function formNamesAnotherRoute(request: Pick<ReadRequest, 'query' | 'form'>): boolean {
  if (namesLegacyRoute(request.form())) return true;
  const inForm = routesNamedIn(request.form());
  if (inForm.size === 0) return false;
  const inQuery = routesNamedIn(request.query());
  return [...inForm].some((route) => route === undefined || !inQuery.has(route));
}

/**
 * Returns the distinct values of `rest_route`. `undefined` stands for a value that readers may
 * understand differently: an array, or a value that only an API sees that splits parameters at `;`
 * too. PHP splits at `&` only.
 */
function routesNamedIn({ pairs, otherPairs }: Pick<Parameters, 'pairs' | 'otherPairs'>): Routes {
  const routes = new Set(routeValues(pairs));
  for (const route of routeValues(otherPairs())) if (!routes.has(route)) routes.add(undefined);
  return routes;
}

const namesLegacyRoute = ({ pairs, otherPairs }: Pick<Parameters, 'pairs' | 'otherPairs'>): boolean =>
  pairs.some(isLegacyRoute) || otherPairs().some(isLegacyRoute);

const isLegacyRoute = ([name]: Pair): boolean => topLevelName(name) === LEGACY_PARAMETER;

function routeValues(pairs: readonly Pair[]): (string | undefined)[] {
  return pairs
    .filter(([name]) => topLevelName(name) === ROUTE_PARAMETER)
    .map(([name, value]) => (name.includes('[') ? undefined : value));
}

// A `%` in the decoded value is an ordinary character of the route, so it is escaped again.
function pathOf(route: string): string {
  const encoded = route.split('/').map(encodeSegment).join('/');
  return encoded.startsWith('/') ? `/wp-json${encoded}` : `/wp-json/${encoded}`;
}

/** Percent-encodes everything that RFC 3986 section 3.3 does not allow in a path segment. */
function encodeSegment(segment: string): string {
  return segment.replace(/[^A-Za-z0-9\-._~!$&'()*+,;=:@]/g, percentEncode);
}
