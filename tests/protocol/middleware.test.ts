import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express, { type Express } from 'express';
import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { keepRawBody } from '../../server/index';
import { verdict } from '../support/http/endpoints';
import { exchange, requestBytes, type RawAnswer } from '../support/http/raw-http';
import {
  basicHeader,
  issueKey,
  keyRow,
  NOW,
  query,
  signedTarget,
  startUpstream,
} from '../support/scenes/rest-scene';
import { fakeClock, startTestStore, type TestStore } from '../support/store/test-store';
import { rejected, SIGNATURE_DIFFERS } from '../unit/oauth-fixtures';

type Headers = readonly (readonly [string, string])[];

const PATH = '/wp-json/wc/v3/orders';
const FORM: Headers = [['Content-Type', 'application/x-www-form-urlencoded']];
const HTTPS: Headers = [['X-Forwarded-Proto', 'https']];
const form = [
  ['name', 'Zoë & co'],
  ['items[]', '1'],
  ['items[]', '2'],
] as const;

let store: TestStore;
let key: IssuedKey;
let reader: IssuedKey;
const closers: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  store = await startTestStore({ clock: fakeClock(NOW * 1000), env: { TRUST_PROXY: 'loopback' } });
  key = await issueKey(store);
  reader = await issueKey(store, 'read');
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
afterAll(async () => {
  await store.app.close();
  await store.close();
});

