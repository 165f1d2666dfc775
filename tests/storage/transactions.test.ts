import { setTimeout as wait } from 'node:timers/promises';
import { MANAGER, startTestStore, type TestStore } from '../support/store/test-store';

let store: TestStore;
beforeEach(async () => {
  store = await startTestStore();
});
afterEach(() => store.close());

test('a transaction that reads and then writes succeeds, whatever API calls write meanwhile', async () => {
  const { app, database } = store;
  const { userId } = await store.userOf(MANAGER);
  const write = database.hot.writer(`
    insert into throttle_counts (counted, times, expires_at) values (?, ?, 1)
    on conflict (counted) do update set times = throttle_counts.times + 1`);
  const done = { yet: false };
  const calls = Array.from({ length: 20 }, async (_, n) => {
    while (!done.yet) await write(`counted ${n}`, 1);
  });
  for (let n = 0; n < 20; n++)
    await database.transaction(async (within) => {
      const user = await app.users.find(userId, within);
      // Leaves time for other commits.
      await wait(2);
      await within('users')
        .where({ user_id: userId })
        .update({ email: `${n}.${user?.login}@store.test` });
    });
  done.yet = true;
  await Promise.all(calls);
  expect((await store.userOf(MANAGER)).email).toBe(`19.${MANAGER}@store.test`);
});
