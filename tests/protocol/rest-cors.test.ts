import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { ENDPOINTS, openEndpoint, verdict } from '../support/http/endpoints';
import { exchange, requestBytes, type RawAnswer } from '../support/http/raw-http';
import {
  basicHeader,
  issueKey,
  CLOSED_PORT_URL,
  NOW,
  signedTarget,
  startUpstream,
} from '../support/scenes/rest-scene';
import { fakeClock, startTestStore, type TestStore } from '../support/store/test-store';
import { CANNOT_VIEW, SIGNATURE_DIFFERS } from '../unit/oauth-fixtures';

type Headers = readonly (readonly [string, string])[];

const HTTPS = ['X-Forwarded-Proto', 'https'] as const;
const ORIGIN = ['Origin', 'https://browser-app.example'] as const;
const PREFLIGHT: Headers = [ORIGIN, ['Access-Control-Request-Method', 'GET']];
const PATH = '/wp-json/wc/v3/products';

/** The headers of WordPress, as protocol 3.1 lists them. */
const CORS: Record<string, string> = {
  'access-control-allow-origin': ORIGIN[1],
  vary: 'Origin',
  'access-control-allow-methods': 'OPTIONS, GET, POST, PUT, PATCH, DELETE',
  'access-control-allow-credentials': 'true',
  'access-control-expose-headers': 'X-WP-Total, X-WP-TotalPages, Link',
  'access-control-allow-headers': 'Authorization, X-WP-Nonce, Content-Disposition, Content-MD5, Content-Type',
};
const corsOf = ({ headers }: RawAnswer) =>
  Object.fromEntries(Object.keys(headers).flatMap((name) => (name in CORS ? [[name, headers[name]]] : [])));

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function storeWith(env: Record<string, string> = {}): Promise<TestStore> {
  const store = await startTestStore({
    clock: fakeClock(NOW * 1000),
    env: { TRUST_PROXY: 'loopback', ...env },
  });
  closers.push(async () => {
    await store.app.close();
    await store.close().catch(() => undefined);
  });
  return store;
}
const send = (store: TestStore, method: string, target: string, headers: Headers = []) =>
  exchange(store.url, requestBytes(method, target, [HTTPS, ...headers]));

describe('CORS headers on answers of the server itself', () => {
  test.each<[string, number, Record<string, string>, (key: IssuedKey) => [string, string, Headers]]>([
    ['an index', 200, {}, () => ['GET', '/wp-json/', []]],
    ['an index named by rest_route', 200, {}, () => ['GET', '/?rest_route=/wc/v1', []]],
    ['no key', 401, {}, () => ['GET', PATH, []]],
    [
      'an unknown key',
      401,
      {},
      () => ['GET', PATH, [basicHeader({ consumerKey: 'ck_x', consumerSecret: 'x' })]],
    ],
    [
      'a wrong secret',
      401,
      {},
      (key) => ['GET', PATH, [basicHeader({ ...key, consumerSecret: 'cs_wrong' })]],
    ],
    ['a wrong signature', 401, {}, (key) => ['GET', `${signedTarget(key)}&more=1`, []]],
    ['two routes', 401, {}, (key) => ['GET', `${PATH}?rest_route=/x`, [basicHeader(key)]]],
    ['no such route', 404, {}, (key) => ['GET', PATH, [basicHeader(key)]]],
    ['the legacy API', 404, {}, () => ['GET', '/wc-api/v3/orders', []]],
    [
      'too many wrong keys',
      429,
      { FAILED_KEYS_PER_ADDRESS: '1' },
      () => ['GET', PATH, [basicHeader({ consumerKey: 'ck_x', consumerSecret: 'x' })]],
    ],
    [
      'an API that is down',
      502,
      { UPSTREAM_URL: CLOSED_PORT_URL },
      (key) => ['GET', PATH, [basicHeader(key)]],
    ],
  ])('are present for %s, with status %s', async (_, status, env, ask) => {
    const store = await storeWith(env);
    const [method, target, headers] = ask(await issueKey(store));
    if (status === 429) await send(store, method, target, headers);
    const answer = await send(store, method, target, [...headers, ORIGIN]);
    expect([answer.status, corsOf(answer)]).toEqual([status, CORS]);
    expect(answer.headers['set-cookie']).toBeUndefined();
    const without = await send(store, method, target, headers);
    expect([without.status, corsOf(without)]).toEqual([status, {}]);
    const fromFile = await send(store, method, target, [...headers, ['Origin', 'null']]);
    expect(fromFile.headers['access-control-allow-origin']).toBe('null');
  });

  test('are present when the key cannot be checked at the moment', async () => {
    const store = await storeWith();
    const key = await issueKey(store);
    await store.database.close();
    const answer = await send(store, 'GET', PATH, [basicHeader(key), ORIGIN]);
    expect([answer.status, corsOf(answer)]).toEqual([503, CORS]);
  });

  test.each(ENDPOINTS)('are present on a rejection at the endpoint %s', async (name) => {
    const store = await storeWith();
    const endpoint = await openEndpoint(name, store);
    closers.push(() => endpoint.close());
    const answer = await endpoint.send({ headers: [ORIGIN] });
    expect([verdict(answer), corsOf(answer)]).toEqual([CANNOT_VIEW, CORS]);
  });
});

