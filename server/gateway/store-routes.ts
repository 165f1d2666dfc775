import type { ListedRoute, RouteList } from './route-list';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
/** Matches a route with at least the two segments of a namespace, such as `/acme/v1`. */
const ROUTE = /^(?:\/[^\s/]+){2,}$/;

/**
 * Parses a STORE_ROUTES file: a JSON object of route → methods, such as `{"/wc/v3/orders": ["GET",
 * "POST"]}`.
 *
 * @throws Error that names the entry at fault
 */
export function parseStoreRoutes(text: string): RouteList {
  const listed: unknown = JSON.parse(text);
  if (typeof listed !== 'object' || listed === null || Array.isArray(listed))
    throw new Error('it must hold a JSON object of route → methods');
  const routes = new Map<string, ListedRoute>();
  for (const [route, methods] of Object.entries(listed)) {
    const entry = JSON.stringify(route);
    if (!ROUTE.test(route))
      throw new Error(`the route ${entry} must look like "/wc/v3/orders", without a slash at its end`);
    if (!isMethods(methods))
      throw new Error(`the methods of ${entry} must be a list of ${METHODS.join(', ')}`);
    const namespace = route.split('/', 3).slice(1).join('/');
    routes.set(route, { namespace, methods, endpoints: [{ methods, args: {} }] });
  }
  return { namespaces: [...new Set([...routes.values()].map(({ namespace }) => namespace))], routes };
}

function isMethods(value: unknown): value is string[] {
  return (
    Array.isArray(value) && value.length > 0 && value.every((method) => METHODS.includes(method as string))
  );
}
