import { endedKeyStore } from '../../server/consumer-keys/ended-key-store';
import { KEYS_PER_TRANSACTION } from '../../server/consumer-keys/consumer-key-store';
import { DAY_MS } from '../../server/consumer-keys/key-lifetime';
import { EXTENDABLE_MS, NO_LIMITS } from '../../server/consumer-keys/key-limits';
import { endedKeys } from '../../server/revocation/ended-keys';
import { revocationService } from '../../server/revocation/revocation-service';
import { issueKey } from '../support/scenes/rest-scene';
import { cleanAtOnce } from '../support/store/janitors';
import { describeOnPostgres, testOnSqlite } from '../support/store/on-engine';
import { SECRET_KEY } from '../support/store/server-process';
import { fakeClock, startTestStore, type Clock, type TestStore } from '../support/store/test-store';

const APP = { appName: 'Parcel Pilot', callbackOrigin: 'https://pilot.example', appUserId: '42' };

let clock: Clock;
let store: TestStore;
beforeEach(async () => {
  clock = fakeClock();
  store = await startTestStore({ clock, env: { SECRET_KEY } });
});
afterEach(() => store.close());

const round = () => store.app.janitor.round();
const ending = (expiresAt: number | null) =>
  issueKey(store, 'read', { limits: { ...NO_LIMITS, expiresAt }, app: APP });
const find = (keyId: number) => store.app.consumerKeys.find(keyId);
const ids = async () => (await store.app.consumerKeys.list()).map(({ keyId }) => keyId);
const revoked = () => store.app.audit.list(1_000, { event: 'key.revoked' });
/** Puts the end of a key off, as `extend` does. */
async function putOff(keyId: number, expiresAt: number): Promise<void> {
  const key = (await find(keyId))!;
  expect(await store.app.consumerKeys.change(key, { ...key, limits: { ...key.limits, expiresAt } })).toBe(
    true,
  );
}

test('the cleanup notes when it first saw that a key had ended', async () => {
  const { keyId } = await ending(clock() + DAY_MS);
  const later = await ending(clock() + 2 * DAY_MS);
  const forever = await ending(null);
  clock.pass(DAY_MS - 1);
  await round();
  expect(await find(keyId)).toMatchObject({ expiredAt: null });
  clock.pass(1);
  await round();
  const seenAt = clock();
  clock.pass(5 * 60_000);
  await round();
  expect(await find(keyId)).toMatchObject({ expiredAt: seenAt });
  for (const other of [later, forever]) expect(await find(other.keyId)).toMatchObject({ expiredAt: null });
});

test('the note of an ended key stays when the clock is set back', async () => {
  const { keyId } = await ending(clock() + DAY_MS);
  clock.pass(DAY_MS);
  await round();
  const seenAt = clock();
  clock.pass(-DAY_MS / 2);
  await round();
  expect(await find(keyId)).toMatchObject({ expiredAt: seenAt });
});

test('a key is removed 30 days after its end, with an entry in the history', async () => {
  const { keyId } = await ending(clock() + DAY_MS);
  const other = await ending(null);
  const { userId } = await store.userOf();
  clock.pass(DAY_MS);
  await round();
  clock.pass(EXTENDABLE_MS - 1);
  await round();
  expect([await ids(), await revoked()]).toEqual([[keyId, other.keyId], []]);
  clock.pass(1);
  await round();
  expect(await ids()).toEqual([other.keyId]);
  const entries = await revoked();
  expect(entries).toMatchObject([
    {
      at: clock(),
      keyId,
      appName: APP.appName,
      callbackOrigin: APP.callbackOrigin,
      detail: { by: 'expiry', owner: userId, description: 'a test', permissions: 'read' },
    },
  ]);
  expect(entries[0]?.login).toBeUndefined();
  await round();
  expect(await revoked()).toHaveLength(1);
});

