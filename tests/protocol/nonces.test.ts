import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { nonceStore } from '../../server/key-authentication/nonce-store';
import { nonceDigest } from '../../server/key-authentication/oauth-freshness';
import { exchange, requestBytes } from '../support/http/raw-http';
import { issueKey, NOW, signedTarget } from '../support/scenes/rest-scene';
import { verdict } from '../support/http/endpoints';
import { testOnSqlite } from '../support/store/on-engine';
import { fakeClock, startTestStore, type Clock, type TestStore } from '../support/store/test-store';
import { oauthHeader, rejected, SIGNATURE_DIFFERS, signed } from '../unit/oauth-fixtures';

const USED = rejected('Invalid nonce - nonce has already been used.');

let store: TestStore;
let key: IssuedKey;
let clock: Clock;

beforeEach(async () => {
  clock = fakeClock(NOW * 1000);
  store = await startTestStore({ clock });
  key = await issueKey(store);
});
afterEach(async () => {
  await store.app.close();
  await store.close();
});

const send = async (target: string, at = store, method = 'GET') =>
  verdict(await exchange(at.url, requestBytes(method, target)));
const rows = async () => Number((await store.database.knex('oauth_nonces').count('* as n').first())?.['n']);

test('accepts one of 100 simultaneous copies of a request', async () => {
  for (let round = 0; round < 3; round++) {
    const target = signedTarget(key);
    const verdicts = await Promise.all(Array.from({ length: 100 }, () => send(target)));
    expect(verdicts.filter((one) => one === 'accepted')).toHaveLength(1);
    expect(verdicts.filter((one) => one !== 'accepted')).toEqual(Array(99).fill(USED));
  }
});

test('accepts one of 100 copies sent to two servers on one database', async () => {
  const second = await startTestStore({ clock, folder: store.folder });
  const target = signedTarget(key);
  const verdicts = await Promise.all(
    Array.from({ length: 100 }, (_, i) => send(target, i % 2 ? store : second)),
  );
  expect(verdicts.filter((one) => one === 'accepted')).toHaveLength(1);
  await second.app.close();
  await second.close();
});

test('accepts two different nonces in one second, each once', async () => {
  const targets = [signedTarget(key, { nonce: 'a' }), signedTarget(key, { nonce: 'b' })];
  expect([await send(targets[0]!), await send(targets[1]!)]).toEqual(['accepted', 'accepted']);
  expect([await send(targets[0]!), await send(targets[1]!)]).toEqual([USED, USED]);
});

test('rejects a used nonce with another timestamp', async () => {
  expect(await send(signedTarget(key, { nonce: 'n' }))).toBe('accepted');
  expect(await send(signedTarget(key, { nonce: 'n', timestamp: NOW + 1 }))).toEqual(USED);
});

test('counts a nonce with a plus once, however the header spells the plus', async () => {
  const oauth = signed({
    url: 'http://store.test/wp-json/wc/v3/products',
    key: key.consumerKey,
    secret: key.consumerSecret,
    nonce: 'ab+cd+ef',
  });
  const header = oauthHeader(oauth);
  const spellings = [header, header.replace('ab%2Bcd', 'ab+cd'), header.replaceAll(/(ab|cd)%2B/g, '$1+')];
  const verdicts = [];
  for (const authorization of spellings)
    verdicts.push(
      verdict(
        await exchange(
          store.url,
          requestBytes('GET', '/wp-json/wc/v3/products', [
            ['Host', 'store.test'],
            ['Authorization', authorization],
          ]),
        ),
      ),
    );
  expect(verdicts).toEqual(['accepted', USED, USED]);
});

test('accepts the same nonce from another key', async () => {
  const other = await issueKey(store);
  expect(await send(signedTarget(key, { nonce: 'n' }))).toBe('accepted');
  expect(await send(signedTarget(other, { nonce: 'n' }))).toBe('accepted');
});

test('rejects a used nonce after a restart', async () => {
  const target = signedTarget(key);
  expect(await send(target)).toBe('accepted');
  const restarted = await startTestStore({ clock, folder: store.folder });
  expect(await send(target, restarted)).toEqual(USED);
  await restarted.app.close();
  await restarted.close();
});

test('uses no nonce for a bad signature or a bad timestamp, but uses one for a denied permission', async () => {
  const reader = await issueKey(store, 'read');
  expect(await send(signedTarget({ ...key, consumerSecret: 'x' }, { nonce: 'n' }))).toEqual(
    SIGNATURE_DIFFERS,
  );
  expect(await send(signedTarget(key, { nonce: 'n', timestamp: NOW - 901 }))).toEqual(
    rejected('Invalid timestamp.'),
  );
  expect(await send(signedTarget(key, { nonce: 'n' }))).toBe('accepted');
  const target = signedTarget(reader, { nonce: 'm', method: 'POST' });
  expect(await send(target, store, 'POST')).toEqual(
    rejected('The API key provided does not have write permissions.'),
  );
  expect(await send(target, store, 'POST')).toEqual(USED);
});

