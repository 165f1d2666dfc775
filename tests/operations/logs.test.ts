import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { startHttpsReceiver, type Behavior } from '../support/http/https-receiver';
import { exchange, requestBytes } from '../support/http/raw-http';
import { approve, ask as parameters, openConsent } from '../support/scenes/grant-scene';
import { basicHeader, issueKey, CLOSED_PORT_URL } from '../support/scenes/rest-scene';
import { startTestStore, type TestStore } from '../support/store/test-store';

let store: TestStore;
let key: IssuedKey;
async function start(env: Readonly<Record<string, string>> = {}): Promise<void> {
  store = await startTestStore({ env });
  key = await issueKey(store);
}
afterEach(async () => {
  await store.close();
});

const PROXY = { TRUST_PROXY: 'loopback' };
const TLS = ['X-Forwarded-Proto', 'https'] as const;
const ask = (target: string, headers: readonly (readonly [string, string])[] = []) =>
  exchange(store.url, requestBytes('GET', target, headers));
/** Returns the lines with this id, without pino's own members. */
const linesOf = (id: string | undefined) => store.logs.filter(({ requestId }) => requestId === id);

test('a page shows the id under which its request is logged', async () => {
  await start();
  const { headers } = await ask('/login?redirect_to=/keys');
  expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  expect(linesOf(headers['x-request-id'])).toMatchObject([{ msg: 'request', path: '/login', status: 200 }]);
});

test('an id from a trusted proxy is kept', async () => {
  await start(PROXY);
  const id = '4f9a61c2-trace-0042';
  expect((await ask('/login', [['X-Request-Id', id]])).headers['x-request-id']).toBe(id);
  expect(linesOf(id)).toHaveLength(1);
});

test.each([
  ['from a peer that TRUST_PROXY does not name', {}, 'abcdefgh-0042'],
  ['too short', PROXY, 'abc'],
  ['too long', PROXY, 'a'.repeat(65)],
  ['a consumer key', PROXY, `ck_${'0'.repeat(40)}`],
  ['with a line break in its log', PROXY, 'abcdefgh\\n0042'],
])('an id that is %s is replaced', async (_why, env, id) => {
  await start(env);
  const given = (await ask('/login', [['X-Request-Id', id]])).headers['x-request-id'];
  expect(given).toMatch(/^[0-9a-f-]{36}$/);
  expect(linesOf(id)).toEqual([]);
});

test('a page that fails is logged under the id of its request', async () => {
  await start();
  await store.database.knex.raw('alter table users rename to gone');
  const { status, headers } = await ask('/login');
  expect(status).toBe(500);
  expect(linesOf(headers['x-request-id'])).toMatchObject([{ msg: 'request failed' }, { msg: 'request' }]);
});

test('an expected rejection, such as a full sign-in queue, is a warning without a stack', async () => {
  await start({ SIGN_IN_FAILURES: '200', SIGN_IN_FAILURES_PER_ADDRESS: '200' });
  const browser = store.browser();
  const { fields } = (await browser.get('/login')).form('wc_auth_csrf');
  const form = { ...fields, username: 'nobody', password: 'flood' };
  const answers = await Promise.all(Array.from({ length: 80 }, () => browser.copy().post('/login', form)));
  const busy = answers.filter(({ status }) => status === 503);
  expect(busy.length).toBeGreaterThan(0);
  for (const { headers } of busy) {
    const [line] = linesOf(String(headers['x-request-id']));
    const reason = 'Too many people are signing in. Try again.';
    expect(line).toMatchObject({ level: 40, msg: 'request rejected', status: 503, reason });
    expect(line).not.toHaveProperty('err');
  }
  expect(JSON.stringify(store.logs)).not.toContain('"stack"');
});

test('an unexpected failure is an error with a stack', async () => {
  await start();
  await store.database.knex.raw('alter table users rename to gone');
  const { headers } = await ask('/login');
  const [line] = linesOf(headers['x-request-id']);
  expect(line).toMatchObject({
    level: 50,
    msg: 'request failed',
    err: { stack: expect.stringContaining('at ') },
  });
});

type ReceiverOptions = Parameters<typeof startHttpsReceiver>[0];