test('a key that ended while no server ran can still be extended for 30 days', async () => {
  const { keyId } = await ending(clock() + DAY_MS);
  clock.pass(100 * DAY_MS);
  await round();
  expect(await find(keyId)).toMatchObject({ expiredAt: clock() });
  clock.pass(EXTENDABLE_MS - 1);
  await round();
  expect(await ids()).toEqual([keyId]);
  clock.pass(1);
  await round();
  expect(await ids()).toEqual([]);
});

test('a key that was extended meanwhile is kept, and its new end counts', async () => {
  const { keyId } = await ending(clock() + DAY_MS);
  clock.pass(DAY_MS);
  await round();
  clock.pass(EXTENDABLE_MS);
  await putOff(keyId, clock() + DAY_MS);
  await round();
  expect(await find(keyId)).toMatchObject({ expiredAt: null });
  clock.pass(DAY_MS);
  await round();
  expect(await find(keyId)).toMatchObject({ expiredAt: clock() });
  clock.pass(EXTENDABLE_MS);
  await round();
  expect(await ids()).toEqual([]);
});

test('a key that never ends any more is kept', async () => {
  const { keyId } = await ending(clock() + DAY_MS);
  clock.pass(DAY_MS);
  await round();
  const key = (await find(keyId))!;
  await store.app.consumerKeys.change(key, { ...key, limits: NO_LIMITS });
  clock.pass(2 * EXTENDABLE_MS);
  await round();
  expect(await find(keyId)).toMatchObject({ expiredAt: null });
});

test('more keys than fit into one transaction are removed in one round, each with its entry', async () => {
  const count = 2 * KEYS_PER_TRANSACTION + 3;
  for (let index = 0; index < count; index++) await ending(clock() + DAY_MS);
  const kept = await ending(clock() + 90 * DAY_MS);
  clock.pass(DAY_MS);
  await round();
  clock.pass(EXTENDABLE_MS);
  await round();
  expect(await ids()).toEqual([kept.keyId]);
  expect(new Set((await revoked()).map(({ keyId }) => keyId)).size).toBe(count);
});

test('servers that clean up at the same time write one entry per key', async () => {
  const end = Date.now() - EXTENDABLE_MS - DAY_MS;
  const keys = [await ending(end), await ending(end), await ending(end)];
  await store.database.knex('consumer_keys').update({ expired_at: end });
  await cleanAtOnce(store.folder, 3);
  expect(await ids()).toEqual([]);
  expect((await revoked()).map(({ keyId }) => keyId).toSorted()).toEqual(
    keys.map(({ keyId }) => keyId).toSorted(),
  );
});

testOnSqlite('a round without newly ended keys leaves the cache of verified keys alone', async () => {
  const { keyId } = await ending(clock() + DAY_MS);
  clock.pass(DAY_MS);
  await round();
  const changes = () => store.database.knex('key_changes').first<{ changes: number }>('changes');
  const before = await changes();
  await round();
  expect(await changes()).toEqual(before);
  expect(await find(keyId)).toBeDefined();
});

describeOnPostgres('on PostgreSQL, where another server may write in between', () => {
  test('a key that is extended after the cleanup has read it is kept', async () => {
    const { keyId } = await ending(clock() + DAY_MS);
    clock.pass(DAY_MS);
    await round();
    clock.pass(EXTENDABLE_MS);
    const { database } = store;
    const reader = endedKeyStore(database);
    let reads = 0;
    const { consumerKeys, audit } = store.app;
    const cleanup = endedKeys({
      database,
      store: {
        ...reader,
        async endedBefore(time, within) {
          const found = await reader.endedBefore(time, within);
          reads += 1;
          if (reads === 1) await putOff(keyId, clock() + DAY_MS);
          return found;
        },
      },
      revocation: revocationService({ database, consumerKeys, audit, now: clock }),
    });
    await cleanup.removeExpired(clock());
    expect(reads).toBe(2);
    expect([await ids(), await revoked()]).toEqual([[keyId], []]);
  });
});
