/** The routes of an API, as its index names them. */
export interface RouteList {
  /** Besides WooCommerce's own three: `acme/v1`. */
  readonly namespaces: readonly string[];
  /** By route, such as `/wc/v3/orders` or `/wc/v3/orders/(?P<id>[\d]+)`. */
  readonly routes: ReadonlyMap<string, ListedRoute>;
}

/** A route without links: those of an API behind this server would name its internal address. */
export interface ListedRoute {
  readonly namespace: string;
  readonly methods: readonly string[];
  /** As WordPress describes them: methods and arguments. */
  readonly endpoints: readonly unknown[];
}

export const NO_ROUTES: RouteList = { namespaces: [], routes: new Map() };

/** Returns what lies below a path of the REST API: `/wc/v3`. */
export function routesBelow({ routes }: RouteList, path: string): RouteList['routes'] {
  return new Map([...routes].filter(([route]) => route === path || route.startsWith(`${path}/`)));
}
