import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { ENDPOINTS, openEndpoint, type Ask, type Endpoint } from '../support/http/endpoints';
import { exchange, requestBytes, type RawAnswer } from '../support/http/raw-http';
import { basicHeader, issueKey, NOW, signedTarget } from '../support/scenes/rest-scene';
import { fakeClock, startTestStore, type Clock, type TestStore } from '../support/store/test-store';

const FAILURES = 5;
const WINDOW_MS = 5 * 60_000;
const ENV = { TRUST_PROXY: 'loopback', FAILED_KEYS_PER_ADDRESS: String(FAILURES) };
const CODE = 'wc_auth_too_many_failures';

let clock: Clock;
let store: TestStore;
let key: IssuedKey;
beforeEach(async () => {
  clock = fakeClock(NOW * 1000);
  store = await startTestStore({ env: ENV, clock });
  key = await issueKey(store);
});
afterEach(() => store.close());

const from = (address: string) => ['X-Forwarded-For', address] as const;
const STRANGER = from('198.51.100.1');
const wrong = () => basicHeader({ ...key, consumerSecret: `cs_${'0'.repeat(40)}` });

async function fail(times: number, endpoint: Endpoint, headers = [wrong(), STRANGER]): Promise<RawAnswer[]> {
  const answers: RawAnswer[] = [];
  for (let time = 0; time < times; time++) answers.push(await endpoint.send({ headers }));
  return answers;
}
const statuses = (answers: readonly RawAnswer[]) => answers.map(({ status }) => status);
const written = () => store.database.knex<{ times: number }>('throttle_counts').select('times');

describe.each(ENDPOINTS)('the limit of wrong keys at the %s', (name) => {
  let endpoint: Endpoint;
  beforeEach(async () => (endpoint = await openEndpoint(name, store)));
  afterEach(() => endpoint.close());
  // nginx turns every other status into a 500.
  const rejection = name === 'forward auth' ? 403 : 429;
  const accepted = name === 'gateway' ? 404 : 200;

  test('answers further wrong keys with Retry-After, in the format of every rejection', async () => {
    const answers = await fail(FAILURES + 2, endpoint);
    expect(statuses(answers)).toEqual([401, 401, 401, 401, 401, rejection, rejection]);
    const last = answers.at(-1)!;
    expect(last.headers['retry-after']).toBe(String(WINDOW_MS / 1000));
    expect(last.headers['www-authenticate']).toBeUndefined();
    expect(last.json()).toMatchObject({ code: CODE, data: { status: rejection } });
  });

  test('lets a correct key pass from the same address', async () => {
    await fail(FAILURES + 1, endpoint);
    const answers = await fail(3, endpoint, [basicHeader(key), STRANGER]);
    expect(statuses(answers)).toEqual([accepted, accepted, accepted]);
    expect(statuses(await fail(1, endpoint))).toEqual([rejection]);
  });

  test('does not apply to another address, which still learns what is wrong', async () => {
    await fail(FAILURES + 1, endpoint);
    const [answer] = await fail(1, endpoint, [wrong(), from('198.51.100.2')]);
    expect(answer?.json().message).toBe('Consumer secret is invalid.');
  });
});

