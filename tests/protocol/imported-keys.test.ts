import { pairDigest, type Permissions } from '../../server/consumer-keys/consumer-key';
import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { ENDPOINTS, openEndpoint, verdict, type Ask, type Endpoint } from '../support/http/endpoints';
import { exchange, requestBytes } from '../support/http/raw-http';
import { makeImported } from '../support/scenes/imported-key';
import {
  basicHeader,
  enc,
  eventually,
  issueKey,
  keyRow,
  NOW,
  signedTarget,
} from '../support/scenes/rest-scene';
import { processStore } from '../support/store/process-store';
import { fakeClock, startTestStore, type TestStore } from '../support/store/test-store';
import { CANNOT_VIEW, rejected, SIGNATURE_DIFFERS } from '../unit/oauth-fixtures';

// WooCommerce stores the hash of a consumer key only. So an imported key has no digest of its pair
// before its first right use.

// One test runs a server in a process of its own.
jest.setTimeout(90_000);

const PATH = '/wp-json/wc/v3/products';
const WRONG = rejected('Consumer secret is invalid.');
const UNKNOWN = rejected('Consumer key is invalid.');
const RESTS = { ...CANNOT_VIEW, status: 403 };

type Pair = Pick<IssuedKey, 'consumerKey' | 'consumerSecret'>;
type Method = 'GET' | 'POST';
const basic = (key: Pair, method: Method = 'GET'): Ask => ({ method, headers: [basicHeader(key)] });
const inQuery = ({ consumerKey, consumerSecret }: Pair, method: Method = 'GET'): Ask => ({
  method,
  target: `${PATH}?consumer_key=${enc(consumerKey)}&consumer_secret=${enc(consumerSecret)}`,
});
const signed = (key: Pair, method: Method = 'GET'): Ask => ({
  method,
  target: signedTarget(key, { method }),
  secure: false,
});
const FORMS = [
  ['Basic', basic, WRONG],
  ['the query', inQuery, WRONG],
  ['OAuth 1.0a', signed, SIGNATURE_DIFFERS],
] as const;

let store: TestStore;
const start = (folder?: string) =>
  startTestStore({
    clock: fakeClock(NOW * 1000),
    env: { TRUST_PROXY: 'loopback', STORE_URL: 'http://store.test' },
    ...(folder === undefined ? {} : { folder }),
  });

async function importedKey(permissions: Permissions = 'read_write', userId?: number): Promise<IssuedKey> {
  const key = await issueKey(store, permissions, userId === undefined ? {} : { userId });
  await makeImported(store.database, key.keyId);
  return key;
}
const digestOf = async ({ keyId }: IssuedKey) => (await keyRow(store, keyId))['pair_digest'];
const rightDigest = ({ consumerKey, consumerSecret }: Pair) => pairDigest(consumerKey, consumerSecret);
/** Waits until the digest of a key is written. */
const written = (key: IssuedKey) =>
  eventually(async () => ((await digestOf(key)) === '' ? undefined : true), 10_000);
const damageSecret = ({ keyId }: IssuedKey) =>
  store.database.knex('consumer_keys').where({ key_id: keyId }).update({ consumer_secret: 'v1.x' });

