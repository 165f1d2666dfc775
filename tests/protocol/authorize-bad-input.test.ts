import { gzipSync } from 'node:zlib';
import { encodeForm, type HttpBrowser } from '../support/http/http-browser';
import { ask, route } from '../support/scenes/grant-scene';
import { isSignedIn, startTestStore, type TestStore } from '../support/store/test-store';

const ROUTES = ['authorize', 'login', 'access_granted', 'access_denied', 'logout', 'nothing'];
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

let store: TestStore;
let manager: HttpBrowser;
beforeAll(async () => {
  store = await startTestStore();
  manager = await store.signIn();
});
afterAll(() => store.close());

const TABLES = ['consumer_keys', 'users', 'audit_events'];
const counts = () =>
  Promise.all(TABLES.map(async (table) => (await store.database.knex(table).count({ n: '*' }))[0]!['n']));

/** Sends to every route, anonymously and as a manager, and checks that bad input does no harm. */
async function everywhere(
  method: string,
  query: string,
  rest: { headers?: Record<string, string>; body?: string | Buffer } = {},
  routes: readonly string[] = ROUTES,
): Promise<number[]> {
  const before = await counts();
  const statuses: number[] = [];
  const paths = [...routes.map((name) => `/wc-auth/v1/${name}`), '/login', '/'];
  for (const browser of [store.browser(), manager])
    for (const path of paths) {
      const answer = await browser.send(method, `${path}${query}`, rest);
      expect([path, answer.status < 500]).toEqual([path, true]);
      expect(answer.body).not.toMatch(/<script>alert|at .*\.ts:\d|SQLITE/);
      statuses.push(answer.status);
    }
  expect(await counts()).toEqual(before);
  expect(await isSignedIn(manager)).toBe(true);
  return statuses;
}

