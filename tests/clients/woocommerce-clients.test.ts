import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { testCertificates } from '../support/http/certificates';
import { INSTALL_MS, installClients } from '../support/jest/client-packages';
import {
  issueKey,
  startUpstream,
  type TestUpstream,
  type UpstreamRequest,
} from '../support/scenes/rest-scene';
import { startTestStore, type TestStore } from '../support/store/test-store';

// Each client runs in its own process, as an app does: some are ES modules only, and Node reads the
// private authority at start.

const CLIENTS = ['woocommerce-rest-api', 'woocommerce-rest-ts-api', 'woocommerce-api', 'oauth-1.0a'] as const;
const WAYS = ['OAuth over HTTP', 'Basic over HTTPS', 'the query over HTTPS', 'OAuth over HTTPS'] as const;
type Way = (typeof WAYS)[number];

interface Call {
  readonly name: string;
  readonly status: number | string;
  readonly data: unknown;
}

let store: TestStore;
let upstream: TestUpstream;
let key: IssuedKey;

beforeAll(installClients, INSTALL_MS);
beforeAll(async () => {
  upstream = await startUpstream();
  store = await startTestStore({ tls: true, env: { UPSTREAM_URL: upstream.url } });
  key = await issueKey(store, 'read_write', { now: Date.now() });
});
afterAll(async () => {
  await store.app.close();
  await store.close();
  await upstream.close();
});

async function play(
  client: string,
  way: Way,
  secret = key.consumerSecret,
  wpAPIPrefix?: string,
): Promise<Call[]> {
  upstream.requests.length = 0;
  const options = {
    url: way.endsWith('HTTPS') ? store.tlsUrl : store.url,
    consumerKey: key.consumerKey,
    consumerSecret: secret,
    queryStringAuth: way.startsWith('the query'),
    wpAPIPrefix,
  };
  const { stdout } = await promisify(execFile)(process.execPath, [join(__dirname, `${client}.mjs`)], {
    env: {
      PATH: process.env['PATH'],
      STORE: JSON.stringify(options),
      NODE_EXTRA_CA_CERTS: testCertificates().caFile,
      NODE_NO_WARNINGS: '1',
    },
  });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Call);
}

/** Returns which of the four ways a client supports. */
const WAYS_OF = (client: string): readonly Way[] =>
  client === 'oauth-1.0a' ? ['OAuth over HTTP', 'OAuth over HTTPS'] : WAYS.slice(0, 3);

describe.each(CLIENTS)('npm’s %s', (client) => {
  test.each(WAYS_OF(client))('is accepted by %s with every call', async (way) => {
    const calls = await play(client, way);
    expect(calls.filter((call) => call.status !== 200)).toEqual([]);
    expect(calls.map((call) => call.name)).toEqual(
      expect.arrayContaining(['GET', 'GET awkward', 'POST', 'PUT', 'DELETE', 'OPTIONS']),
    );
    expect(upstream.requests).toHaveLength(calls.length);
    for (const request of upstream.requests) expectWhole(request);
    const awkward = upstream.requests[1]!;
    const query = new URLSearchParams(awkward.target.split('?')[1]);
    expect(query.get('search')).toBe("blue shirt & Zoë's ☕ 100% +1");
    const cannot = client === 'woocommerce-rest-ts-api' && way === 'OAuth over HTTP';
    expect(query.get('filter[period]')).toBe(cannot ? null : 'week');
    const posted = upstream.requests.find((request) => request.method === 'POST')!;
    expect(JSON.parse(Buffer.from(posted.body, 'latin1').toString('utf8'))).toEqual({ name: 'Zoë & ☕' });
  });

  test.each(WAYS_OF(client))('is told by %s that its secret is wrong', async (way) => {
    const calls = await play(client, way, 'cs_wrong');
    const message = way.startsWith('OAuth')
      ? 'Invalid signature - provided signature does not match.'
      : 'Consumer secret is invalid.';
    const rejection = { code: 'woocommerce_rest_authentication_error', message, data: { status: 401 } };
    expect(calls.map(({ status, data }) => ({ status, data }))).toEqual(
      calls.map(() => ({ status: 401, data: rejection })),
    );
    expect(upstream.requests).toEqual([]);
  });
});

// The addresses of a store with plain permalinks: `/?rest_route=/wc/v3/products`.
describe.each([
  ['woocommerce-rest-api', '?rest_route='],
  ['woocommerce-rest-api', 'index.php?rest_route='],
])('npm’s %s with the prefix %s', (client, prefix) => {
  test.each(WAYS_OF(client))('is accepted by %s with every call', async (way) => {
    const calls = await play(client, way, undefined, prefix);
    expect(calls.filter((call) => call.status !== 200)).toEqual([]);
    expect(upstream.requests).toHaveLength(calls.length);
    for (const request of upstream.requests) expectWhole(request);
  });

  test.each(WAYS_OF(client))('is told by %s that its secret is wrong', async (way) => {
    const calls = await play(client, way, 'cs_wrong', prefix);
    expect(calls.map(({ status }) => status)).toEqual(calls.map(() => 401));
    expect(upstream.requests).toEqual([]);
  });
});

/** Expects that the API got the identity of the key and nothing of the credential. */
function expectWhole(request: UpstreamRequest): void {
  expect(request.headers['x-wc-key-id']).toBe(String(key.keyId));
  expect(request.target).toMatch(/^\/wp-json\/wc\/v3\/products/);
  expect(request.target).not.toMatch(/oauth_|consumer_|c[ks]_|rest_route/);
  expect(request.headers.authorization).toBeUndefined();
}