test('removes a nonce one minute after its timestamp has become too old, and not before', async () => {
  const target = signedTarget(key, { timestamp: NOW + 900 });
  expect(await send(target)).toBe('accepted');
  clock.pass(1_800_000);
  await store.app.janitor.round();
  expect(await rows()).toBe(1);
  expect(await send(target)).toEqual(USED);
  clock.pass(1_001);
  expect(await send(target)).toEqual(rejected('Invalid timestamp.'));
  // The clock of another server may be slow.
  clock.pass(59_000);
  await store.app.janitor.round();
  expect(await rows()).toBe(1);
  clock.pass(1_000);
  await store.app.janitor.round();
  expect(await rows()).toBe(0);
});

/** Inserts nonces `00001`, `00002`, … of a key, as if they had been used. */
async function insertNonces(keyId: number, count: number, expiresAt: (i: number) => number): Promise<void> {
  const digits = (i: number) => String(i).padStart(5, '0');
  const all = Array.from({ length: count }, (_, i) => ({
    key_id: keyId,
    nonce_hash: Buffer.from(digits(i + 1)),
    expires_at: expiresAt(i + 1),
  }));
  await store.database.transaction((within) => within.batchInsert('oauth_nonces', all, 200));
}

test('removes the expired ones of many nonces, keeps the rest and records the limit', async () => {
  const { knex } = store.database;
  const other = await issueKey(store);
  for (const { keyId } of [key, other]) await insertNonces(keyId, 25_000, (i) => clock() + i);
  clock.pass(80_000);
  await store.app.janitor.round();
  expect(await rows()).toBe(2 * 5_001);
  expect(await knex('oauth_nonces').orderBy('nonce_hash').first('nonce_hash')).toEqual({
    nonce_hash: Buffer.from('20000'),
  });
  expect(await knex('forgotten_nonces').first('until')).toEqual({ until: clock() - 60_001 });
});

test('accepts new nonces while the janitor removes old ones', async () => {
  const nonces = nonceStore(store.database);
  await insertNonces(key.keyId, 60_000, () => 1);
  const done = { yet: false };
  const forgetting = nonces.removeExpired(clock()).finally(() => (done.yet = true));
  let spent = 0;
  for (; !done.yet; spent++) {
    const use = { keyId: key.keyId, nonce: nonceDigest(`n${spent}`), timestamp: NOW, now: clock() };
    expect(await nonces.spendNonce(use)).toBe(true);
  }
  expect(await forgetting).toBe(60_000);
  expect(await rows()).toBe(spent);
});

test('rejects a key that is revoked between its lookup and its nonce as unknown', async () => {
  await store.app.consumerKeys.remove(key.keyId);
  const nonces = nonceStore(store.database);
  const use = { keyId: key.keyId, nonce: nonceDigest('n'), timestamp: NOW, now: NOW * 1000 };
  await expect(nonces.spendNonce(use)).rejects.toMatchObject({
    status: 401,
    message: 'Consumer key is invalid.',
  });
});

describe('the cost of a nonce beside many used ones', () => {
  testOnSqlite('is one row in one tree that a unique index finds', async () => {
    const { knex } = store.database;
    for (let i = 0; i < 3; i++) await send(signedTarget(key));
    expect(await rows()).toBe(3);
    const list = await knex.raw<{ unique: number; origin: string }[]>("pragma index_list('oauth_nonces')");
    const unique = list.find((index) => index.unique === 1 && index.origin === 'pk');
    const plan = await knex.raw<{ detail: string }[]>(
      'explain query plan select 1 from oauth_nonces where key_id = 1 and nonce_hash = ?',
      ['x'],
    );
    expect(unique).toBeDefined();
    expect(list).toHaveLength(1);
    expect(plan.map((step) => step.detail).join()).toMatch(/PRIMARY KEY \(key_id=\? AND nonce_hash=\?\)/);
  });

  test('hardly grows with 50,000 used nonces', async () => {
    const nonces = nonceStore(store.database);
    const spend = async (name: string) => {
      const started = performance.now();
      for (let i = 0; i < 300; i++)
        expect(
          await nonces.spendNonce({
            keyId: key.keyId,
            nonce: nonceDigest(`${name}${i}`),
            timestamp: NOW,
            now: clock(),
          }),
        ).toBe(true);
      return performance.now() - started;
    };
    const best = async (name: string) =>
      Math.min(await spend(`${name}a`), await spend(`${name}b`), await spend(`${name}c`));
    const few = await best('few');
    await insertNonces(key.keyId, 50_000, () => clock() + 900_000);
    // A scan of 50,000 rows would take a hundred times as long.
    expect(await best('many')).toBeLessThan(few * 5 + 50);
  });
});
