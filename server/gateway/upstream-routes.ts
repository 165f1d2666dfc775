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
/** A failed API gets another request sooner, but not one for every visitor. */
const FAILURE_KEPT_MS = 5_000;
/** The index of a WordPress store with many plugins has about two megabytes. */
const SIZE_MAX = 8 * 1024 * 1024;

/**
 * Reads the routes from the index of the API behind this server, `undefined` if it has none. The answer is kept for a minute;
 * visitors who ask at the same time wait for the same request.
 */
export function upstreamRoutes({ url, storeUrl, now }: UpstreamRouteDependencies) {
  const index = new URL(url);
  index.pathname = `${index.pathname.replace(/\/+$/, '')}/wp-json/`;
  let kept: { readonly list: Promise<RouteList | undefined>; until: number } | undefined;

  return (): Promise<RouteList | undefined> => {
    if (kept && now() < kept.until) return kept.list;
    const list = read(index, storeUrl).then(routeList, () => undefined);
    const asked = { list, until: Infinity };
    kept = asked;
    void list.then((found) => (asked.until = now() + (found ? KEPT_MS : FAILURE_KEPT_MS)));
    return list;
  };
}

/** @throws if it is not answered with 200 and JSON, in time */
async function read(index: URL, storeUrl: StoreUrl): Promise<unknown> {
  const signal = AbortSignal.timeout(WITHIN_MS);
  const request = (index.protocol === 'https:' ? https : http).get(index, {
    agent: false,
    signal,
    headers: {
      Accept: 'application/json',
      // WordPress redirects to https what was not asked for with it.
      'X-Forwarded-Proto': storeUrl.secure ? 'https' : 'http',
      'X-Forwarded-Host': new URL(storeUrl.href).host,
    },
  });
  // `once` listens for the first one only.
  request.on('error', () => undefined);
  // An answer that switches protocols does not emit `response`, so the wait has a limit of its own.
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

/** `undefined` for what is not an index. */
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