describe.each(ENDPOINTS)('an imported key at the endpoint %s', (name) => {
  let endpoint: Endpoint;
  beforeAll(async () => {
    store = await start();
    endpoint = await openEndpoint(name, store);
  });
  afterAll(async () => {
    await endpoint.close();
    await store.app.close();
    await store.close();
  });
  const verdictOf = async (ask: Ask) => verdict(await endpoint.send(ask));

  test.each(FORMS)(
    'is accepted by %s, at first and later, and then its digest is written',
    async (_form, by) => {
      const key = await importedKey();
      for (let times = 0; times < 3; times++) expect(await verdictOf(by(key))).toBe('accepted');
      await written(key);
      expect(await digestOf(key)).toBe(rightDigest(key));
      for (const [, ask] of FORMS) expect(await verdictOf(ask(key))).toBe('accepted');
      // From now on a pair in clear text needs no sealed secret.
      await damageSecret(key);
      for (const ask of [basic, inQuery]) expect(await verdictOf(ask(key))).toBe('accepted');
      expect(await verdictOf(signed(key))).toEqual(SIGNATURE_DIFFERS);
    },
  );

  test.each(FORMS)(
    'is rejected by %s with a wrong secret, before and after its first use',
    async (_form, by, wrong) => {
      const [key, other] = [await importedKey(), await importedKey()];
      const { consumerSecret } = key;
      const secrets = ['x', `${consumerSecret}x`, consumerSecret.slice(1), consumerSecret.toUpperCase()];
      for (const secret of [...secrets, other.consumerSecret, `cs_${'0'.repeat(40)}`])
        expect(await verdictOf(by({ ...key, consumerSecret: secret }))).toEqual(wrong);
      expect(await verdictOf(by({ ...key, consumerKey: `ck_${'0'.repeat(40)}` }))).toEqual(UNKNOWN);
      expect(await verdictOf(by(key))).toBe('accepted');
      await written(key);
      expect(await verdictOf(by({ ...key, consumerSecret: other.consumerSecret }))).toEqual(wrong);
      expect(await digestOf(other)).toBe('');
    },
  );

  test.each(FORMS)('has its permissions by %s from its first use on', async (_form, by) => {
    const [reads, writes] = [await importedKey('read'), await importedKey('write')];
    for (let times = 0; times < 2; times++) {
      expect(await verdictOf(by(reads, 'POST'))).toMatchObject({ status: 401 });
      expect(await verdictOf(by(writes, 'GET'))).toMatchObject({ status: 401 });
      expect(await verdictOf(by(reads, 'GET'))).toBe('accepted');
      expect(await verdictOf(by(writes, 'POST'))).toBe('accepted');
      for (const key of [reads, writes]) await written(key);
    }
  });

  test('rests while its owner is not a manager', async () => {
    const owner = await store.addUser('resting', 'customer');
    const key = await importedKey('read', owner.userId);
    for (const [, by] of FORMS) expect(await verdictOf(by(key))).toEqual(RESTS);
    await written(key);
    expect(await verdictOf(basic(key))).toEqual(RESTS);
    await store.app.users.setRole(owner.userId, 'shop_manager');
    expect(await verdictOf(basic(key))).toBe('accepted');
  });

  test('is rejected with a damaged sealed secret, and with a damaged digest that is not empty', async () => {
    const key = await importedKey();
    await damageSecret(key);
    expect(await verdictOf(basic(key))).toEqual(WRONG);
    expect(await verdictOf(signed(key))).toEqual(SIGNATURE_DIFFERS);
    const other = await importedKey();
    for (const digest of [' ', 'x', rightDigest(key), rightDigest(other).slice(1)]) {
      await store.database
        .knex('consumer_keys')
        .where({ key_id: other.keyId })
        .update({ pair_digest: digest });
      expect(await verdictOf(basic(other))).toEqual(WRONG);
    }
  });
});