describe('the log of a grant', () => {
  /**
   * Approves an app whose callback behaves like this, twice, and returns the lines that are not of
   * a request.
   */
  async function linesOfGrant(behavior: Behavior, receiver: ReceiverOptions = {}) {
    await start({ CALLBACK_TIMEOUT_MS: '300' });
    const app = await startHttpsReceiver(receiver);
    app.program({ body: 'BODY-OF-THE-APP', ...behavior });
    const manager = await store.signInByForm();
    const consent = await openConsent(
      manager,
      parameters({ callback_url: app.url('/cb?token=query-secret') }),
    );
    const answer = await approve(manager, consent);
    await approve(manager, consent);
    await app.stop();
    const host = new URL(app.url()).host;
    return { answer, host, lines: store.logs.filter(({ msg }) => msg !== 'request') };
  }

  const failures: readonly [string, Behavior, object, ReceiverOptions?][] = [
    ['status 500', { status: 500 }, { reason: 'status', status: 500 }],
    ['a redirect', { status: 302, headers: { location: '/x' } }, { reason: 'redirect', status: 302 }],
    ['no answer in time', { mode: 'hang' }, { reason: 'timeout' }],
    ['a wrong certificate', {}, { reason: 'tls', problem: 'wrong-name' }, { certificate: 'wrongName' }],
  ];
  test.each(failures)('has one warning with app, host and reason after %s', async (_name, ...failure) => {
    const [behavior, facts, receiver] = failure;
    const { answer, host, lines } = await linesOfGrant(behavior, receiver);
    expect(answer.status).toBe(401);
    expect(lines).toEqual([
      {
        level: 40,
        time: expect.any(Number),
        pid: process.pid,
        hostname: expect.any(String),
        requestId: answer.headers['x-request-id'],
        app: 'Parcel Pilot',
        host,
        ms: expect.any(Number),
        msg: 'callback delivery failed',
        ...facts,
      },
    ]);
    expect(JSON.stringify(store.logs)).not.toMatch(/BODY-OF-THE-APP|query-secret|127\.0\.0\.1:|ck_|cs_/);
  });

  test('has no warning after a delivery', async () => {
    const { answer, lines } = await linesOfGrant({ status: 200 });
    expect([answer.status, lines]).toEqual([302, []]);
  });
});

describe('the log of the API endpoints', () => {
  const endpoints: readonly [string, string, number][] = [
    ['forward auth', '/wc-auth/v1/verify', 403],
    ['the gateway', '/wp-json/wc/v3/products', 503],
  ];
  test.each(endpoints)('has a failure of %s under the id in the answer', async (_name, target, expected) => {
    await start(PROXY);
    await store.database.knex.raw('alter table consumer_keys rename to gone');
    const { status, headers } = await ask(target, [basicHeader(key), TLS]);
    expect(status).toBe(expected);
    expect(linesOf(headers['x-request-id'])).toMatchObject([{ msg: 'request failed' }]);
  });

  test('has an API that does not answer', async () => {
    await start({ ...PROXY, UPSTREAM_URL: CLOSED_PORT_URL });
    const { status, headers } = await ask('/wp-json/wc/v3/products', [basicHeader(key), TLS]);
    expect(status).toBe(502);
    expect(linesOf(headers['x-request-id'])).toMatchObject([{ msg: 'request failed' }]);
  });

  test('has no line for a success or a rejection', async () => {
    await start(PROXY);
    const before = store.logs.length;
    expect((await ask('/wc-auth/v1/verify', [basicHeader(key), TLS])).status).toBe(200);
    expect((await ask('/wc-auth/v1/verify')).status).toBe(401);
    expect(store.logs.slice(before)).toEqual([]);
  });
});

test('has no query, header, cookie or key material in any line, whatever fails', async () => {
  await start(PROXY);
  const pair = `consumer_key=${key.consumerKey}&consumer_secret=${key.consumerSecret}`;
  const secrets = [basicHeader(key), TLS, ['Cookie', 'wc_auth_session=cookie-secret']] as const;
  const everywhere = ['/login', '/wc-auth/v1/authorize', '/wc-auth/v1/verify', '/wp-json/wc/v3/x', '/keys'];
  for (const path of everywhere) await ask(`${path}?${pair}&q=query-secret`, secrets);
  // A change of a user empties the cache of keys.
  await store.database.knex('users').update({ name: 'Changed' });
  for (const table of ['consumer_keys', 'users', 'sessions'])
    await store.database.knex.raw(`alter table ${table} rename to gone_${table}`);
  for (const path of everywhere) await ask(`${path}?${pair}&q=query-secret`, secrets);
  const text = JSON.stringify(store.logs);
  expect(store.logs.filter(({ msg }) => msg === 'request failed').length).toBeGreaterThan(2);
  const [, basic] = basicHeader(key);
  for (const secret of [key.consumerKey, key.consumerSecret, 'cookie-secret', 'query-secret', basic])
    expect(text).not.toContain(secret);
});
