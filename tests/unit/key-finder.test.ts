import { keyFinder } from '../../server/key-authentication/key-finder';
import { openDatabase } from '../../server/storage/database';
import type { FinderQuestion, Sight } from '../../server/storage/hot-statements';
import { MANAGER, startTestStore, type TestStore } from '../support/test-store';

let store: TestStore;
let pair: { consumerKey: string; consumerSecret: string };
let opened: number;
let looked: number;
let find: ReturnType<typeof keyFinder>;

beforeEach(async () => {
  store = await startTestStore();
  pair = await issue();
  opened = looked = 0;
  find = keyFinder({
    database: {
      hot: {
        ...store.database.hot,
        finder<Row>(question: FinderQuestion) {
          const seek = store.database.hot.finder<Row>(question);
          return <T>(value: () => string, decide: (sight: Sight<Row>) => T) =>
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
    decoySealing: { seal: () => 'decoy', open: () => opens('cs_decoy') },
    now: Date.now,
    logFailure: () => undefined,
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

test('an unknown key costs what a wrong secret costs, whether or not the key has proven itself before', async () => {
  expect(await find('ck_unknown', is('x'))).toEqual({ key: undefined, proven: false });
  expect(work()).toEqual({ looked: 1, opened: 1 });
  expect(await find(pair.consumerKey, is('x'))).toMatchObject({ proven: false });
  expect(work()).toEqual({ looked: 1, opened: 1 });
  await find(pair.consumerKey, is(pair.consumerSecret));
  work();
  expect(await find(pair.consumerKey, is('x'))).toMatchObject({ proven: false });
  expect(work()).toEqual({ looked: 1, opened: 1 });
});

test('the decoy proves nobody', async () => {
  expect(await find('ck_unknown', is('cs_decoy'))).toEqual({ key: undefined, proven: false });
});

test('a key that has proven itself is not looked up again while no key and no user is changed', async () => {
  const proves = is(pair.consumerSecret);
  const { key } = await find(pair.consumerKey, proves);
  work();
  expect(await find(pair.consumerKey, proves)).toEqual({ key, proven: true });
  expect(work()).toEqual({ looked: 0, opened: 0 });
});

test.each([
  [
    'another key is made',
    `insert into consumer_keys
     (user_id, description, permissions, consumer_key, consumer_secret, truncated_key, created_at)
     values (1, '', 'read', 'other', '', '', 0)`,
  ],
  ['the key is changed', `update consumer_keys set permissions = 'write'`],
  ['the key is ended', 'delete from consumer_keys'],
  ['the owner is demoted', `update users set role = 'customer'`],
  ['the owner is disabled', 'update users set disabled_at = 1'],
  ['the owner is removed', 'delete from users'],
])('when %s by any process, it is looked up again', async (_what, statement) => {
  const proves = is(pair.consumerSecret);
  await find(pair.consumerKey, proves);
  work();
  const elsewhere = openDatabase({ client: 'sqlite', file: store.file });
  await elsewhere.knex.raw(statement);
  await elsewhere.close();
  const found = await find(pair.consumerKey, proves);
  expect(work().looked).toBe(1);
  const isGone = statement.startsWith('delete');
  expect(found).toMatchObject(isGone ? { key: undefined, proven: false } : { proven: true });
  if (statement.startsWith('update consumer_keys')) expect(found.key?.permissions).toBe('write');
  if (statement.startsWith('update users')) expect(found.key?.ownerIsManager).toBe(false);
});

test('what is done inside a transaction counts from its commit on', async () => {
  const proves = is(pair.consumerSecret);
  await find(pair.consumerKey, proves);
  work();
  const elsewhere = openDatabase({ client: 'sqlite', file: store.file });
  const transaction = await elsewhere.knex.transaction();
  await transaction('consumer_keys').delete();
  expect(await find(pair.consumerKey, proves)).toMatchObject({ proven: true });
  expect(work().looked).toBe(0);
  await transaction.commit();
  expect(await find(pair.consumerKey, proves)).toMatchObject({ proven: false });
  await elsewhere.close();
});

test('uses, nonces, sessions and the history change nothing of it', async () => {
  const proves = is(pair.consumerSecret);
  await find(pair.consumerKey, proves);
  work();
  await store.signIn();
  const { knex } = store.database;
  await knex('key_uses').update({ last_access: 1 });
  await knex('oauth_nonces').insert({ key_id: 1, nonce_hash: Buffer.alloc(16), expires_at: 1 });
  await find(pair.consumerKey, proves);
  expect(work()).toEqual({ looked: 0, opened: 0 });
});

test('what is asked in one moment is answered one by one, a failure too', async () => {
  const fails = () => {
    throw new Error('not this one');
  };
  const [right, wrong, failed, unknown] = await Promise.allSettled([
    find(pair.consumerKey, is(pair.consumerSecret)),
    find(pair.consumerKey, is('x')),
    find(pair.consumerKey, fails),
    find('ck_unknown', is('x')),
  ]);
  expect(right).toMatchObject({ value: { proven: true } });
  expect(wrong).toMatchObject({ value: { proven: false, key: { permissions: 'read' } } });
  expect(failed).toMatchObject({ status: 'rejected', reason: { message: 'not this one' } });
  expect(unknown).toMatchObject({ value: { key: undefined } });
});