test('keeps the CORS headers of the API’s answer, and adds none', async () => {
  const upstream = await startUpstream((request, response) => {
    if (request.url === PATH) response.setHeader('Access-Control-Allow-Origin', 'https://api.example');
    response.end('{}');
  });
  closers.push(() => upstream.close());
  const store = await storeWith({ UPSTREAM_URL: upstream.url });
  const key = await issueKey(store);
  const cors = async (target: string) => corsOf(await send(store, 'GET', target, [basicHeader(key), ORIGIN]));
  expect(await cors(PATH)).toEqual({ 'access-control-allow-origin': 'https://api.example' });
  expect(await cors('/wp-json/x')).toEqual({});
});

test('ignores a session: a manager’s browser without a key is rejected', async () => {
  const store = await storeWith();
  const manager = await store.signIn();
  for (const target of [PATH, '/?rest_route=/wc/v3/products', '//wp-json/wc/v3/products'])
    expect((await manager.get(store.url + target, { origin: ORIGIN[1] })).status).toBe(401);
});

describe.each(ENDPOINTS)('a preflight at the endpoint %s', (name) => {
  test('is not checked for a key, because its URL may be signed for another method', async () => {
    const store = await storeWith();
    const endpoint = await openEndpoint(name, store);
    closers.push(() => endpoint.close());
    const key = await issueKey(store);
    const ask = (target: string, headers: Headers) =>
      endpoint.send({ method: 'OPTIONS', target, headers, secure: false });
    const [path, query = ''] = signedTarget(key).split('?');
    const inHeader = ['Authorization', `OAuth ${query.replaceAll('&', ', ')}`] as const;
    for (const [target, ...headers] of [
      [`${path}?${query}`],
      [path!, inHeader],
      [PATH, basicHeader({ ...key, consumerSecret: 'cs_wrong' })],
      [`${PATH}?consumer_key=ck_unknown&consumer_secret=cs_wrong`],
      [`/?rest_route=/wc/v3/products&${query}`],
    ] as [string, ...Headers][]) {
      const answer = await ask(target, [...PREFLIGHT, ...headers]);
      expect([target, answer.status]).toEqual([target, name === 'gateway' ? 204 : 200]);
    }
    // Without the preflight header the signature is checked.
    expect(verdict(await ask(`${path}?${query}`, []))).toEqual(SIGNATURE_DIFFERS);
    expect(await store.database.knex('oauth_nonces')).toEqual([]);
  });

  test('is checked for a key when its method is overridden or is not OPTIONS', async () => {
    const store = await storeWith();
    const endpoint = await openEndpoint(name, store);
    closers.push(() => endpoint.close());
    for (const ask of [
      { method: 'OPTIONS', target: `${PATH}?_method=DELETE` },
      { method: 'OPTIONS', target: `${PATH}?x=1;_method=DELETE` },
      { method: 'OPTIONS', headers: [['X-HTTP-Method-Override', 'DELETE']] as Headers },
      { method: 'DELETE' },
    ])
      expect((await endpoint.send({ ...ask, headers: [...PREFLIGHT, ...(ask.headers ?? [])] })).status).toBe(
        401,
      );
  });
});

test('passes a preflight to the API, except for routes that the server answers itself', async () => {
  const upstream = await startUpstream();
  closers.push(() => upstream.close());
  const store = await storeWith({ UPSTREAM_URL: upstream.url });
  const key = await issueKey(store);
  expect((await send(store, 'OPTIONS', signedTarget(key), PREFLIGHT)).status).toBe(200);
  const [seen] = upstream.requests;
  expect([seen?.method, seen?.target, seen?.names.filter((name) => name.startsWith('x-wc'))]).toEqual([
    'OPTIONS',
    PATH,
    [],
  ]);
  for (const target of ['/wp-json/', '/wp-json/wc/v3', '/?rest_route=/', '/wc-api/v3/orders']) {
    const answer = await send(store, 'OPTIONS', target, PREFLIGHT);
    expect([target, answer.status, answer.text, corsOf(answer)]).toEqual([target, 204, '', CORS]);
  }
  expect(upstream.requests).toHaveLength(1);
});
