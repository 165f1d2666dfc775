import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { StoreUrl } from '../http/store-url';
import type { ListedRoute, RouteList } from './route-list';

export interface UpstreamRouteDependencies {
  readonly url: string;
  readonly storeUrl: StoreUrl;
  readonly now: () => number;
}

const WITHIN_MS = 2_000;
const KEPT_MS = 60_000;
/** A failed index is requested again sooner, but not for every visitor. */
const FAILURE_KEPT_MS = 5_000;
/** The index of a WordPress store with many plugins has about two megabytes. */
const SIZE_MAX = 8 * 1024 * 1024;

/**
 * Returns a function that reads the routes from the index of the API behind this server. It
 * resolves to `undefined` if the API has no index. The result is cached for a minute, and
 * concurrent callers share one request.
 */
export function upstreamRoutes({ url, storeUrl, now }: UpstreamRouteDependencies) {
  const index = new URL(url);
  index.pathname = `${index.pathname.replace(/\/+$/, '')}/wp-json/`;
  let kept: { readonly list: Promise<RouteList | undefined>; until: number } | undefined;

  return (): Promise<RouteList | undefined> => {
    if (kept && now() < kept.until) return kept.list;
    const list = read(index, storeUrl).then(routeList, () => undefined);
    const entry = { list, until: Infinity };
    kept = entry;
    void list.then((found) => (entry.until = now() + (found ? KEPT_MS : FAILURE_KEPT_MS)));
    return list;
  };
}

/**
 * Fetches the index and returns its JSON.
 * @throws if the API does not answer 200 with JSON within `WITHIN_MS`
 */
async function read(index: URL, storeUrl: StoreUrl): Promise<unknown> {
  const signal = AbortSignal.timeout(WITHIN_MS);
  const request = (index.protocol === 'https:' ? https : http).get(index, {
    agent: false,
    signal,
    headers: {
      Accept: 'application/json',
      // WordPress redirects requests without TLS to https.
      'X-Forwarded-Proto': storeUrl.secure ? 'https' : 'http',
      'X-Forwarded-Host': new URL(storeUrl.href).host,
    },
  });
  // `once` handles the first error only; a later one without a listener would end the process.
  request.on('error', () => undefined);
  // A 101 answer does not emit `response`, so this wait needs the signal too.
  const [answer] = (await once(request, 'response', { signal })) as [IncomingMessage];
  try {
    if (answer.statusCode !== 200) throw new Error('There is no index.');
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > SIZE_MAX) throw new Error('The index is too large.');
      chunks.push(chunk);
    }
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } finally {
    request.destroy();
  }
}

/** Returns the routes of an index, or `undefined` if the JSON is not an index. */
function routeList(index: unknown): RouteList | undefined {
  const { namespaces, routes } = fieldsOf(index);
  if (typeof routes !== 'object' || routes === null) return undefined;
  const listed = Object.entries(routes).flatMap(([route, value]): [string, ListedRoute][] => {
    const { namespace, methods, endpoints } = fieldsOf(value);
    if (!route.startsWith('/')) return [];
    return [
      [
        route,
        {
          namespace: typeof namespace === 'string' ? namespace : '',
          methods: strings(methods),
          endpoints: Array.isArray(endpoints) ? endpoints : [],
        },
      ],
    ];
  });
  return { namespaces: strings(namespaces), routes: new Map(listed) };
}

const fieldsOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
