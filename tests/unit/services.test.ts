import { startTestStore, type TestStore } from '../support/store/test-store';

let store: TestStore;
beforeAll(async () => (store = await startTestStore()));
afterAll(() => store.close());

test('the user service returns no password hash and accepts none', async () => {
  const { users } = store.app;
  expect(Object.keys(users)).not.toContain('insert');
  expect(Object.keys(users).filter((name) => /hash|findForSignIn/i.test(name))).toEqual([]);
  const proven = await users.authenticate('manager', 'correct horse battery');
  expect(JSON.stringify([proven, await users.list()])).not.toContain('argon2');
});

test('the key service returns no hash, digest or sealed secret, and accepts none', async () => {
  const { consumerKeys } = store.app;
  const rows = ['insert', 'replacePair', 'removePending', 'listPending', 'pendingLeases'];
  expect(Object.keys(consumerKeys).filter((name) => rows.includes(name))).toEqual([]);
  const { userId } = await store.userOf();
  const about = { userId, description: 'k', permissions: 'read', now: Date.now() } as const;
  const { keyId } = await consumerKeys.issue(about);
  const stored = await store.database.knex('consumer_keys').where({ key_id: keyId }).first();
  const shown = JSON.stringify([await consumerKeys.find(keyId), await consumerKeys.list()]);
  for (const column of ['consumer_key', 'consumer_secret', 'pair_digest'])
    expect(shown).not.toContain(stored[column]);
});
