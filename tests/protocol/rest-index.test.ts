import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, readConfig } from '../../server/config';
import { ENDPOINTS, openEndpoint, verdict } from '../support/http/endpoints';
import { exchange, requestBytes } from '../support/http/raw-http';
import {
  basicHeader,
  issueKey,
  CLOSED_PORT_URL,
  NOW,
  signedTarget,
  startUpstream,
} from '../support/scenes/rest-scene';
import { fakeClock, startTestStore, type TestStore } from '../support/store/test-store';
import { rejected } from '../unit/oauth-fixtures';

const HTTPS = ['X-Forwarded-Proto', 'https'] as const;
const INDEXES = ['/wp-json/', '/wp-json', '/wp-json/wc/v1', '/wp-json/wc/v2/', '/wp-json/wc/v3'];
const closers: (() => Promise<unknown>)[] = [];
let folder: string;

beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'wc-auth-routes-'))));
afterAll(() => rm(folder, { recursive: true }));
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function storeWith(
  env: Record<string, string>,
  more: Partial<Parameters<typeof startTestStore>[0]> = {},
): Promise<TestStore> {
  const store = await startTestStore({
    clock: fakeClock(NOW * 1000),
    env: { TRUST_PROXY: 'loopback', ...env },
    ...more,
  });
  closers.push(async () => {
    await store.app.close();
    await store.close();
  });
  return store;
}

async function api(answer: RequestListener) {
  const upstream = await startUpstream(answer);
  closers.push(() => upstream.close());
  return upstream;
}

const json =
  (body: unknown, status = 200): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };

interface Index {
  readonly namespace?: string;
  readonly namespaces: readonly string[];
  readonly routes: Record<string, { namespace: string; methods: string[]; _links?: unknown }>;
}

async function indexOf(store: TestStore, target = '/wp-json/'): Promise<Index> {
  const answer = await exchange(store.url, requestBytes('GET', target, [HTTPS]));
  expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json; charset=UTF-8']);
  expect(answer.headers['link']).toBe(`<${store.url}/wp-json/>; rel="https://api.w.org/"`);
  return JSON.parse(answer.text) as Index;
}

const entry = (namespace: string) => ({
  namespace,
  methods: ['GET', 'POST'],
  endpoints: [{ methods: ['GET'], args: { page: { type: 'integer' } } }],
  _links: { self: [{ href: 'http://10.0.0.7:3000/wp-json' }] },
});
const UPSTREAM_INDEX = {
  name: 'The API',
  url: 'http://10.0.0.7:3000',
  namespaces: ['wc/v3', 'acme/v1'],
  authentication: { secret: 'of the API' },
  routes: {
    '/': entry(''),
    '/wc/v1/orders': entry('wc/v1'),
    '/wc/v3': entry('wc/v3'),
    '/wc/v3/orders': entry('wc/v3'),
    '/wc/v3/orders/(?P<id>[\\d]+)': entry('wc/v3'),
    '/wc/v30/things': entry('wc/v30'),
    '/acme/v1/things': entry('acme/v1'),
    'no-route': entry('x'),
  },
};

describe.each(ENDPOINTS)('the indexes at the endpoint %s', (name) => {
  test('are answered without a key, but not with a wrong credential', async () => {
    const store = await storeWith({});
    const endpoint = await openEndpoint(name, store);
    closers.push(() => endpoint.close());
    const key = await issueKey(store);
    for (const target of [...INDEXES, '/?rest_route=/wc/v1', '//index.php/wp-json/wc/v2']) {
      for (const method of ['GET', 'HEAD'])
        expect((await endpoint.send({ method, target })).status).toBe(200);
      const verdictOf = async (consumerKey: string, consumerSecret: string) =>
        verdict(await endpoint.send({ target, headers: [basicHeader({ consumerKey, consumerSecret })] }));
      expect(await verdictOf(key.consumerKey, key.consumerSecret)).toBe('accepted');
      expect(await verdictOf(key.consumerKey, 'cs_wrong')).toEqual(rejected('Consumer secret is invalid.'));
      expect(await verdictOf('ck_unknown', 'cs_wrong')).toEqual(rejected('Consumer key is invalid.'));
    }
    for (const target of [
      '/wp-json/wc',
      '/wp-json/wc/v4',
      '/wp-json/wc/v1/x',
      '/wp-json/wc/v3//',
      '/?rest_route=/wc',
    ])
      expect((await endpoint.send({ target })).status).toBe(401);
    expect((await endpoint.send({ method: 'POST', target: '/wp-json/wc/v1' })).status).toBe(401);
    expect((await endpoint.send({ target: '/wp-json/wc/v1?x=1;_method=DELETE' })).status).toBe(401);
  });
});

