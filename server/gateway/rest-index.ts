import type { StoreUrl } from '../http/store-url';
import { routesBelow, type RouteList } from './route-list';
import { upstreamRoutes } from './upstream-routes';

export interface RestIndexDependencies {
  readonly storeUrl: StoreUrl;
  readonly storeName: string;
  readonly upstreamUrl: string | undefined;
  /** The routes that STORE_ROUTES lists, used if the API has no index. */
  readonly storeRoutes: RouteList;
  readonly now: () => number;
}

const NAMESPACES = ['wc/v1', 'wc/v2', 'wc/v3'];

/**
 * Returns a function that writes the JSON of the index at a path: the namespaces, the routes, and
 * where keys are granted. Clients request it first. Its shape is that of WordPress.
 */
export function restIndexes({ storeUrl, storeName, upstreamUrl, storeRoutes, now }: RestIndexDependencies) {
  const { href, secure } = storeUrl;
  const fetchRoutes =
    upstreamUrl === undefined ? undefined : upstreamRoutes({ url: upstreamUrl, storeUrl, now });
  // Written once per list of routes, because an index may have megabytes and needs no key.
  let written: { readonly from: RouteList; readonly byNamespace: Map<string, string> } | undefined;

  return async (path: string): Promise<string> => {
    const list = (await fetchRoutes?.()) ?? storeRoutes;
    const namespace = /^\/wp-json\/(wc\/v[123])/.exec(path)?.[1] ?? '';
    if (written?.from !== list) written = { from: list, byNamespace: new Map() };
    const { byNamespace } = written;
    let text = byNamespace.get(namespace);
    if (text === undefined) {
      text = JSON.stringify(namespace === '' ? root(list) : namespaceIndex(namespace, list));
      byNamespace.set(namespace, text);
    }
    return text;
  };

  function root(list: RouteList) {
    return {
      name: storeName,
      description: '',
      url: href,
      home: href,
      namespaces: [...new Set([...NAMESPACES, ...list.namespaces])],
      authentication: {
        'wc-auth': { endpoints: { authorization: `${href}/wc-auth/v1/authorize` } },
        'oauth1.0a': { signature_methods: ['HMAC-SHA1', 'HMAC-SHA256'] },
        ...(secure ? { basic: { https_only: true } } : {}),
      },
      routes: shown(list.routes),
    };
  }

  function namespaceIndex(namespace: string, list: RouteList) {
    return {
      namespace,
      routes: shown(routesBelow(list, `/${namespace}`)),
      _links: {
        up: [{ href: `${href}/wp-json/` }],
        self: [{ href: `${href}/wp-json/${namespace}` }],
      },
    };
  }

  function shown(routes: RouteList['routes']) {
    return Object.fromEntries(
      [...routes].map(([route, listed]) => {
        // WordPress links fixed addresses, but not patterns.
        const links = route.includes('(') ? {} : { _links: { self: [{ href: `${href}/wp-json${route}` }] } };
        return [route, { ...listed, ...links }];
      }),
    );
  }
}
