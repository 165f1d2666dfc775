/**
 * Jest's fake timers do not reach modules that test files share.
 * @jest-environment node
 */
import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { lastUse } from '../../server/key-authentication/last-use';
import { exchange, requestBytes } from '../support/http/raw-http';
import { basicHeader, eventually, issueKey, keyRow, NOW, signedTarget } from '../support/scenes/rest-scene';
import { fakeClock, startTestStore, type Clock, type TestStore } from '../support/store/test-store';

let store: TestStore;
let key: IssuedKey;
let clock: Clock;
const SECURE = ['X-Forwarded-Proto', 'https'] as const;

beforeEach(async () => {
  clock = fakeClock(NOW * 1000);
  store = await startTestStore({ clock, env: { TRUST_PROXY: 'loopback' } });
  key = await issueKey(store, 'read');
});
afterEach(() => store.close());

const ask = async (method = 'GET', credential = basicHeader(key), target = '/wp-json/x') =>
  (
    await exchange(
      store.url,
      requestBytes(method, target, [credential, SECURE, ['X-Forwarded-For', '203.0.113.9']]),
    )
  ).status;

test('a use of a key is saved with its time and address, without further action', async () => {
  expect(await ask()).toBe(404);
  const row = await eventually(async () => {
    const seen = await keyRow(store, key.keyId);
    return seen['last_access'] === null ? undefined : seen;
  }, 10_000);
  expect(row).toMatchObject({ last_access: NOW * 1000, last_address: '203.0.113.9' });
  expect(await store.app.consumerKeys.find(key.keyId)).toMatchObject({
    lastAccess: NOW * 1000,
    lastAddress: '203.0.113.9',
  });
  await store.app.close();
});

test('a use is saved within a second, together with later uses', async () => {
  jest.useFakeTimers();
  try {
    const written: (readonly unknown[])[] = [];
    const hot = { bulkUpdate: () => (rows: readonly unknown[]) => Promise.resolve(void written.push(rows)) };
    const uses = lastUse({ database: { hot } as never, log: {} as never });
    uses.note(1, 1000, 'a');
    uses.note(2, 1100, 'b');
    expect(written).toEqual([]);
    await jest.advanceTimersByTimeAsync(999);
    const both = [
      [1000, 'a', 1],
      [1100, 'b', 2],
    ];
    expect(written).toEqual([both]);
    uses.note(1, 3000, 'a');
    await jest.advanceTimersByTimeAsync(999);
    expect(written).toEqual([both, [[3000, 'a', 1]]]);
  } finally {
    jest.useRealTimers();
  }
});

test('uses are collected for longer when writing is slow, but never for more than five seconds', async () => {
  jest.useFakeTimers();
  try {
    const written: number[] = [];
    let takesMs = 0;
    const write = async (rows: readonly (readonly unknown[])[]) => {
      written.push(...rows.map(([at]) => Number(at)));
      await new Promise((done) => setTimeout(done, takesMs));
    };
    const uses = lastUse({ database: { hot: { bulkUpdate: () => write } } as never, log: {} as never });
    /** Notes a use and returns the milliseconds until it was saved. */
    const writtenWithin = async (at: number, keys: number) => {
      for (let key = 1; key <= keys; key++) uses.note(key, at, 'a');
      let waited = 0;
      for (const step of [499, 500, 1999, 2000, 4999, 5000, 60_000]) {
        await jest.advanceTimersByTimeAsync(step - waited);
        waited = step;
        if (written.includes(at)) break;
      }
      await jest.advanceTimersByTimeAsync(takesMs);
      return waited;
    };
    takesMs = 100;
    expect(await writtenWithin(1, 1000)).toBe(500);
    takesMs = 3000;
    expect(await writtenWithin(2, 1000)).toBe(2000);
    expect(await writtenWithin(3, 999)).toBe(5000);
    takesMs = 1;
    expect(await writtenWithin(4, 1000)).toBe(500);
    expect(await writtenWithin(5, 1000)).toBe(500);
  } finally {
    jest.useRealTimers();
  }
});

test('a clean stop loses no use', async () => {
  const others = [await issueKey(store), await issueKey(store)];
  for (const one of [key, ...others]) await ask('GET', basicHeader(one));
  clock.pass(5000);
  await ask();
  await store.app.close();
  expect(await keyRow(store, key.keyId)).toMatchObject({ last_access: NOW * 1000 + 5000 });
  for (const one of others) expect(await keyRow(store, one.keyId)).toMatchObject({ last_access: NOW * 1000 });
});

test('a rejected request does not count as a use', async () => {
  const customer = await store.addUser('customer', 'customer');
  const theirs = await issueKey(store, 'read_write', { userId: customer.userId });
  const target = signedTarget(key, { origin: 'https://store.test' });
  const oauth = ['X-None', '1'] as const;
  expect(await ask('POST')).toBe(401);
  expect(await ask('TRACE')).toBe(401);
  expect(await ask('GET', basicHeader({ ...key, consumerSecret: 'x' }))).toBe(401);
  expect(await ask('GET', basicHeader(theirs))).toBe(403);
  expect(await ask('GET', oauth, `${target}&changed=1`)).toBe(401);
  await store.app.close();
  for (const { keyId } of [key, theirs])
    expect(await keyRow(store, keyId)).toMatchObject({ last_access: null, last_address: null });
});

test('a replayed request does not count as a use, but the original request does', async () => {
  const target = signedTarget(key, { origin: 'https://store.test' });
  const none = ['X-None', '1'] as const;
  expect(await ask('GET', none, target)).toBe(404);
  clock.pass(1000);
  expect(await ask('GET', none, target)).toBe(401);
  await store.app.close();
  expect(await keyRow(store, key.keyId)).toMatchObject({ last_access: NOW * 1000 });
});

test('an older use never replaces a newer one, in whatever order they are saved', async () => {
  await ask();
  await store.app.close();
  const other = lastUse({ database: store.database, log: { error: () => undefined } as never });
  other.note(key.keyId, NOW * 1000 - 60_000, '192.0.2.1');
  await other.flush();
  expect(await keyRow(store, key.keyId)).toMatchObject({
    last_access: NOW * 1000,
    last_address: '203.0.113.9',
  });
});

test('a use that could not be saved is kept for the next attempt', async () => {
  let works = false;
  const written: unknown[] = [];
  const errors: unknown[] = [];
  const hot = {
    bulkUpdate: () => (rows: readonly unknown[]) => {
      if (!works) return Promise.reject(new Error('locked'));
      written.push(...rows);
      return Promise.resolve();
    },
  };
  const uses = lastUse({
    database: { hot } as never,
    log: { error: (line: unknown) => errors.push(line) } as never,
  });
  uses.note(1, 1000, 'a');
  uses.note(2, 1000, 'a');
  await uses.flush();
  expect(errors).toHaveLength(1);
  uses.note(2, 2000, 'b');
  works = true;
  await uses.flush();
  expect(written).toEqual(
    expect.arrayContaining([
      [1000, 'a', 1],
      [2000, 'b', 2],
    ]),
  );
  expect(written).toHaveLength(2);
});