describe('the routes of the REST index', () => {
  test('are those of the API behind the gateway, without its addresses', async () => {
    const upstream = await api(json(UPSTREAM_INDEX));
    const store = await storeWith({ UPSTREAM_URL: upstream.url });
    const index = await indexOf(store);
    expect(index).toMatchObject({
      name: 'My store',
      url: store.url,
      namespaces: ['wc/v1', 'wc/v2', 'wc/v3', 'acme/v1'],
    });
    expect(Object.keys(index.routes)).toEqual(Object.keys(UPSTREAM_INDEX.routes).slice(0, -1));
    expect(index.routes['/wc/v3/orders']).toEqual({
      namespace: 'wc/v3',
      methods: ['GET', 'POST'],
      endpoints: [{ methods: ['GET'], args: { page: { type: 'integer' } } }],
      _links: { self: [{ href: `${store.url}/wp-json/wc/v3/orders` }] },
    });
    expect(index.routes['/wc/v3/orders/(?P<id>[\\d]+)']).not.toHaveProperty('_links');
    expect(JSON.stringify(index)).not.toMatch(/10\.0\.0\.7|of the API/);
  });

  test('are limited to those of the namespace in the index of a namespace', async () => {
    const upstream = await api(json(UPSTREAM_INDEX));
    const store = await storeWith({ UPSTREAM_URL: upstream.url });
    const routes = async (target: string) => Object.keys((await indexOf(store, target)).routes);
    expect(await routes('/wp-json/wc/v1')).toEqual(['/wc/v1/orders']);
    expect(await routes('/wp-json/wc/v2/')).toEqual([]);
    expect(await routes('/?rest_route=/wc/v3')).toEqual([
      '/wc/v3',
      '/wc/v3/orders',
      '/wc/v3/orders/(?P<id>[\\d]+)',
    ]);
  });

  test('are read once a minute, below the path of UPSTREAM_URL, without headers of a client', async () => {
    const asked: { url: string | undefined; headers: unknown }[] = [];
    const upstream = await api((request, response) => {
      asked.push({ url: request.url, headers: request.headers });
      json(UPSTREAM_INDEX)(request, response);
    });
    const clock = fakeClock(NOW * 1000);
    const store = await storeWith({ UPSTREAM_URL: `${upstream.url}/api/` }, { clock });
    const key = await issueKey(store);
    const visit = (target: string) =>
      exchange(store.url, requestBytes('GET', target, [HTTPS, basicHeader(key), ['Cookie', 'a=b']]));
    await Promise.all(['/wp-json/', '/wp-json/', '/wp-json/wc/v1'].map(visit));
    clock.pass(59_000);
    await visit('/wp-json/wc/v3');
    expect(asked).toEqual([
      {
        url: '/api/wp-json/',
        headers: {
          accept: 'application/json',
          connection: 'close',
          host: `127.0.0.1:${upstream.port}`,
          'x-forwarded-proto': 'http',
          'x-forwarded-host': new URL(store.url).host,
        },
      },
    ]);
    clock.pass(2_000);
    await visit('/wp-json/');
    expect(asked).toHaveLength(2);
  });

  test('can be thousands', async () => {
    const routes = Object.fromEntries(
      Array.from({ length: 5_000 }, (_, number) => [`/wc/v3/route-${number}`, entry('wc/v3')]),
    );
    const upstream = await api(json({ namespaces: [], routes }));
    const store = await storeWith({ UPSTREAM_URL: upstream.url });
    expect(Object.keys((await indexOf(store)).routes)).toHaveLength(5_000);
  });

  const silent: RequestListener = () => undefined;
  const stalled: RequestListener = (_request, response) => void response.write('{"routes":{"/a":{}');
  const endless: RequestListener = (_request, response) => {
    const more = () => {
      while (response.write(' '.repeat(65_536)));
    };
    response.on('drain', more);
    more();
  };
  test.each<[string, RequestListener]>([
    ['is not JSON', json('<html>')],
    ['is not 200', json(UPSTREAM_INDEX, 404)],
    ['is a redirect', (_request, response) => response.writeHead(301, { Location: '/wp-json/x/' }).end('{}')],
    ['has no routes', json({ namespaces: ['acme/v9'], routes: null })],
    ['is a list', json([])],
    ['is null', json('null')],
    ['does not come within two seconds', silent],
    ['stops in the middle', stalled],
    ['has no end', endless],
    ['ends early', (_request, response) => response.destroy()],
    [
      'switches protocols',
      ({ socket }) => socket.end('HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
    ],
  ])('are those of STORE_ROUTES if the index of the API %s', async (_, answer) => {
    const upstream = await api(answer);
    const file = join(folder, 'routes.json');
    writeFileSync(file, '{"/wc/v3/orders":["GET","POST"],"/acme/v1/things/(?P<id>[\\\\d]+)":["DELETE"]}');
    const store = await storeWith({ UPSTREAM_URL: upstream.url, STORE_ROUTES: file });
    const index = await indexOf(store);
    expect(index.namespaces).toEqual(['wc/v1', 'wc/v2', 'wc/v3', 'acme/v1']);
    expect(index.routes).toEqual({
      '/wc/v3/orders': {
        namespace: 'wc/v3',
        methods: ['GET', 'POST'],
        endpoints: [{ methods: ['GET', 'POST'], args: {} }],
        _links: { self: [{ href: `${store.url}/wp-json/wc/v3/orders` }] },
      },
      '/acme/v1/things/(?P<id>[\\d]+)': {
        namespace: 'acme/v1',
        methods: ['DELETE'],
        endpoints: [{ methods: ['DELETE'], args: {} }],
      },
    });
    expect(Object.keys((await indexOf(store, '/wp-json/wc/v3')).routes)).toEqual(['/wc/v3/orders']);
  });

  test('ignore malformed members of the API’s index', async () => {
    const odd =
      '{"namespaces":[1,"a/b",null],"routes":{"/__proto__":{},"/a":null,"/b":{"methods":"GET","endpoints":7},"__proto__":{}}}';
    const upstream = await api(json(odd));
    const store = await storeWith({ UPSTREAM_URL: upstream.url });
    const { namespaces, routes } = await indexOf(store);
    expect(namespaces).toEqual(['wc/v1', 'wc/v2', 'wc/v3', 'a/b']);
    expect(Object.keys(routes)).toEqual(['/__proto__', '/a', '/b']);
    expect(routes['/b']).toMatchObject({ namespace: '', methods: [], endpoints: [] });
  });

  test('are read soon after the API was down, but not for each visitor', async () => {
    let asked = 0;
    const upstream = await api((request, response) => {
      asked++;
      json(UPSTREAM_INDEX, asked === 1 ? 503 : 200)(request, response);
    });
    const clock = fakeClock(NOW * 1000);
    const store = await storeWith({ UPSTREAM_URL: upstream.url }, { clock });
    expect((await indexOf(store)).routes).toEqual({});
    expect((await indexOf(store)).routes).toEqual({});
    expect(asked).toBe(1);
    clock.pass(6_000);
    expect(Object.keys((await indexOf(store)).routes)).toContain('/wc/v3/orders');
  });

  test('are empty if no source lists them', async () => {
    for (const env of [{}, { UPSTREAM_URL: CLOSED_PORT_URL }] as Record<string, string>[]) {
      const index = await indexOf(await storeWith(env));
      expect([index.routes, index.namespaces]).toEqual([{}, ['wc/v1', 'wc/v2', 'wc/v3']]);
    }
  });

  test('are in the answer to a signed request', async () => {
    const store = await storeWith({});
    const key = await issueKey(store);
    const target = signedTarget(key, { path: '/', params: [['rest_route', '/wc/v3']] });
    expect(JSON.parse((await exchange(store.url, requestBytes('GET', target))).text)).toMatchObject({
      namespace: 'wc/v3',
    });
  });
});

describe('the configuration STORE_ROUTES', () => {
  test.each([
    ['', 'Unexpected end of JSON input'],
    ['[]', 'it must hold a JSON object of route → methods'],
    ['"x"', 'it must hold a JSON object of route → methods'],
    ['{"wc/v3/orders":["GET"]}', 'the route "wc/v3/orders" must look like "/wc/v3/orders"'],
    ['{"/wc/v3/orders/":["GET"]}', 'the route "/wc/v3/orders/" must look like "/wc/v3/orders"'],
    ['{"/orders":["GET"]}', 'the route "/orders" must look like "/wc/v3/orders"'],
    [
      '{"/wc/v3/orders":"GET"}',
      'the methods of "/wc/v3/orders" must be a list of GET, POST, PUT, PATCH, DELETE',
    ],
    ['{"/wc/v3/orders":[]}', 'the methods of "/wc/v3/orders" must be a list of'],
    ['{"/wc/v3/orders":["get"]}', 'the methods of "/wc/v3/orders" must be a list of'],
    ['{"/wc/v3/orders":["GET",1]}', 'the methods of "/wc/v3/orders" must be a list of'],
  ])('is rejected with the mistake in %j', (text, complaint) => {
    const file = join(folder, 'wrong.json');
    writeFileSync(file, text);
    const read = () => readConfig({ STORE_ROUTES: file });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(`STORE_ROUTES: cannot be used: ${complaint}`);
  });
  test('is rejected when its file does not exist', () => {
    expect(() => readConfig({ STORE_ROUTES: join(folder, 'none.json') })).toThrow(
      /STORE_ROUTES: cannot be read/,
    );
  });
});

test('GET / and HEAD / link to the REST API, signed in or not', async () => {
  const store = await storeWith({});
  const link = `<${store.url}/wp-json/>; rel="https://api.w.org/"`;
  const manager = await store.signIn();
  for (const browser of [store.browser(), manager])
    for (const method of ['GET', 'HEAD'])
      for (const path of ['/', '/?a=1', '/index.php'])
        expect((await browser.send(method, path)).headers['link']).toBe(link);
  expect((await manager.get('/keys')).headers['link']).toBeUndefined();
});
