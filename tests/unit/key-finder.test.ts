import { pairDigest } from '../../server/consumer-keys/consumer-key';
import { keyFinder, type FirstProof } from '../../server/key-authentication/key-finder';
import { openDatabase } from '../../server/storage/drivers';
import type { FinderQuestion, Snapshot } from '../../server/storage/hot-statements';
import { makeImported } from '../support/scenes/imported-key';
import { testOnSqlite } from '../support/store/on-engine';
import { MANAGER, startTestStore, type TestStore } from '../support/store/test-store';

let store: TestStore;
let pair: { keyId: number; consumerKey: string; consumerSecret: string };
let opened: number;
let looked: number;
let proofs: FirstProof[];
let finder: ReturnType<typeof keyFinder>;

beforeEach(async () => {
  store = await startTestStore();
  pair = await issue();
  opened = looked = 0;
  proofs = [];
  finder = keyFinder({
    database: {
      hot: {
        ...store.database.hot,
        finder<Row>(question: FinderQuestion) {
          const seek = store.database.hot.finder<Row>(question);
          return <T>(value: () => string, decide: (snapshot: Snapshot<Row>) => T | Promise<T>) =>
            seek(value, ({ version, row }) =>
              decide({
                version,
                row: () => {
                  looked += 1;
                  return row();
                },
              }),
            );
        },
      },
    },
    sealing: { open: () => opens(pair.consumerSecret) },
    now: Date.now,
    reportFailure: () => undefined,
    noteFirstProof: (proof) => proofs.push(proof),
  });
});
afterEach(() => store.close());

async function issue() {
  const { userId } = await store.userOf(MANAGER);
  const { app } = store;
  return app.consumerKeys.issue({ userId, description: 'k', permissions: 'read', now: Date.now() });
}
const is = (secret: string) => (other: string) => other === secret;
function opens(secret: string): string {
  opened += 1;
  return secret;
}
function work() {
  const done = { looked, opened };
  looked = opened = 0;
  return done;
}

/** Both ways to check a claim to a key, with the number of secrets that one check opens. */
const WAYS = [
  ['a pair', (key: string, secret: string) => finder.findPair(key, secret), 0],
  ['a signature', (key: string, secret: string) => finder.findSigner(key, is(secret)), 1],
] as const;

describe.each(WAYS)('finding a key by %s', (_way, find, opens) => {
  const once = { looked: 1, opened: opens };
  const cached = async () => {
    await find(pair.consumerKey, pair.consumerSecret);
    const found = await find(pair.consumerKey, pair.consumerSecret);
    work();
    return found;
  };

  test('costs the same for a wrong secret, whether or not the key was proven before', async () => {
    expect(await find(pair.consumerKey, 'x')).toMatchObject({ proven: false });
    expect(work()).toEqual(once);
    await cached();
    expect(await find(pair.consumerKey, 'x')).toMatchObject({ proven: false });
    expect(work()).toEqual(once);
  });

  test('needs no lookup after two proofs while no key and no user changes', async () => {
    const { key } = await cached();
    expect(await find(pair.consumerKey, pair.consumerSecret)).toEqual({ key, proven: true });
    expect(work()).toEqual({ looked: 0, opened: 0 });
  });

  test.each([
    [
      'another key is made',
      `insert into consumer_keys
       (user_id, description, permissions, consumer_key, consumer_secret, pair_digest, truncated_key, created_at)
       values (1, '', 'read', 'other', '', '', '', 0)`,
    ],
    ['the key is changed', `update consumer_keys set permissions = 'write'`],
    ['the key is ended', 'delete from consumer_keys'],
    ['the owner is demoted', `update users set role = 'customer'`],
    ['the owner is disabled', 'update users set disabled_at = 1'],
    ['the owner is removed', 'delete from users'],
  ])('needs a new lookup when %s by any process', async (_what, statement) => {
    await cached();
    const elsewhere = openDatabase({ client: 'sqlite', file: store.file });
    await elsewhere.knex.raw(statement);
    await elsewhere.close();
    const found = await find(pair.consumerKey, pair.consumerSecret);
    expect(work().looked).toBe(1);
    const isGone = statement.startsWith('delete');
    expect(found).toMatchObject(isGone ? { key: undefined, proven: false } : { proven: true });
    if (statement.startsWith('update consumer_keys')) expect(found.key?.permissions).toBe('write');
    if (statement.startsWith('update users')) expect(found.key?.ownerIsManager).toBe(false);
  });

  test('depends on the changes of a transaction from its commit on', async () => {
    await cached();
    const elsewhere = openDatabase({ client: 'sqlite', file: store.file });
    const transaction = await elsewhere.knex.transaction();
    await transaction('consumer_keys').delete();
    expect(await find(pair.consumerKey, pair.consumerSecret)).toMatchObject({ proven: true });
    expect(work().looked).toBe(0);
    await transaction.commit();
    expect(await find(pair.consumerKey, pair.consumerSecret)).toMatchObject({ proven: false });
    await elsewhere.close();
  });

  test('needs no new lookup after uses, nonces, sessions and history entries', async () => {
    await cached();
    await store.signIn();
    const { knex } = store.database;
    await knex('key_uses').update({ last_access: 1 });
    await knex('oauth_nonces').insert({ key_id: 1, nonce_hash: Buffer.alloc(16), expires_at: 1 });
    await find(pair.consumerKey, pair.consumerSecret);
    expect(work()).toEqual({ looked: 0, opened: 0 });
  });
});