describe('the count of wrong keys', () => {
  let endpoint: Endpoint;
  beforeEach(async () => (endpoint = await openEndpoint('gateway', store)));

  const failing: readonly [string, (use: number) => Ask][] = [
    ['a wrong secret', () => ({ headers: [wrong()] })],
    ['an unknown key', () => ({ headers: [basicHeader({ ...key, consumerKey: `ck_${'0'.repeat(40)}` })] })],
    [
      'a wrong signature',
      () => ({ target: signedTarget({ ...key, consumerSecret: 'cs_wrong' }), secure: false }),
    ],
  ];
  test.each(failing)('includes %s', async (_what, ask) => {
    const answers: RawAnswer[] = [];
    for (let use = 0; use <= FAILURES; use++) answers.push(await endpoint.send(ask(use)));
    expect(statuses(answers).slice(-2)).toEqual([401, 429]);
  });

  test('includes wrong keys of every kind from the same IPv6 network', async () => {
    for (const [index, [, ask]] of [...failing, ...failing].entries()) {
      const asked = ask(index);
      const headers = [...(asked.headers ?? []), from(`2001:db8:1:2:${index}::1`)];
      const { status } = await endpoint.send({ ...asked, headers });
      expect(status).toBe(index < FAILURES ? 401 : 429);
    }
  });

  const harmless: readonly [string, (use: number) => Ask | Promise<Ask>][] = [
    ['no credential', () => ({})],
    ['a secret over plain HTTP', () => ({ headers: [wrong()], secure: false })],
    ['half a signature', () => ({ target: '/wp-json/wc/v3/products?oauth_nonce=x' })],
    [
      'a right key that may not do it',
      async () => ({ method: 'POST', headers: [basicHeader(await issueKey(store, 'read'))] }),
    ],
    [
      'a right signature of an hour ago',
      () => ({ target: signedTarget(key, { timestamp: NOW - 3600 }), secure: false }),
    ],
    [
      'a right signature sent again',
      () => ({ target: signedTarget(key, { nonce: 'the same' }), secure: false }),
    ],
  ];
  test.each(harmless)('does not include %s, which gets its usual answer every time', async (_what, ask) => {
    for (let use = 0; use <= FAILURES + 2; use++) {
      const { status } = await endpoint.send(await ask(use));
      expect([401, 404]).toContain(status);
    }
    await store.app.close();
    expect(await written()).toEqual([]);
  });
});

describe('the count of wrong keys at the revocation endpoint', () => {
  const revoke = (headers: readonly (readonly [string, string])[], body = '') =>
    exchange(
      store.url,
      requestBytes(
        'POST',
        '/wc-auth/v1/revoke',
        [...headers, STRANGER, ['X-Forwarded-Proto', 'https'], ['Content-Type', FORM]],
        body,
      ),
    );
  const FORM = 'application/x-www-form-urlencoded';

  test('leads to 429 for JSON and for OAuth libraries, and lets a correct key revoke itself', async () => {
    for (let time = 0; time < FAILURES; time++) expect((await revoke([wrong()])).status).toBe(401);
    const answer = await revoke([wrong()]);
    expect([answer.status, answer.headers['retry-after']]).toEqual([429, String(WINDOW_MS / 1000)]);
    expect(answer.json()).toMatchObject({ error: 'temporarily_unavailable' });
    const inBody = `client_id=${key.consumerKey}&client_secret=cs_wrong`;
    expect((await revoke([], inBody)).status).toBe(429);
    expect((await revoke([basicHeader(key)])).status).toBe(200);
  });

  test('is shared with the other endpoints', async () => {
    for (let time = 0; time < FAILURES; time++) await revoke([wrong()]);
    const [answer] = await fail(1, await openEndpoint('gateway', store));
    expect(answer?.status).toBe(429);
  });
});

test('needs no table for a request with a correct key', async () => {
  await store.database.knex.schema.dropTable('throttle_counts');
  const endpoint = await openEndpoint('gateway', store);
  expect((await endpoint.send({ headers: [basicHeader(key)] })).status).toBe(404);
  expect((await endpoint.send({ target: signedTarget(key), secure: false })).status).toBe(404);
});

test('saves a flood of wrong keys in few writes, and in none after the limit is reached', async () => {
  const endpoint = await openEndpoint('gateway', store);
  await fail(FAILURES, endpoint);
  await store.app.close();
  expect(await written()).toEqual([{ times: FAILURES }]);
  await fail(20, endpoint);
  await store.app.close();
  expect(await written()).toEqual([{ times: FAILURES }]);
});

test('starts the window at the first wrong key and ends it after its length', async () => {
  const endpoint = await openEndpoint('gateway', store);
  await fail(FAILURES, endpoint);
  await store.app.close();
  clock.pass(WINDOW_MS - 1000);
  const [late] = await fail(1, endpoint);
  expect([late?.status, late?.headers['retry-after']]).toEqual([429, '1']);
  clock.pass(1000);
  expect(statuses(await fail(1, endpoint))).toEqual([401]);
});

test('applies the count of another server on the same database', async () => {
  const second = await startTestStore({ env: ENV, clock, folder: store.folder });
  try {
    await fail(FAILURES, await openEndpoint('gateway', store));
    await store.app.close();
    expect(statuses(await fail(1, await openEndpoint('gateway', second)))).toEqual([429]);
  } finally {
    await second.close();
  }
});
