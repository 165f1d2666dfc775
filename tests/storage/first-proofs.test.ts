import { inspect } from 'node:util';
import { pairDigest } from '../../server/consumer-keys/consumer-key';
import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { firstProofs } from '../../server/key-authentication/first-proofs';
import { keyFinder, type FirstProof } from '../../server/key-authentication/key-finder';
import { makeImported } from '../support/scenes/imported-key';
import { eventually, issueKey, keyRow } from '../support/scenes/rest-scene';
import { processStore } from '../support/store/process-store';
import { testOnSqlite } from '../support/store/on-engine';
import { startTestStore, type TestStore } from '../support/store/test-store';

// One test runs a command in a process of its own.
jest.setTimeout(90_000);

let store: TestStore;
let errors: unknown[];
let proofs: ReturnType<typeof firstProofs>;

beforeEach(async () => {
  store = await startTestStore();
  errors = [];
  proofs = writer();
});
afterEach(() => store.close());

const writer = (database: Pick<TestStore['database'], 'hot'> = store.database) =>
  firstProofs({ database, log: { error: (line: unknown) => errors.push(line) } as never });

async function importedKey(): Promise<IssuedKey> {
  const key = await issueKey(store);
  await makeImported(store.database, key.keyId);
  return key;
}
const digestOf = async ({ keyId }: IssuedKey) => (await keyRow(store, keyId))['pair_digest'];
const rightDigest = ({ consumerKey, consumerSecret }: IssuedKey) => pairDigest(consumerKey, consumerSecret);

/** Returns the proof of a key as its row is now. */
async function proofOf(key: IssuedKey): Promise<FirstProof> {
  const sealedSecret = String((await keyRow(store, key.keyId))['consumer_secret']);
  return { keyId: key.keyId, pairDigest: rightDigest(key), sealedSecret };
}

test('the digests of proven keys are written together, without further action', async () => {
  const keys = [await importedKey(), await importedKey(), await importedKey()];
  const other = await importedKey();
  for (const key of keys) proofs.note(await proofOf(key));
  expect(await digestOf(keys[0]!)).toBe('');
  await eventually(async () => ((await digestOf(keys[2]!)) === '' ? undefined : true), 10_000);
  for (const key of keys) expect(await digestOf(key)).toBe(rightDigest(key));
  expect(await digestOf(other)).toBe('');
});

testOnSqlite('a digest that another server wrote first changes no key, so no cache is emptied', async () => {
  const key = await importedKey();
  const changes = async () => {
    const row = await store.database.knex<{ changes: number }>('key_changes').first();
    return row?.changes;
  };
  const proof = await proofOf(key);
  const second = writer();
  for (const server of [proofs, second]) server.note(proof);
  await proofs.flush();
  const after = await changes();
  await second.flush();
  expect([await changes(), await digestOf(key)]).toEqual([after, proof.pairDigest]);
});

test('a key that was revoked after its proof stays revoked', async () => {
  const key = await importedKey();
  proofs.note(await proofOf(key));
  await store.app.consumerKeys.remove(key.keyId);
  await proofs.flush();
  expect([await keyRow(store, key.keyId), errors]).toEqual([undefined, []]);
});

test('a key that was regenerated after its proof keeps the digest of its new pair', async () => {
  const key = await importedKey();
  proofs.note(await proofOf(key));
  const { truncated_key } = await keyRow(store, key.keyId);
  const renewed = await store.app.consumerKeys.regenerate({
    keyId: key.keyId,
    truncatedKey: String(truncated_key),
  });
  await proofs.flush();
  expect(await digestOf(key)).toBe(rightDigest(renewed!));
});

test('a key that was imported again with another secret after its proof gets no digest of the old pair', async () => {
  const [key, other] = [await importedKey(), await importedKey()];
  proofs.note(await proofOf(key));
  const { sealedSecret } = await proofOf(other);
  await store.database
    .knex('consumer_keys')
    .where({ key_id: key.keyId })
    .update({ consumer_secret: sealedSecret });
  await proofs.flush();
  expect(await digestOf(key)).toBe('');
});

test('a key that was sealed with a new secret key after its proof gets its digest from the next proof', async () => {
  const rotated = await processStore({ SECRET_KEY: '' });
  try {
    const key = await rotated.issue();
    await rotated.on(async ({ database, secretSealing }) => {
      await makeImported(database, key.keyId);
      const written = writer(database);
      const finder = keyFinder({
        database,
        sealing: secretSealing,
        now: Date.now,
        reportFailure: (error) => errors.push(error),
        noteFirstProof: (proof) => {
          written.note(proof);
        },
      });
      const digest = async () => {
        const row = await database.knex<{ pair_digest: string }>('consumer_keys').first();
        return row?.pair_digest;
      };
      expect(await finder.findPair(key.consumerKey, key.consumerSecret)).toMatchObject({ proven: true });
      expect(rotated.commandAtOnce(['secret', 'rotate'])).toMatchObject({ code: 0, stderr: '' });
      await written.flush();
      expect(await digest()).toBe('');
      expect(await finder.findPair(key.consumerKey, key.consumerSecret)).toMatchObject({ proven: true });
      await written.flush();
      expect(await digest()).toBe(rightDigest(key));
    });
    expect(errors).toEqual([]);
  } finally {
    await rotated.clear();
  }
});

test('a proof that could not be written is kept for the next attempt, and its values are not logged', async () => {
  const key = await importedKey();
  const proof = await proofOf(key);
  let works = false;
  const real = store.database.hot;
  const hot: typeof real = {
    ...real,
    bulkUpdate(update) {
      const write = real.bulkUpdate(update);
      const failed = Object.assign(new Error(`update … ${JSON.stringify(proof)}`), { code: 'SQLITE_FULL' });
      return (rows) => (works ? write(rows) : Promise.reject(failed));
    },
  };
  const retrying = writer({ hot });
  retrying.note(proof);
  await retrying.flush();
  expect(errors).toMatchObject([{ err: expect.any(Error) }]);
  for (const value of [proof.pairDigest, proof.sealedSecret]) expect(inspect(errors)).not.toContain(value);
  expect(await digestOf(key)).toBe('');
  works = true;
  await retrying.flush();
  expect(await digestOf(key)).toBe(proof.pairDigest);
});