describe('bad input to every route: no 500, no unescaped echo, nothing created', () => {
  const values: readonly [string, string][] = [
    ['a NUL', '%00'],
    ['bytes that are not UTF-8', '%ff%fe%c0%80'],
    ['a malformed escape', '%zz%'],
    ['markup', encodeURIComponent('"><script>alert(1)</script>')],
    ['line ends', '%0d%0aSet-Cookie:%20a=b'],
    ['a lone surrogate', '%ed%a0%80'],
    ['an array', '&user_id[]=1&user_id[x][y]=2'],
    ['a template', encodeURIComponent('<%= process.env %>{{7*7}}${7*7}')],
    ['SQL', encodeURIComponent("' or 1=1; drop table users; --")],
    ['8,000 characters', 'x'.repeat(8_000)],
  ];
  test.each(values)('accepts or rejects %s in each parameter without an error', async (_what, value) => {
    const queries = Object.keys(ask()).map((name) => `${encodeForm({ ...ask() })}&${name}=${value}`);
    for (const query of queries) await everywhere('GET', `?${query}`, {}, ['authorize', 'login']);
    await everywhere('POST', '', { headers: FORM, body: queries[1]! });
  });

  test('ignores parameter names such as __proto__ and constructor', async () => {
    for (const name of [
      '__proto__',
      '__proto__[x]',
      'constructor[prototype][x]',
      'toString',
      'hasOwnProperty',
      '',
    ]) {
      const query = `${name}=1&${name}[y]=2&${encodeForm({ ...ask() })}`;
      const statuses = await everywhere('GET', `?${query}`);
      expect(statuses[0]).toBe(302);
      await everywhere('POST', '', { headers: FORM, body: query });
    }
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  test('handles 10,000 parameters within 10 seconds', async () => {
    const body = Array.from({ length: 10_000 }, (_, at) => `p${at}=`).join('&');
    expect(body.length).toBeLessThan(65_536 * 1.1);
    const began = performance.now();
    await everywhere('POST', '', { headers: FORM, body: body.slice(0, 60_000) });
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  test('handles parameter names with thousands of brackets', async () => {
    for (const name of [
      `a${'['.repeat(5_000)}`,
      `a${'[]'.repeat(5_000)}`,
      `a${'[x'.repeat(5_000)}`,
      ']['.repeat(5_000),
    ])
      await everywhere('POST', '', { headers: FORM, body: `${name}=1&${encodeForm({ ...ask() })}` });
  });

  test.each([
    'application/json',
    'text/plain',
    'multipart/form-data; boundary=x',
    'image/png',
    ';;;',
    'a/b; charset=x',
  ])('handles a body of the media type %s', async (type) => {
    await everywhere('POST', '', { headers: { 'content-type': type }, body: encodeForm({ ...ask() }) });
  });

  test.each(['utf-16', 'nonsense', 'iso-8859-1'])('handles a form of the charset %s', async (charset) => {
    const headers = { 'content-type': `application/x-www-form-urlencoded; charset=${charset}` };
    await everywhere('POST', '', { headers, body: encodeForm({ ...ask() }) });
  });
});

describe('a request body', () => {
  const atMost = (bytes: number) => {
    const rest = `${encodeForm({ ...ask() })}&filler=`;
    return rest + 'x'.repeat(bytes - rest.length);
  };

  test('is read up to 16 KiB; one byte more is rejected with 413', async () => {
    const browser = store.browser();
    expect((await browser.post('/wc-auth/v1/authorize', atMost(16_384))).status).toBe(302);
    for (const path of [...ROUTES.map((name) => `/wc-auth/v1/${name}`), '/login']) {
      const answer = await browser.post(path, atMost(16_385));
      expect([path, answer.status]).toEqual([path, 413]);
    }
  });

  test('is rejected with 413 when it grows past the limit in chunks or by decompression', async () => {
    const chunked = await store.browser().send('POST', '/login', {
      headers: { ...FORM, 'transfer-encoding': 'chunked' },
      body: atMost(200_000),
    });
    expect(chunked.status).toBe(413);
    const bomb = gzipSync(Buffer.alloc(5_000_000, 'x'));
    const headers = { ...FORM, 'content-encoding': 'gzip' };
    expect((await store.browser().send('POST', '/login', { headers, body: bomb })).status).toBe(413);
  });

  test('is rejected with 415 for an unknown encoding, and with 400 when it is not in the encoding it names', async () => {
    const send = (encoding: string) =>
      store
        .browser()
        .send('POST', '/login', { headers: { ...FORM, 'content-encoding': encoding }, body: 'a=b' });
    expect((await send('nonsense')).status).toBe(415);
    expect((await send('gzip')).status).toBe(400);
  });

  test('is rejected with JSON when it is too large and the client asks for JSON', async () => {
    const answer = await store
      .browser()
      .post('/wc-auth/v1/authorize', atMost(70_000), { accept: 'application/json' });
    expect([answer.status, answer.json()]).toEqual([413, expect.objectContaining({ data: { status: 413 } })]);
  });
});

test.each([
  '/wc-auth/v1/%ff',
  '/wc-auth/v1/%',
  '/%c0%af',
  '/wc-auth/v1/authorize%00',
  '/wc-auth/assets/../../package.json',
  '/wc-auth/assets/%2e%2e/%2e%2e/package.json',
])('rejects the path %s without looking for a file', async (path) => {
  const answer = await store.browser().get(`${path}?${encodeForm({ ...ask() })}`);
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(answer.status).toBeLessThan(500);
  expect(answer.body).not.toContain('dependencies');
});

test('keeps line breaks of a parameter out of the response headers', async () => {
  const browser = store.browser();
  const answer = await browser.get(route('authorize', ask({ user_id: 'a\r\nX-Evil: 1' })));
  expect(answer.headers['x-evil']).toBeUndefined();
  expect(answer.location).toContain('user_id=a%0D%0AX-Evil%3A%201');
});