test('looks a pair of an unknown key up like one with a wrong secret', async () => {
  expect(await finder.findPair('ck_unknown', 'x')).toEqual({ key: undefined, proven: false });
  expect(work()).toEqual({ looked: 1, opened: 0 });
});

test('computes no signature for an unknown key, because one over a large form costs too much', async () => {
  const proves = jest.fn(() => true);
  expect(await finder.findSigner('ck_unknown', proves)).toEqual({ key: undefined, proven: false });
  expect(proves).not.toHaveBeenCalled();
  expect(work()).toEqual({ looked: 1, opened: 0 });
});

test('proves a pair without opening its sealed secret, so a damaged one does not matter', async () => {
  await store.database.knex('consumer_keys').update({ consumer_secret: 'v1.x' });
  expect(await finder.findPair(pair.consumerKey, pair.consumerSecret)).toMatchObject({ proven: true });
  expect(work()).toEqual({ looked: 1, opened: 0 });
});

test('proves neither key with the halves of two pairs, cached or not', async () => {
  const other = await issue();
  for (let times = 0; times < 3; times++) {
    expect(await finder.findPair(other.consumerKey, pair.consumerSecret)).toMatchObject({ proven: false });
    expect(await finder.findPair(pair.consumerKey, other.consumerSecret)).toMatchObject({ proven: false });
    expect(await finder.findPair(pair.consumerKey, pair.consumerSecret)).toMatchObject({ proven: true });
  }
});

describe('an imported key whose digest is not written yet', () => {
  const twice = { looked: 2, opened: 1 };
  const sealed = async () => {
    const row = await store.database.knex<{ consumer_secret: string }>('consumer_keys').first();
    return row?.consumer_secret;
  };
  beforeEach(() => makeImported(store.database, pair.keyId));

  test('is proven by its sealed secret, with a second lookup, and the proof is noted', async () => {
    const found = await finder.findPair(pair.consumerKey, pair.consumerSecret);
    expect(found).toMatchObject({ key: { keyId: pair.keyId, permissions: 'read' }, proven: true });
    expect(work()).toEqual(twice);
    const { keyId, consumerKey, consumerSecret } = pair;
    expect(proofs).toEqual([
      { keyId, pairDigest: pairDigest(consumerKey, consumerSecret), sealedSecret: await sealed() },
    ]);
  });

  test('is not proven by a wrong secret, and no proof is noted', async () => {
    for (const secret of ['', 'x', `${pair.consumerSecret}x`]) {
      const found = await finder.findPair(pair.consumerKey, secret);
      expect(found).toMatchObject({ key: { keyId: pair.keyId }, proven: false });
      expect(work()).toEqual(twice);
    }
    await finder.findSigner(pair.consumerKey, is('x'));
    expect(proofs).toEqual([]);
  });

  test('has the same proof noted when a signature proves it', async () => {
    await finder.findSigner(pair.consumerKey, is(pair.consumerSecret));
    expect(work()).toEqual({ looked: 1, opened: 1 });
    const [bySignature] = proofs;
    await finder.findPair(pair.consumerKey, pair.consumerSecret);
    expect(proofs).toEqual([bySignature, bySignature]);
  });

  test('costs what any other key costs as soon as its digest is written', async () => {
    await finder.findPair(pair.consumerKey, pair.consumerSecret);
    const [proof] = proofs;
    await store.database.knex('consumer_keys').update({ pair_digest: proof?.pairDigest });
    work();
    expect(await finder.findPair(pair.consumerKey, pair.consumerSecret)).toMatchObject({ proven: true });
    expect(work()).toEqual({ looked: 1, opened: 0 });
    await finder.findSigner(pair.consumerKey, is(pair.consumerSecret));
    expect(proofs).toEqual([proof]);
  });
});

test('notes no proof of a key that has its digest', async () => {
  await finder.findPair(pair.consumerKey, pair.consumerSecret);
  await finder.findSigner(pair.consumerKey, is(pair.consumerSecret));
  expect(proofs).toEqual([]);
});

testOnSqlite('proves a pair from a covering index', async () => {
  const { knex } = store.database;
  const statements: string[] = [];
  keyFinder({
    database: {
      hot: {
        ...store.database.hot,
        finder: ({ columns, from, index, join }: FinderQuestion) => {
          statements.push(`select ${columns} from ${from} indexed by ${index ?? ''} ${join}`);
          return () => Promise.reject(new Error('not asked'));
        },
      },
    },
    sealing: { open: () => '' },
    now: Date.now,
    reportFailure: () => undefined,
    noteFirstProof: () => undefined,
  });
  const plan = await knex.raw<{ detail: string }[]>(
    `explain query plan ${statements[0]} where consumer_key = ?`,
    ['x'],
  );
  expect(plan.map(({ detail }) => detail)).toContain(
    'SEARCH k USING COVERING INDEX consumer_keys_pair_index (consumer_key=?)',
  );
});

test('answers simultaneous claims separately, including one that fails', async () => {
  const fails = () => {
    throw new Error('not this one');
  };
  const [right, wrong, failed, unknown] = await Promise.allSettled([
    finder.findSigner(pair.consumerKey, is(pair.consumerSecret)),
    finder.findSigner(pair.consumerKey, is('x')),
    finder.findSigner(pair.consumerKey, fails),
    finder.findSigner('ck_unknown', is('x')),
  ]);
  expect(right).toMatchObject({ value: { proven: true } });
  expect(wrong).toMatchObject({ value: { proven: false, key: { permissions: 'read' } } });
  expect(failed).toMatchObject({ status: 'rejected', reason: { message: 'not this one' } });
  expect(unknown).toMatchObject({ value: { key: undefined } });
});
