import { noRoute, type ApiError } from './api-error';
import type { Call, Method, Route } from './route';

const API_PATH = /^\/wp-json\/(wc\/v[123])\/(.+?)\/?$/i;

/** Returns whether a canonical path is below one of the namespaces of the API. */
export const isApiPath = (path: string): boolean => API_PATH.test(path);

export interface FoundRoute {
  readonly route: Route;
  /** Such as `wc/v3`. */
  readonly namespace: string;
  readonly names: Call['names'];
}

/** Finds the route of a canonical path, such as `/wp-json/wc/v3/orders/12`. */
export type RouteFinder = (path: string) => FoundRoute | undefined;

export function routeFinder(routes: readonly Route[]): RouteFinder {
  const compiled = routes.map((route) => ({
    route,
    expression: new RegExp(`^${route.pattern.replaceAll('(?P<', '(?<')}$`, 'i'),
  }));
  return (path) => {
    const [, namespace = '', rest = ''] = API_PATH.exec(path) ?? [];
    for (const { route, expression } of compiled) {
      const match = expression.exec(rest);
      if (match) return { route, namespace: namespace.toLowerCase(), names: { ...match.groups } };
    }
    return undefined;
  };
}

/** Returns the method whose handler answers a request. */
export const handledAs = (method: string): Method => (method === 'HEAD' ? 'GET' : (method as Method));

/**
 * Returns the error that a request gets with any key and without one: its route does not exist, or
 * WooCommerce looks for its object first.
 */
export function earlyError(find: RouteFinder, method: string, path: string): ApiError | undefined {
  if (!isApiPath(path)) return undefined;
  const found = find(path);
  const handled = handledAs(method);
  if (!found?.route.methods[handled]) return noRoute();
  return found.route.early?.(handled, found.names);
}
