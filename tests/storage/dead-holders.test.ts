import { deadHolders } from '../../server/storage/dead-holders';
import { startTestStore, fakeClock, type TestStore } from '../support/store/test-store';

const HOUR = 3_600_000;
const clock = fakeClock();
let store: TestStore;
beforeEach(async () => {
  store = await startTestStore({ clock });
});
afterEach(() => store.close());

const records = () => store.database.knex('secret_key_holders');
const left = async () => (await records().pluck<string[]>('lease')).length;

test('the cleanup removes the record of a server that died a day ago', async () => {
  await records().insert({ lease: 'dead', key_ids: 'x' });
  await store.app.janitor.round();
  clock.pass(23 * HOUR);
  await store.app.janitor.round();
  expect(await left()).toBe(1);
  clock.pass(HOUR);
  await store.app.janitor.round();
  expect(await left()).toBe(0);
});

test('the record of a running server stays, however often it seemed to be gone', async () => {
  await records().insert({ lease: store.database.lease.id, key_ids: 'x' });
  let gone = true;
  const dead = deadHolders({
    ...store.database,
    lease: { ...store.database.lease, isGone: () => Promise.resolve(gone) },
  });
  await dead.removeExpired(0);
  gone = false;
  await dead.removeExpired(20 * HOUR);
  gone = true;
  await dead.removeExpired(30 * HOUR);
  await dead.removeExpired(53 * HOUR);
  expect(await left()).toBe(1);
  await dead.removeExpired(54 * HOUR);
  expect(await left()).toBe(0);
});
