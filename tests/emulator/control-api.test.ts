import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { emulationScene, type EmulationScene } from '../support/scenes/emulation';
import { connectUrl } from '../support/scenes/kit-scene';

interface Listed {
  readonly id: string;
  readonly received: Record<string, unknown>[];
}

let scene: EmulationScene;
beforeAll(async () => {
  scene = await emulationScene();
});
afterAll(() => scene.close());
beforeEach(() => scene.call('POST', '/reset'));

async function callback(answers?: object[]): Promise<{ id: string; url: string }> {
  const { status, json } = await scene.call('POST', '/callbacks', { body: answers ? { answers } : {} });
  expect(status).toBe(201);
  return json() as { id: string; url: string };
}

const received = async (id: string): Promise<Record<string, unknown>[]> => {
  const { received } = (await scene.call('GET', `/callbacks/${id}`)).json() as Listed;
  return received;
};

describe('access to the control API', () => {
  test.each([
    ['no Authorization header', {}, 'The token is missing. '],
    ['a wrong token', { Authorization: 'Bearer wrong' }, 'The token is wrong. '],
    ['another scheme', { Authorization: 'Basic d3Jvbmc6dG9rZW4=' }, 'The token is missing. '],
  ])('needs the token: %s is answered with 401', async (_name, headers, start) => {
    const {
      status,
      headers: answered,
      json,
    } = await scene.call('GET', '/state', {
      headers: { Authorization: '', ...headers },
    });
    expect(status).toBe(401);
    expect(answered['www-authenticate']).toBe('Bearer realm="wc-auth emulator"');
    expect(json()).toEqual({
      code: 'wrong_token',
      message: `${start}Send the header "Authorization: Bearer TOKEN" with the token that the command printed at its start.`,
    });
  });

  test('does not accept a beginning of the token, or more than it', async () => {
    for (const token of [scene.token.slice(0, -1), `${scene.token}x`]) {
      const headers = { Authorization: `Bearer ${token}` };
      expect((await scene.call('GET', '/state', { headers })).status).toBe(401);
    }
  });

  test.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example:8443',
    '127.0.0.1@evil.example',
    '0.0.0.0',
  ])('rejects the Host %j, even with the token', async (Host) => {
    const { status, json } = await scene.call('GET', '/state', { headers: { Host } });
    expect([status, json().code]).toEqual([403, 'wrong_host']);
  });

  test.each(['localhost', 'LOCALHOST:8443', '127.0.0.1:8443', '[::1]:8443'])(
    'accepts the Host %j',
    async (Host) => {
      expect((await scene.call('GET', '/state', { headers: { Host } })).status).toBe(200);
    },
  );

  test('sends no CORS headers, whether it answers or rejects', async () => {
    const headers = { Origin: 'https://evil.example', 'Access-Control-Request-Method': 'POST' };
    const answers = [
      await scene.call('GET', '/state', { headers }),
      await scene.call('OPTIONS', '/approve', { headers }),
      await scene.call('OPTIONS', '/approve', { headers: { ...headers, Authorization: '' } }),
      await scene.call('GET', '/nothing', { headers }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 405, 401, 404]);
    for (const answer of answers) {
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
      expect(answer.headers['cache-control']).toBe('no-store');
    }
  });

  test('does not record its own requests', async () => {
    await scene.call('GET', '/keys');
    expect((await scene.call('GET', '/requests')).json()).toEqual({ requests: [] });
  });
});

