import type { Answer, HttpBrowser } from '../support/http/http-browser';
import { isSignedIn, startTestStore, type TestStore } from '../support/store/test-store';

const LOGOUT = '/wc-auth/v1/logout';
const JSON_ONLY = { accept: 'application/json' };

let store: TestStore;
let manager: HttpBrowser;
beforeAll(async () => (store = await startTestStore()));
beforeEach(async () => (manager = await store.signInByForm()));
afterAll(() => store.close());

async function nonceOf(browser: HttpBrowser): Promise<string> {
  const { data } = (await browser.get(LOGOUT, JSON_ONLY)).json() as { data: { nonce: string } };
  return data.nonce;
}

const post = (browser: HttpBrowser, body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  browser.post(LOGOUT, typeof body === 'string' ? body : JSON.stringify(body), {
    ...JSON_ONLY,
    'content-type': 'application/json',
    ...headers,
  });

test('GET returns what the page would ask, and never signs out', async () => {
  const answer = await manager.get(LOGOUT, JSON_ONLY);
  expect([answer.status, answer.headers['content-type'], answer.headers['cache-control']]).toEqual([
    200,
    'application/json; charset=utf-8',
    'no-store',
  ]);
  expect(answer.json()).toEqual({
    success: true,
    data: {
      confirm: true,
      message: 'Do you really want to log out?',
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      logout_url: `${store.url}${LOGOUT}`,
    },
  });
  expect(await isSignedIn(manager)).toBe(true);
});

test('POST with confirm and the nonce signs out and answers 200', async () => {
  const before = manager.copy();
  const answer = await post(manager, { confirm: true, _wpnonce: await nonceOf(manager) });
  expect([answer.status, answer.json()['success']]).toEqual([200, true]);
  expect(manager.cookies.has('wc_auth_session')).toBe(false);
  expect(await isSignedIn(before)).toBe(false);
});

test('a form with confirm and the nonce signs out and answers 200', async () => {
  const answer = await manager.post(LOGOUT, { confirm: '1', _wpnonce: await nonceOf(manager) }, JSON_ONLY);
  expect([answer.status, answer.json()['success']]).toEqual([200, true]);
});

test.each([true, '1'])('everywhere=%j ends all sessions of the user', async (everywhere) => {
  const other = await store.signInByForm();
  await post(manager, { confirm: true, _wpnonce: await nonceOf(manager), everywhere });
  expect(await isSignedIn(other)).toBe(false);
});

describe('a JSON sign-out', () => {
  const unconfirmed = [
    {},
    { confirm: false },
    { confirm: 'no' },
    { confirm: 0 },
    { confirm: null },
    { confirm: [true] },
  ];
  test.each(unconfirmed)('answers 409 to %j, which does not confirm', async (body) => {
    const answer = await post(manager, { ...body, _wpnonce: await nonceOf(manager) });
    expect([answer.status, answer.json()]).toEqual([
      409,
      { success: false, data: { status: 409, message: expect.stringContaining('confirm') } },
    ]);
    expect(await isSignedIn(manager)).toBe(true);
  });

  test.each([undefined, '', 'wrong', 42, null, ['x'], { a: 1 }])(
    'answers 403 to the nonce %j',
    async (_wpnonce) => {
      const answer = await post(manager, { confirm: true, _wpnonce });
      expect([answer.status, answer.json()['success']]).toEqual([403, false]);
      expect(await isSignedIn(manager)).toBe(true);
    },
  );

  test('answers 401 to GET and POST without a session', async () => {
    const stranger = store.browser();
    const answers = [
      await stranger.get(LOGOUT, JSON_ONLY),
      await post(stranger, { confirm: true, _wpnonce: 'x' }),
    ];
    for (const answer of answers)
      expect([answer.status, answer.json()['success'], answer.headers['content-type']]).toEqual([
        401,
        false,
        'application/json; charset=utf-8',
      ]);
  });

  test.each([
    ['{"confirm":', 400],
    [`{"confirm":"${'x'.repeat(20_000)}"}`, 413],
  ])('answers in JSON to a body that cannot be read: %#', async (body, status) => {
    const answer = await post(manager, body);
    expect(answer.status).toBe(status);
    expect(answer.json()).toMatchObject({ data: { status } });
    expect(await isSignedIn(manager)).toBe(true);
  });

  test.each(['[]', '"x"', '1', 'null', '[{"confirm":true}]', '{"__proto__":{"confirm":true}}'])(
    'rejects the JSON body %s, which has no parameters',
    async (body) => {
      const answer = await post(manager, body);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
      expect(await isSignedIn(manager)).toBe(true);
    },
  );

  test.each([{ origin: 'https://evil.example' }, { origin: 'null' }])(
    'answers 403 to a request from another site: %j',
    async (headers) => {
      const answer = await post(manager, { confirm: true, _wpnonce: await nonceOf(manager) }, headers);
      expect([answer.status, await isSignedIn(manager)]).toEqual([403, true]);
    },
  );
});