describe('an imported key', () => {
  let endpoint: Endpoint;
  beforeEach(async () => {
    store = await start();
    endpoint = await openEndpoint('gateway', store);
  });
  afterEach(() => store.close());
  const verdictOf = async (ask: Ask) => verdict(await endpoint.send(ask));

  test('is accepted by two processes at its first use, and by both with its digest alone', async () => {
    const second = await start(store.folder);
    const there = await openEndpoint('gateway', second);
    try {
      const key = await importedKey();
      const asks = [basic, inQuery, signed].flatMap((by) => [endpoint.send(by(key)), there.send(by(key))]);
      expect((await Promise.all(asks)).map(verdict)).toEqual(asks.map(() => 'accepted'));
      for (const { app } of [store, second]) await app.close();
      expect(await digestOf(key)).toBe(rightDigest(key));
      await damageSecret(key);
      for (const each of [endpoint, there]) expect(verdict(await each.send(basic(key)))).toBe('accepted');
      expect([...store.logs, ...second.logs].filter(({ level }) => level === 'error')).toEqual([]);
    } finally {
      await second.close();
    }
  });

  test('has its digest written at a clean stop', async () => {
    const keys = [await importedKey(), await importedKey(), await importedKey()];
    const asks = [basic, inQuery, signed].map((by, at) => by(keys[at]!));
    for (const ask of asks) expect(await verdictOf(ask)).toBe('accepted');
    await store.app.close();
    for (const key of keys) expect(await digestOf(key)).toBe(rightDigest(key));
  });

  test('stays revoked when it is revoked right after its first use', async () => {
    const key = await importedKey();
    expect(await verdictOf(basic(key))).toBe('accepted');
    await store.app.consumerKeys.remove(key.keyId);
    expect(await verdictOf(basic(key))).toEqual(UNKNOWN);
    await store.app.close();
    expect(await keyRow(store, key.keyId)).toBeUndefined();
  });

  test('has its new pair only when it is regenerated right after its first use', async () => {
    const key = await importedKey();
    expect(await verdictOf(basic(key))).toBe('accepted');
    const truncatedKey = key.consumerKey.slice(-7);
    const renewed = await store.app.consumerKeys.regenerate({ keyId: key.keyId, truncatedKey });
    expect(await verdictOf(basic(key))).toEqual(UNKNOWN);
    expect(await verdictOf(basic(renewed!))).toBe('accepted');
    await store.app.close();
    expect(await digestOf(key)).toBe(rightDigest(renewed!));
  });

  test('spends its nonces from its first use on', async () => {
    const key = await importedKey();
    const ask = signed(key);
    expect(await verdictOf(ask)).toBe('accepted');
    expect(await verdictOf(ask)).toMatchObject({ status: 401, message: expect.stringContaining('nonce') });
    await store.app.close();
  });

  test('is counted as a wrong key with a wrong secret, and as used with a right one', async () => {
    const [key, other] = [await importedKey(), await importedKey()];
    await verdictOf(basic(key));
    await verdictOf(basic({ ...other, consumerSecret: 'x' }));
    await store.app.close();
    expect(await keyRow(store, key.keyId)).toMatchObject({ last_access: NOW * 1000 });
    expect(await keyRow(store, other.keyId)).toMatchObject({ last_access: null, pair_digest: '' });
    expect(await store.database.knex('throttle_counts').select('times')).toEqual([{ times: 1 }]);
  });

  test('leaves its secret and its digest out of the log', async () => {
    const key = await importedKey();
    await verdictOf(inQuery(key));
    await verdictOf(inQuery({ ...key, consumerSecret: 'cs_wrong' }));
    await damageSecret(key);
    await verdictOf(basic(key));
    await store.app.close();
    const log = JSON.stringify(store.logs);
    for (const value of [key.consumerKey, key.consumerSecret, rightDigest(key), 'cs_wrong'])
      expect(log).not.toContain(value);
  });
});

test('a server process that is stopped writes the digests of the keys that were used for the first time', async () => {
  const processes = await processStore();
  try {
    const keys = [await processes.issue(), await processes.issue()];
    await processes.on(async ({ database }) => {
      for (const { keyId } of keys) await makeImported(database, keyId);
    });
    const server = await processes.serve();
    for (const key of keys) {
      const headers = [basicHeader(key), ['X-Forwarded-Proto', 'https']] as const;
      const { status } = await exchange(server.url, requestBytes('GET', '/wc-auth/v1/verify', headers));
      expect(status).toBe(200);
    }
    server.kill('SIGTERM');
    expect((await server.ended).code).toBe(0);
    const digests = await processes.on(({ database }) =>
      database.knex('consumer_keys').orderBy('key_id').pluck<string[]>('pair_digest'),
    );
    expect(digests).toEqual(keys.map(rightDigest));
  } finally {
    await processes.clear();
  }
});