describe('requests that cannot be used', () => {
  test.each([
    [
      'an unknown path',
      'GET',
      '/nothing',
      undefined,
      404,
      'There is no /_emulator/nothing. The control API has: POST /_emulator/approve, ',
    ],
    ['a path below an endpoint', 'GET', '/state/more', undefined, 404, 'There is no /_emulator/state/more.'],
    ['a wrong method', 'POST', '/state', {}, 405, '/_emulator/state takes GET (got POST).'],
    ['a body that is not JSON', 'POST', '/approve', '{', 400, 'The body is not valid JSON: '],
    [
      'a body that is a list',
      'POST',
      '/approve',
      [],
      400,
      'The whole must be an object with members (got []).',
    ],
    ['a missing member', 'POST', '/approve', {}, 400, 'connect_url is missing. It must be a text.'],
    [
      'an unknown member',
      'POST',
      '/keys',
      { permissions: 'read', owner: 'x' },
      400,
      'owner is unknown. Remove it, or correct its name.',
    ],
    [
      'a wrong member',
      'POST',
      '/keys',
      { permissions: 'all' },
      400,
      'permissions must be read, write, or read_write (got "all").',
    ],
    [
      'an unknown user',
      'POST',
      '/keys',
      { permissions: 'read', user: 'x' },
      400,
      'The store has no user "x". Its users are: manager.',
    ],
    [
      'an unknown fault',
      'PUT',
      '/faults',
      { callback: 'slow' },
      400,
      'callback must be unreachable, timeout, duplicate, or read-only (got "slow").',
    ],
    [
      'a wrong status',
      'PUT',
      '/faults',
      { api: { status: 200 } },
      400,
      'api.status must be a number from 400 to 599 (got 200).',
    ],
    [
      'a wrong pattern',
      'PUT',
      '/faults',
      { api: { status: 500, path: '(' } },
      400,
      'api.path must be a regular expression (got "(").',
    ],
    [
      'a wrong answer',
      'POST',
      '/callbacks',
      { answers: [{}, { delay_ms: -1 }] },
      400,
      'answers[1].delay_ms must be from 0 to 60000 (got -1).',
    ],
    [
      'a key that does not exist',
      'DELETE',
      '/keys/99',
      undefined,
      404,
      'There is no key 99. GET /_emulator/keys lists the keys.',
    ],
    [
      'a callback that does not exist',
      'DELETE',
      '/callbacks/99',
      undefined,
      404,
      'There is no callback 99. GET /_emulator/callbacks lists the callbacks.',
    ],
    [
      'a connect URL of another store',
      'POST',
      '/approve',
      { connect_url: 'https://other.example/wc-auth/v1/authorize' },
      400,
      'The connect URL must start with https://localhost:',
    ],
  ])('%s is rejected with what to change', async (_name, method, path, body, status, message) => {
    const answer = await scene.call(method, path, { body });
    expect([answer.status, answer.json().message]).toEqual([status, expect.stringContaining(message)]);
  });

  test('a wrong method is answered with those that are allowed', async () => {
    expect((await scene.call('PATCH', '/keys')).headers['allow']).toBe('GET, POST');
    expect((await scene.call('GET', '/keys/1')).headers['allow']).toBe('DELETE');
  });

  test('a body of another type is rejected, because a page of another site could send it', async () => {
    const options = { body: { permissions: 'read' }, headers: { 'Content-Type': 'text/plain' } };
    const { status, json } = await scene.call('POST', '/keys', options);
    expect([status, json().message]).toEqual([415, 'The Content-Type header must be application/json.']);
  });

  test('a body of more than 64 KiB is rejected', async () => {
    const body = { permissions: 'read', description: 'x'.repeat(65_536) };
    const { status, json } = await scene.call('POST', '/keys', { body });
    expect([status, json().code]).toEqual([413, 'too_large']);
  });
});

describe('grants', () => {
  test('approve delivers a key, and answers with what the app received', async () => {
    const app = await callback();
    const { status, json } = await scene.call('POST', '/approve', {
      body: { connect_url: connectUrl(scene.store, app.url) },
    });
    const granted = json();
    const bodies = await received(app.id);
    expect(status).toBe(200);
    expect(bodies).toEqual([
      {
        key_id: expect.any(Number),
        user_id: '42',
        consumer_key: expect.stringMatching(/^ck_/),
        consumer_secret: expect.stringMatching(/^cs_/),
        key_permissions: 'read_write',
      },
    ]);
    const { key_id, consumer_key, consumer_secret } = bodies[0]!;
    expect(granted).toEqual({
      returned_to: 'https://app.example/return?success=1&user_id=42',
      callback: { url: app.url, status: 200, body: bodies[0] },
      key: { key_id, consumer_key, consumer_secret, permissions: 'read_write' },
      warnings: [],
    });
  });

  test('deny sends the browser back without a key', async () => {
    const app = await callback();
    const body = { connect_url: connectUrl(scene.store, app.url), as: 'manager' };
    const { status, json } = await scene.call('POST', '/deny', { body });
    expect([status, json()]).toEqual([
      200,
      { returned_to: 'https://app.example/return?success=0&user_id=42', warnings: [] },
    ]);
    expect(await received(app.id)).toEqual([]);
  });

  test('a callback that fails is answered with 422 and what the page says', async () => {
    const app = await callback([{ status: 500 }]);
    const body = { connect_url: connectUrl(scene.store, app.url) };
    const { status, json } = await scene.call('POST', '/approve', { body });
    expect(status).toBe(422);
    expect(json()).toMatchObject({ code: 'not_connected', page_status: expect.any(Number), warnings: [] });
    expect(json().message).toContain('500');
    expect((await scene.call('GET', '/keys')).json()).toEqual({ keys: [] });
  });

  test('a callback gives its answers in order, and repeats the last', async () => {
    const app = await callback([{ status: 503 }, { status: 200, body: 'thanks', delay_ms: 1 }]);
    const approve = (user_id: string) =>
      scene.call('POST', '/approve', {
        body: { connect_url: connectUrl(scene.store, app.url, { user_id }) },
      });
    const statuses = [await approve('1'), await approve('2'), await approve('3')].map(({ status }) => status);
    expect(statuses).toEqual([422, 200, 200]);
    expect((await received(app.id)).map(({ user_id }) => user_id)).toEqual(['1', '2', '3']);
  });

  test('a callback that was closed answers no more', async () => {
    const app = await callback();
    const listed = async (): Promise<string[]> => {
      const { callbacks } = (await scene.call('GET', '/callbacks')).json() as { callbacks: Listed[] };
      return callbacks.map(({ id }) => id);
    };
    expect(await listed()).toContain(app.id);
    expect((await scene.call('DELETE', `/callbacks/${app.id}`)).status).toBe(204);
    expect(await listed()).not.toContain(app.id);
    const body = { connect_url: connectUrl(scene.store, app.url) };
    expect((await scene.call('POST', '/approve', { body })).status).toBe(422);
  });

  test('faults of the callback are set, shown and removed', async () => {
    const app = await callback();
    const put = await scene.call('PUT', '/faults', { body: { callback: 'timeout' } });
    expect([put.status, put.json()]).toEqual([200, { callback: 'timeout' }]);
    expect((await scene.call('GET', '/state')).json().faults).toEqual({ callback: 'timeout' });
    const body = { connect_url: connectUrl(scene.store, app.url) };
    expect((await scene.call('POST', '/approve', { body })).status).toBe(422);
    expect((await scene.call('DELETE', '/faults')).status).toBe(204);
    expect((await scene.call('POST', '/approve', { body })).status).toBe(200);
  });
});

