import express from 'express';
import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { NO_LIMITS } from '../../server/consumer-keys/key-limits';
import { listening } from '../support/http/listening';
import { exchange, requestBytes } from '../support/http/raw-http';
import { basicHeader, issueKey, type TestUpstream } from '../support/scenes/rest-scene';
import { startGateway, type TestGateway } from '../support/scenes/gateway-scene';
import type { TestStore } from '../support/store/test-store';

const ORDERS = '/wp-json/wc/v3/orders';
const HTTPS = ['X-Forwarded-Proto', 'https'] as const;

/** Queries with `_embed` in the spellings that PHP and other servers read, and what is left of them. */
const EMBEDDED: readonly (readonly [sent: string, left: string])[] = [
  ['_embed', ''],
  ['_embed=1', ''],
  ['_embed=author,wp:term', ''],
  ['page=2&_embed&per_page=3', 'page=2&per_page=3'],
  ['_embed[]=author&page=2', 'page=2'],
  ['_embed[a][b]=1', ''],
  ['%5Fembed=1', ''],
  ['%5f%65%6d%62%65%64=1', ''],
  ['.embed=1', ''],
  ['%2Eembed=1', ''],
  ['++_embed=1&page=2', 'page=2'],
  ['%20_embed=1', ''],
  ['_embed%00x=1', ''],
  ['_embed%5B%5D=1', ''],
  ['_EMBED=1', ''],
  ['page=2;_embed=1', 'page=2'],
  ['_embed;page=2', 'page=2'],
  ['page=2&_embed;x', 'page=2&x'],
  ['_embed=1&_embed=2', ''],
  ['_embedded=1', '_embedded=1'],
  ['x_embed=1', 'x_embed=1'],
  ['search=_embed', 'search=_embed'],
];

describe('`_embed`, which adds objects of other groups to an answer', () => {
  let gateway: TestGateway;
  let upstream: TestUpstream;
  let store: TestStore;
  let limited: IssuedKey;
  let unlimited: IssuedKey;
  beforeAll(async () => {
    gateway = await startGateway();
    ({ store, upstream } = gateway);
    limited = await issueKey(store, 'read_write', { limits: { ...NO_LIMITS, resources: ['orders'] } });
    unlimited = await issueKey(store);
  });
  afterAll(() => gateway.close());
  const withQuery = (query: string) => (query === '' ? ORDERS : `${ORDERS}?${query}`);

  test.each(EMBEDDED)(
    'is removed by the gateway and forward auth for a limited key: %j',
    async (sent, left) => {
      for (const [key, expected] of [
        [limited, withQuery(left)],
        [unlimited, withQuery(sent)],
      ] as const) {
        await exchange(store.url, requestBytes('GET', withQuery(sent), [basicHeader(key), HTTPS]));
        expect(upstream.requests.at(-1)?.target).toBe(expected);
        const { headers } = await exchange(
          store.url,
          requestBytes('GET', '/wc-auth/v1/verify', [
            basicHeader(key),
            HTTPS,
            ['X-Forwarded-Method', 'GET'],
            ['X-Forwarded-Uri', withQuery(sent)],
          ]),
        );
        expect(headers).toMatchObject({
          'x-wc-uri': expected,
          'x-wc-query': expected.slice(ORDERS.length + 1),
        });
      }
    },
  );

  test.each(EMBEDDED)('is removed from the URL behind the middleware: %j', async (sent, left) => {
    const api = express();
    api.use(store.app.requireConsumerKey(), (request, response) => void response.json(request.url));
    const base = await listening(api);
    for (const [key, expected] of [
      [limited, withQuery(left)],
      [unlimited, withQuery(sent)],
    ] as const) {
      const answer = await exchange(
        base.url,
        requestBytes('GET', withQuery(sent), [basicHeader(key), HTTPS]),
      );
      expect(JSON.parse(answer.text)).toBe(expected);
    }
    await base.close();
  });

  test('is removed with rest_route too', async () => {
    const target = '/?rest_route=/wc/v3/orders&_embed=1&page=2';
    await exchange(store.url, requestBytes('GET', target, [basicHeader(limited), HTTPS]));
    expect(upstream.requests.at(-1)?.target).toBe(`${ORDERS}?page=2`);
  });
});
