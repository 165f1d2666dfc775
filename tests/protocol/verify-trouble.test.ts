import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import {
  ENDPOINTS,
  openEndpoint,
  type Ask,
  type Endpoint,
  type EndpointName,
} from '../support/http/endpoints';
import { basicHeader, issueKey, NOW, signedTarget } from '../support/scenes/rest-scene';
import { holdWrites } from '../support/store/broken-database';
import { fakeClock, startTestStore, type TestStore } from '../support/store/test-store';

const env = { TRUST_PROXY: 'loopback' };

async function openAll(store: TestStore): Promise<Endpoint[]> {
  return Promise.all(ENDPOINTS.map((name: EndpointName) => openEndpoint(name, store)));
}

/**
 * Expects 503, or 403 from forward auth, because nginx turns everything but 200, 401 and 403 into a
 * 500.
 */
async function expectUnavailable(endpoints: readonly Endpoint[], ask: () => Ask): Promise<void> {
  for (const { name, answer } of await Promise.all(
    endpoints.map(async (endpoint) => ({ name: endpoint.name, answer: await endpoint.send(ask()) })),
  )) {
    expect([name, answer.status]).toEqual([name, name === 'forward auth' ? 403 : 503]);
    expect(answer.json().message).toBe('The key cannot be checked now. Try again.');
    if (name !== 'forward auth') expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(answer.text).not.toMatch(/sqlite|database/i);
  }
}

describe('key checks while another process locks the database', () => {
  let store: TestStore;
  let key: IssuedKey;
  let endpoints: Endpoint[];
  beforeEach(async () => {
    store = await startTestStore({ clock: fakeClock(NOW * 1000), env });
    key = await issueKey(store);
    endpoints = await openAll(store);
  });
  afterEach(async () => {
    for (const endpoint of endpoints) await endpoint.close();
    await store.app.close();
    await store.close();
  });
  const oauth = (): Ask => ({ target: signedTarget(key), secure: false });

  test('wait with a nonce until the lock is released', async () => {
    const release = await holdWrites(store.config.database, 'oauth_nonces');
    const answers = Promise.all(endpoints.map((endpoint) => endpoint.send(oauth())));
    // Basic writes nothing.
    for (const endpoint of endpoints)
      expect((await endpoint.send({ headers: [basicHeader(key)] })).status).not.toBe(401);
    await release();
    for (const answer of await answers) expect([200, 404]).toContain(answer.status);
  });

  test('fail within a limited time when the lock stays', async () => {
    const release = await holdWrites(store.config.database, 'oauth_nonces');
    await expectUnavailable(endpoints, oauth);
    await release();
    for (const endpoint of endpoints) expect([200, 404]).toContain((await endpoint.send(oauth())).status);
  });
});

test('rejects every key while the database is closed', async () => {
  const store = await startTestStore({ clock: fakeClock(NOW * 1000), env });
  const key = await issueKey(store);
  const endpoints = await openAll(store);
  await store.database.close();
  await expectUnavailable(endpoints, () => ({ headers: [basicHeader(key)] }));
  await expectUnavailable(endpoints, () => ({ target: signedTarget(key), secure: false }));
  // Requests that need no key are still answered.
  for (const endpoint of endpoints)
    expect([200, 404]).toContain((await endpoint.send({ method: 'OPTIONS' })).status);
  expect(store.logs.some((line) => line['msg'] === 'request failed')).toBe(true);
  for (const endpoint of endpoints) await endpoint.close();
  await store.app.close();
  await store.close().catch(() => undefined);
});