describe('keys and requests', () => {
  const basic = ({ consumer_key, consumer_secret }: Record<string, string>) => ({
    Authorization: `Basic ${btoa(`${consumer_key}:${consumer_secret}`)}`,
  });
  const get = async (path: string, key: Record<string, string>) =>
    (await scene.store.fetch(`${scene.store.url}${path}`, { headers: basic(key) })).status;

  test('a key is created, listed without its secret, used, and revoked', async () => {
    const created = await scene.call('POST', '/keys', {
      body: { permissions: 'read', description: 'Report' },
    });
    const key = created.json();
    expect([created.status, Object.keys(key)]).toEqual([
      201,
      ['key_id', 'consumer_key', 'consumer_secret', 'permissions'],
    ]);
    const { key_id, consumer_key, permissions } = key;
    expect((await scene.call('GET', '/keys')).json()).toEqual({
      keys: [{ key_id, consumer_key, permissions }],
    });
    expect(await get('/wp-json/wc/v3/products', key)).toBe(200);
    expect((await scene.call('DELETE', `/keys/${key.key_id}`)).status).toBe(204);
    expect(await get('/wp-json/wc/v3/products?page=2', key)).toBe(401);
    expect((await scene.call('GET', '/requests')).json()).toEqual({
      requests: [
        {
          method: 'GET',
          path: '/wp-json/wc/v3/products',
          query: '',
          key_id: key.key_id,
          status: 200,
          at: expect.any(Number),
        },
        {
          method: 'GET',
          path: '/wp-json/wc/v3/products',
          query: 'page=2',
          status: 401,
          at: expect.any(Number),
        },
      ],
    });
  });

  test('faults of the API fail every so many requests whose path matches', async () => {
    const key = (await scene.call('POST', '/keys', { body: { permissions: 'read' } })).json();
    const api = { status: 429, every: 2, retry_after: 5, path: '/products$' };
    expect((await scene.call('PUT', '/faults', { body: { api } })).json()).toEqual({ api });
    const statuses: number[] = [];
    for (const path of ['/products', '/nothing', '/products', '/products'])
      statuses.push(await get(`/wp-json/wc/v3${path}`, key));
    expect(statuses).toEqual([200, 404, 429, 200]);
  });

  test('warnings are those of the store', async () => {
    scene.store.warnings.push({ code: 'x', severity: 'code', parameter: 'scope', message: 'm', help: 'h' });
    expect((await scene.call('GET', '/warnings')).json()).toEqual({
      warnings: [{ code: 'x', severity: 'code', parameter: 'scope', message: 'm', help: 'h' }],
    });
  });

  test('a reset removes keys, requests and faults', async () => {
    const key = (await scene.call('POST', '/keys', { body: { permissions: 'read' } })).json();
    await get('/wp-json/wc/v3/products', key);
    await scene.call('PUT', '/faults', { body: { callback: 'timeout' } });
    const { status, text } = await scene.call('POST', '/reset');
    expect([status, text]).toEqual([204, '']);
    expect((await scene.call('GET', '/keys')).json()).toEqual({ keys: [] });
    expect((await scene.call('GET', '/requests')).json()).toEqual({ requests: [] });
    expect((await scene.call('GET', '/state')).json().faults).toEqual({});
  });
});

test('the state has what a test needs to use the store', async () => {
  expect((await scene.call('GET', '/state')).json()).toEqual({
    url: scene.store.url,
    name: 'Test store',
    ca: scene.store.ca,
    strict: false,
    users: [
      {
        login: 'manager',
        password: 'correct horse battery',
        email: 'manager@store.example',
        role: 'shop_manager',
      },
    ],
    faults: {},
  });
});

test('the token is compared in constant time', () => {
  const source = readFileSync(join(__dirname, '../../emulator/command/control-request.ts'), 'utf8');
  expect(source).toContain('timingSafeEqual(a, b)');
  expect(source).not.toMatch(/[=!]== token/);
});
