import { ask, grant } from '../support/scenes/grant-scene';
import type { HttpBrowser } from '../support/http/http-browser';
import { startHttpsReceiver, type Behavior, type HttpsReceiver } from '../support/http/https-receiver';
import { fakeClock, startTestStore, type TestStore } from '../support/store/test-store';

const clock = fakeClock();
let store: TestStore;
let app: HttpsReceiver;
let manager: HttpBrowser;
beforeEach(async () => {
  [store, app] = await Promise.all([startTestStore({ tls: true, clock }), startHttpsReceiver()]);
  manager = await store.signIn();
});
afterEach(() => Promise.all([store.close(), app.stop()]));

/**
 * Calls the REST API with the pair that the app received. An accepted key gets 404, because there
 * is no such route.
 */
async function call(): Promise<number> {
  const { consumer_key: key, consumer_secret: secret } = JSON.parse(app.received().at(-1)!.body) as Record<
    string,
    string
  >;
  const authorization = `Basic ${Buffer.from(`${String(key)}:${String(secret)}`).toString('base64')}`;
  const answer = await store.browser(store.tlsUrl).get('/wp-json/wc/v3/orders', { authorization });
  return answer.status;
}
const ACCEPTED = 404;
const REJECTED = 401;

/**
 * Returns the statuses of two calls with the new key: before the app answers the callback, and
 * after the grant.
 */
async function beforeAndAfter(behavior: Behavior = {}): Promise<number[]> {
  let during = 0;
  app.program({ ...behavior, before: async () => void (during = await call()) });
  await grant(manager, ask({ callback_url: app.url() }));
  return [during, await call()];
}

test('an app may call the store with its key before it answers the callback', async () => {
  expect(await beforeAndAfter()).toEqual([ACCEPTED, ACCEPTED]);
});

test.each([{ status: 201 }, { status: 500 }, { mode: 'reset' }] as const)(
  'a key is rejected after its delivery failed with %j',
  async (behavior) => {
    expect(await beforeAndAfter(behavior)).toEqual([ACCEPTED, REJECTED]);
  },
);

test('a key revoked while its callback is in flight is rejected at once and for good', async () => {
  let during = 0;
  app.program({
    before: async () => {
      for (const { keyId } of await store.app.consumerKeys.list()) await store.app.consumerKeys.remove(keyId);
      during = await call();
    },
  });
  expect((await grant(manager, ask({ callback_url: app.url() }))).status).toBe(401);
  expect([during, await call()]).toEqual([REJECTED, REJECTED]);
});

test('a key in flight is rejected from its deadline on, even if its process still waits', async () => {
  const seen: number[] = [];
  app.program({
    before: async () => {
      seen.push(await call());
      clock.pass(60_000 + 5_000);
      seen.push(await call());
    },
  });
  expect((await grant(manager, ask({ callback_url: app.url() }))).status).toBe(401);
  expect([...seen, await call()]).toEqual([ACCEPTED, REJECTED, REJECTED]);
  expect(await store.app.consumerKeys.list()).toEqual([]);
});