/** Starts an Express app and returns its URL. */
async function listening(build: (app: Express) => void): Promise<string> {
  const app = express();
  build(app);
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const post = (base: string, target: string, headers: Headers, body: string): Promise<RawAnswer> =>
  exchange(base, requestBytes('POST', target, headers, body));
const signedPost = () => signedTarget(key, { method: 'POST', path: PATH, form });
const requireConsumerKey = (...options: Parameters<TestStore['app']['requireConsumerKey']>) =>
  store.app.requireConsumerKey(...options);

describe('a signed form at the middleware', () => {
  test('is read when no parser ran before, and left parsed in request.body', async () => {
    const base = await listening((app) => {
      app.post(PATH, requireConsumerKey(), (request, response) => void response.json(request.body));
    });
    const answer = await post(base, signedPost(), FORM, query(form));
    expect(answer.status).toBe(200);
    expect(answer.json()).toEqual({ name: 'Zoë & co', items: ['1', '2'] });
    expect(verdict(await post(base, signedPost(), FORM, query(form).replace('co', 'ca')))).toEqual(
      SIGNATURE_DIFFERS,
    );
  });

  test('may be parsed before if its raw bytes were kept', async () => {
    const base = await listening((app) => {
      app.use(express.json(), express.urlencoded({ extended: true, verify: keepRawBody }));
      app.post(PATH, requireConsumerKey(), (request, response) => void response.json(request.body));
    });
    expect((await post(base, signedPost(), FORM, query(form))).status).toBe(200);
    expect(verdict(await post(base, signedPost(), FORM, query(form).replace('co', 'ca')))).toEqual(
      SIGNATURE_DIFFERS,
    );
  });

  test('is rejected at once when it was parsed before and its raw bytes were not kept', async () => {
    const base = await listening((app) => {
      app.use(express.urlencoded({ extended: true }));
      app.post(PATH, requireConsumerKey(), (_request, response) => void response.json('in'));
    });
    expect(verdict(await post(base, signedPost(), FORM, query(form)))).toEqual(SIGNATURE_DIFFERS);
    // An empty body has no bytes to keep.
    const empty = signedTarget(key, { method: 'POST', path: PATH });
    expect((await post(base, empty, FORM, '')).status).toBe(200);
  });

  test('gets 413 in JSON when it is too large', async () => {
    const base = await listening((app) => {
      app.post(PATH, requireConsumerKey(), (_request, response) => void response.json('in'));
    });
    const answer = await post(base, signedPost(), FORM, `a=${'x'.repeat(300_000)}`);
    expect(answer.status).toBe(413);
    expect(answer.json()).toMatchObject({ code: 'rest_invalid_body', data: { status: 413 } });
  });

  test('is not read beside Basic, so that the handler can read it', async () => {
    const base = await listening((app) => {
      app.post(PATH, requireConsumerKey(), (request, response) => {
        let size = 0;
        request.on('data', (chunk: Buffer) => (size += chunk.length));
        request.on('end', () => response.json(size));
      });
    });
    const answer = await post(base, PATH, [basicHeader(key), ...HTTPS, ...FORM], 'x'.repeat(2_000_000));
    expect(answer).toMatchObject({ status: 200, text: '2000000' });
  });
});

describe('_method in the body of a POST at the middleware, with a key that may only write', () => {
  const NO_READ = rejected('The API key provided does not have read permissions.');
  const JSON_TYPE: Headers = [['Content-Type', 'application/json']];
  const shop = (...parsers: express.RequestHandler[]) =>
    listening((app) => {
      app.post(PATH, ...parsers, requireConsumerKey(), (request, response) => {
        response.json(request.body ?? 'not parsed');
      });
    });
  const send = async (base: string, type: Headers, body: string) =>
    post(base, PATH, [basicHeader(await issueKey(store, 'write')), ...HTTPS, ...type], body);

  test('is found in a form that no parser has read, which is then left parsed in request.body', async () => {
    const base = await shop();
    expect(verdict(await send(base, FORM, 'name=x&_method=GET'))).toEqual(NO_READ);
    expect(verdict(await send(base, FORM, 'name=x;_method=GET'))).toEqual(NO_READ);
    expect((await send(base, FORM, 'name=x&_method=PUT')).json()).toEqual({ name: 'x', _method: 'PUT' });
  });

  test('is found in the result of a parser that ran before', async () => {
    const base = await shop(express.json(), express.urlencoded({ extended: true }));
    expect(verdict(await send(base, FORM, 'name=x&_method=GET'))).toEqual(NO_READ);
    expect(verdict(await send(base, JSON_TYPE, '{"_method":"get"}'))).toEqual(NO_READ);
    expect((await send(base, JSON_TYPE, '{"_method":"PUT"}')).json()).toEqual({ _method: 'PUT' });
    const raw = await shop(express.raw({ type: () => true }));
    expect(verdict(await send(raw, JSON_TYPE, '{"_method":"get"}'))).toEqual(NO_READ);
  });

  test('is not looked for in a body that is not a form, which the handler reads', async () => {
    const base = await listening((app) => {
      app.post(PATH, requireConsumerKey(), express.json({ limit: '5mb' }), (request, response) => {
        response.json(JSON.stringify(request.body).length);
      });
    });
    const body = `{"name":"${'x'.repeat(1_000_000)}"}`;
    expect(await send(base, JSON_TYPE, body)).toMatchObject({ status: 200, text: String(body.length) });
  });
});

test('accepts a JSON body that is parsed before or after the middleware', async () => {
  const answerBody = (app: Express) =>
    app.post(PATH, (request, response) => void response.json(request.body));
  const before = await listening((app) => {
    app.use(express.json(), requireConsumerKey());
    answerBody(app);
  });
  const after = await listening((app) => {
    app.use(requireConsumerKey(), express.json());
    answerBody(app);
  });
  for (const base of [before, after]) {
    const target = signedTarget(key, { method: 'POST', path: PATH });
    const answer = await post(base, target, [['Content-Type', 'application/json']], '{"a":1}');
    expect(answer).toMatchObject({ status: 200, text: '{"a":1}' });
  }
});

test('checks a signed request once when it is mounted on an app and on one of its routes', async () => {
  const base = await listening((app) => {
    app.use(requireConsumerKey());
    app.get(PATH, requireConsumerKey({ permission: 'read_write' }), (request, response) => {
      response.json(request.consumerKey?.keyId);
    });
  });
  const get = (by: IssuedKey) => exchange(base, requestBytes('GET', signedTarget(by, { path: PATH }), []));
  expect((await get(key)).json()).toBe(key.keyId);
  expect(verdict(await get(reader))).toEqual(
    rejected('The API key provided does not have write permissions.'),
  );
});

test('checks the signature against the client’s URL when it is mounted on a path in a router', async () => {
  const base = await listening((app) => {
    const router = express.Router();
    router.get('/orders', requireConsumerKey(), (request, response) => void response.json(request.url));
    app.use('/wp-json/wc/v3', router);
  });
  const target = signedTarget(key, { path: PATH, params: [['page', '2']] });
  expect((await exchange(base, requestBytes('GET', target))).status).toBe(200);
  const cut = signedTarget(key, { path: '/orders' });
  expect((await exchange(base, requestBytes('GET', `/wp-json/wc/v3${cut}`))).status).toBe(401);
});

test('sets request.consumerKey to the key’s identity without secrets', async () => {
  const base = await listening((app) => {
    app.use(
      requireConsumerKey(),
      (request, response) => void response.json({ key: request.consumerKey ?? null }),
    );
  });
  const ask = async (method: string, headers: Headers) =>
    JSON.parse((await exchange(base, requestBytes(method, PATH, [...headers, ...HTTPS]))).text) as {
      key: unknown;
    };
  const { userId } = await store.userOf();
  expect((await ask('GET', [basicHeader(reader)])).key).toEqual({
    keyId: reader.keyId,
    userId,
    permissions: 'read',
    resources: null,
    appUserId: null,
  });
  expect((await ask('OPTIONS', [])).key).toBeNull();
  expect((await ask('OPTIONS', [basicHeader(reader)])).key).toMatchObject({ keyId: reader.keyId });
});

describe('a route that the program does not answer, behind the middleware and the listener', () => {
  const withListener = () =>
    listening((app) => {
      app.use('/wp-json/wc/v3', requireConsumerKey());
      app.use(store.app.listener);
    });

  test('gets 404 for a signed GET and for a signed form, whose nonces are spent once', async () => {
    const base = await withListener();
    const path = '/wp-json/wc/v3/webhooks';
    const get = exchange(base, requestBytes('GET', signedTarget(key, { path })));
    expect((await get).status).toBe(404);
    const target = signedTarget(key, { method: 'POST', path, form });
    expect((await post(base, target, FORM, query(form))).status).toBe(404);
    const basic = await exchange(base, requestBytes('GET', path, [...HTTPS, basicHeader(key)]));
    expect([basic.status, basic.json()]).toMatchObject([404, { code: 'rest_no_route' }]);
  });

  test('is still checked by the listener where the middleware is not mounted', async () => {
    const base = await withListener();
    expect((await exchange(base, requestBytes('GET', '/wp-json/wc/v2/orders'))).status).toBe(401);
    const target = signedTarget(key, { path: '/wp-json/wc/v2/orders' });
    expect((await exchange(base, requestBytes('GET', target))).status).toBe(404);
    expect(verdict(await exchange(base, requestBytes('GET', target)))).toEqual(
      rejected('Invalid nonce - nonce has already been used.'),
    );
  });
});

test('a signed form that the middleware has read reaches the API behind the listener byte for byte', async () => {
  const upstream = await startUpstream();
  const env = { UPSTREAM_URL: upstream.url };
  const passing = await startTestStore({ clock: fakeClock(NOW * 1000), env });
  closers.push(
    () => passing.app.close(),
    () => passing.close(),
    () => upstream.close(),
  );
  const base = await listening((app) => {
    app.use('/wp-json/wc/v3', passing.app.requireConsumerKey());
    app.use(passing.app.listener);
  });
  const signing = { method: 'POST', path: PATH, form };
  const target = signedTarget(await issueKey(passing), signing);
  expect(await post(base, target, FORM, query(form))).toMatchObject({ status: 200 });
  expect(upstream.requests.map(({ body }) => body)).toEqual([query(form)]);
});

describe('the option permission of the middleware', () => {
  const NO_WRITE = rejected('The API key provided does not have write permissions.');
  const NO_READ = rejected('The API key provided does not have read permissions.');
  test.each([
    ['read_write', 'GET', 'read', NO_WRITE],
    ['write', 'GET', 'read', NO_WRITE],
    ['read', 'POST', 'write', NO_READ],
    ['read', 'GET', 'read', 'accepted'],
    ['write', 'POST', 'write', 'accepted'],
    ['read_write', 'GET', 'read_write', 'accepted'],
    ['read', 'POST', 'read', NO_WRITE],
  ] as const)('checks %s for %s with a %s key', async (permission, method, permissions, expected) => {
    const base = await listening((app) => {
      app.use(requireConsumerKey({ permission }), (_request, response) => void response.json('in'));
    });
    const one = await issueKey(store, permissions);
    expect(verdict(await exchange(base, requestBytes(method, PATH, [basicHeader(one), ...HTTPS])))).toEqual(
      expected,
    );
  });

  test('does not count a request that it rejects as a use of the key', async () => {
    const base = await listening((app) => {
      app.use(
        requireConsumerKey({ permission: 'read_write' }),
        (_request, response) => void response.json('in'),
      );
    });
    const one = await issueKey(store, 'read');
    await exchange(base, requestBytes('GET', PATH, [basicHeader(one), ...HTTPS]));
    await store.app.close();
    expect(await keyRow(store, one.keyId)).toMatchObject({ last_access: null });
  });
});

test('leaves an error of a later handler to Express', async () => {
  const base = await listening((app) => {
    app.get(PATH, requireConsumerKey(), () => {
      throw new Error('mine');
    });
    app.use(
      ((_error, _request, response, _next) =>
        void response.status(418).json('handled')) as express.ErrorRequestHandler,
    );
  });
  const answer = await exchange(base, requestBytes('GET', PATH, [basicHeader(key), ...HTTPS]));
  expect(answer).toMatchObject({ status: 418, text: '"handled"' });
});
