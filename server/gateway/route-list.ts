/** The routes of an API, as its index lists them. */
export interface RouteList {
  /** Namespaces besides WooCommerce's own three, such as `acme/v1`. */
  readonly namespaces: readonly string[];
  /** By route, such as `/wc/v3/orders` or `/wc/v3/orders/(?P<id>[\d]+)`. */
  readonly routes: ReadonlyMap<string, ListedRoute>;
}

/**
 * A route without its links, because the links of an API behind this server name its internal
 * address.
 */
export interface ListedRoute {
  readonly namespace: string;
  readonly methods: readonly string[];
  /** In WordPress's form: methods and arguments. */
  readonly endpoints: readonly unknown[];
}

export const NO_ROUTES: RouteList = { namespaces: [], routes: new Map() };

/** Returns the routes at and below a path of the REST API, such as `/wc/v3`. */
export function routesBelow({ routes }: RouteList, path: string): RouteList['routes'] {
  return new Map([...routes].filter(([route]) => route === path || route.startsWith(`${path}/`)));
}
