import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { secretSealing } from '../../server/consumer-keys/secret-sealing';
import { pairProver, type ProvePair } from '../../server/key-authentication/prove-pair';
import { secretKeyRegistry } from '../../server/storage/secret-key-registry';
import { secretKeys } from '../../server/storage/secret-keys';
import { makeImported } from '../support/scenes/imported-key';
import { issueKey, keyRow } from '../support/scenes/rest-scene';
import { startTestStore, type TestStore } from '../support/store/test-store';

let store: TestStore;
let prove: ProvePair;
let failures: unknown[];

beforeEach(async () => {
  store = await startTestStore();
  failures = [];
  const { config, database } = store;
  prove = pairProver({
    database,
    sealing: secretSealing(secretKeys(config, config.database), secretKeyRegistry(database)),
    now: Date.now,
    reportFailure: (error) => failures.push(error),
  });
});
afterEach(() => store.close());

const proveKey = ({ consumerKey, consumerSecret }: IssuedKey) => prove(consumerKey, consumerSecret);
const change = ({ keyId }: IssuedKey, values: Record<string, unknown>) =>
  store.database.knex('consumer_keys').where({ key_id: keyId }).update(values);

const KINDS: Record<string, (key: IssuedKey) => Promise<void>> = {
  'a key that was made here': () => Promise.resolve(),
  'an imported key that was never used': ({ keyId }) => makeImported(store.database, keyId),
};

describe.each(Object.entries(KINDS))('the pair of %s', (_kind, prepare) => {
  test('proves its key, with owner and permissions, and changes nothing', async () => {
    for (const permissions of ['read', 'write', 'read_write'] as const) {
      const key = await issueKey(store, permissions);
      await prepare(key);
      const before = await keyRow(store, key.keyId);
      const { userId } = await store.userOf();
      const proven = {
        outcome: 'proven',
        key: { keyId: key.keyId, userId, permissions },
        ownerIsManager: true,
        canSign: true,
      };
      for (let times = 0; times < 3; times++) expect(await proveKey(key)).toEqual(proven);
      expect(await prove(` ${key.consumerKey}\n`, key.consumerSecret)).toEqual(proven);
      await store.app.close();
      expect(await keyRow(store, key.keyId)).toEqual(before);
    }
    for (const table of ['throttle_counts', 'oauth_nonces'])
      expect(await store.database.knex(table)).toEqual([]);
  });

  test('says that the key rests while its owner is not a manager', async () => {
    const { userId } = await store.addUser('a customer', 'customer');
    const key = await issueKey(store, 'read', { userId });
    await prepare(key);
    expect(await proveKey(key)).toMatchObject({ outcome: 'proven', key: { userId }, ownerIsManager: false });
    await store.app.users.setRole(userId, 'shop_manager');
    expect(await proveKey(key)).toMatchObject({ ownerIsManager: true });
  });

  test('tells a wrong secret from an unknown key, and counts neither', async () => {
    const key = await issueKey(store);
    await prepare(key);
    for (const secret of ['', 'x', ` ${key.consumerSecret}`])
      expect(await prove(key.consumerKey, secret)).toEqual({ outcome: 'wrong secret', keyId: key.keyId });
    expect(await prove('ck_unknown', key.consumerSecret)).toEqual({ outcome: 'unknown key' });
    await store.app.consumerKeys.remove(key.keyId);
    expect(await proveKey(key)).toEqual({ outcome: 'unknown key' });
    expect(await store.database.knex('throttle_counts')).toEqual([]);
  });
});

test('a pair whose sealed secret is damaged proves its key, but cannot sign', async () => {
  const key = await issueKey(store);
  await change(key, { consumer_secret: 'v1.x' });
  expect(await proveKey(key)).toMatchObject({ outcome: 'proven', canSign: false });
  expect(failures).toHaveLength(1);
});

test('an imported pair whose sealed secret is damaged is a wrong secret', async () => {
  const key = await issueKey(store);
  await makeImported(store.database, key.keyId);
  await change(key, { consumer_secret: 'v1.x' });
  expect(await proveKey(key)).toEqual({ outcome: 'wrong secret', keyId: key.keyId });
  expect(failures).toHaveLength(1);
});
