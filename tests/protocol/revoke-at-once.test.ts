import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { consumerKeyHash } from '../../server/consumer-keys/consumer-key';
import { ask, approve, openConsent } from '../support/scenes/grant-scene';
import { startHttpsReceiver, type HttpsReceiver } from '../support/http/https-receiver';
import {
  asJson,
  basic,
  bearer,
  makeKey,
  oauthHeader,
  REVOKE,
  revokeNonce,
  revocations,
  send,
  verified,
} from '../support/scenes/revocation-scene';
import { testOnSqlite } from '../support/store/on-engine';
import { startTestStore, type TestStore } from '../support/store/test-store';

// Protocol 4: a revocation takes effect at once, in every process, once, and for good.

let store: TestStore;
let receiver: HttpsReceiver;

beforeAll(async () => {
  store = await startTestStore({ tls: true });
  receiver = await startHttpsReceiver();
});
afterAll(() => Promise.all([store.close(), receiver.stop()]));
beforeEach(() => {
  receiver.clear();
});

describe('50 simultaneous revocations of one key', () => {
  const entriesOf = async (keyId: number) =>
    (await revocations(store)).filter((entry) => entry.keyId === keyId);

  test('report one revoked key and write one audit entry when the key sends them', async () => {
    const key = await makeKey(store);
    const all = Array.from({ length: 50 }, (_, index) => index);
    const answers = await Promise.all(
      all.map((index) => send(store, { headers: index % 2 === 0 ? basic(key) : bearer(key) })),
    );
    const told = answers.filter(({ status }) => status === 200).map((answer) => answer.json()['data']);
    const others = answers.filter(({ status }) => status !== 200);
    expect(told.filter((data) => (data as { revoked: number }).revoked === 1)).toEqual([
      { message: 'Successfully logged out', revoked: 1, key_ids: [key.keyId] },
    ]);
    expect(told.filter((data) => (data as { revoked: number }).revoked === 0)).toHaveLength(told.length - 1);
    expect(others.map(({ status }) => status)).toEqual(others.map(() => 401));
    expect(await entriesOf(key.keyId)).toHaveLength(1);
  });

  test('report one revoked key and write one audit entry when its app, a manager and all-sessions send them', async () => {
    const [key, asking] = [await makeKey(store), await makeKey(store)];
    const manager = await store.signIn();
    const nonce = revokeNonce(store, manager);
    const headers = { ...basic(asking), 'content-type': 'application/json' };
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => {
        if (index % 3 === 0)
          return manager.copy().post(REVOKE, { key_id: String(key.keyId), _wpnonce: nonce });
        const fields = index % 3 === 1 ? { token: key.consumerKey } : { hint: 'all-sessions' };
        return send(store, { ...asJson(fields), headers });
      }),
    );
    const ended = answers.flatMap((answer) =>
      answer.status === 200 ? (answer.json()['data'] as { key_ids: number[] }).key_ids : [],
    );
    expect(ended.filter((id) => id === key.keyId)).toHaveLength(1);
    expect(ended.filter((id) => id === asking.keyId)).toHaveLength(1);
    expect(await entriesOf(key.keyId)).toHaveLength(1);
    expect(await entriesOf(asking.keyId)).toHaveLength(1);
  });

  test('report one revoked key and write one audit entry when two processes receive them', async () => {
    const second = await startTestStore({ tls: true, folder: store.folder });
    const key = await makeKey(store);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        send(index % 2 === 0 ? store : second, { headers: basic(key) }),
      ),
    );
    const told = answers.filter(({ status, body }) => status === 200 && body.includes('"revoked":1'));
    expect(told).toHaveLength(1);
    expect(answers.filter(({ status }) => ![200, 401].includes(status))).toEqual([]);
    expect(await entriesOf(key.keyId)).toHaveLength(1);
    await second.close();
  });
});

test('every endpoint of every process on the database rejects a key once its revocation is answered', async () => {
  const second = await startTestStore({ tls: true, folder: store.folder });
  const key = await makeKey(store);
  const endpoints = ['/wc-auth/v1/verify', '/wp-json/wc/v3/orders', '/wp-json/wc/v3'];
  const statuses = async () => {
    const found = [];
    for (const at of [store, second])
      for (const target of endpoints) {
        found.push((await send(at, { method: 'GET', target, headers: basic(key) })).status);
        const { consumerKey, consumerSecret } = key;
        const pair = `${target}?consumer_key=${consumerKey}&consumer_secret=${consumerSecret}`;
        found.push((await send(at, { method: 'GET', target: pair })).status);
      }
    for (const at of [store, second])
      found.push((await send(at, { headers: oauthHeader(at.url + REVOKE, key), plain: true })).status);
    return found;
  };
  for (const target of endpoints)
    expect((await send(second, { method: 'GET', target, headers: basic(key) })).status).not.toBe(401);
  await send(store, { headers: basic(key) });
  expect(new Set(await statuses())).toEqual(new Set([401]));
  await second.close();
});

describe('a callback still in flight', () => {
  test.each(['/wc-auth/v1/revoke', '/auth/logout'])(
    'cannot restore a key that its app revoked meanwhile with %s, and the grant fails',
    async (target) => {
      const given: { consumerKey: string; consumerSecret: string }[] = [];
      receiver.program({
        async before({ body }) {
          const { consumer_key, consumer_secret } = JSON.parse(body) as Record<string, string>;
          const key = { consumerKey: consumer_key!, consumerSecret: consumer_secret! };
          given.push(key);
          // The key works while the callback is in flight, so its app can revoke it.
          expect(await verified(store, key)).toBe(200);
          expect((await send(store, { target, headers: bearer(key) })).status).toBe(200);
          expect(await verified(store, key)).toBe(401);
        },
      });
      const manager = await store.signIn();
      const answer = await approve(
        manager,
        await openConsent(manager, ask({ callback_url: receiver.url(), user_id: target })),
      );
      expect(receiver.received()).toHaveLength(1);
      expect(answer.status).toBe(401);
      expect(answer.body).toContain('unable to send the consumer data');
      expect(await verified(store, given[0]!)).toBe(401);
      const [failed, revoked] = (await store.app.audit.list(2)).map(({ event, keyId }) => ({ event, keyId }));
      expect([failed!.event, revoked!.event]).toEqual(['grant.delivery_failed', 'key.revoked']);
      expect(failed!.keyId).toBe(revoked!.keyId);
    },
  );

  test('cannot restore a key that a manager revoked meanwhile', async () => {
    const admin = await store.signIn();
    let revoked = 0;
    receiver.program({
      async before({ body }) {
        const { key_id } = JSON.parse(body) as { key_id: number };
        const fields = { key_id: String(key_id), _wpnonce: revokeNonce(store, admin) };
        const answer = await admin.post(REVOKE, fields);
        revoked = (answer.json()['data'] as { revoked: number }).revoked;
      },
    });
    const manager = await store.signIn();
    const answer = await approve(manager, await openConsent(manager, ask({ callback_url: receiver.url() })));
    expect([revoked, answer.status]).toEqual([1, 401]);
    const [{ callbackOrigin }] = [{ callbackOrigin: new URL(receiver.url()).origin }];
    const left = (await store.app.consumerKeys.list()).filter(
      ({ app }) => app?.callbackOrigin === callbackOrigin,
    );
    expect(left).toEqual([]);
  });
});

describe('the traces of a revoked key', () => {
  test('contain no row, no nonce and no key material in the audit log', async () => {
    const key = await makeKey(store);
    await send(store, { headers: oauthHeader(store.url + REVOKE, key), plain: true });
    const { knex } = store.database;
    for (const table of ['consumer_keys', 'oauth_nonces'])
      expect(await knex(table).where({ key_id: key.keyId })).toEqual([]);
    const entries = JSON.stringify(await knex('audit_events').where({ key_id: key.keyId }));
    expect(entries).toContain('key.revoked');
    const material = [
      key.consumerKey,
      key.consumerSecret,
      consumerKeyHash(key.consumerKey),
      key.consumerKey.slice(-7),
    ];
    for (const text of material) expect(entries).not.toContain(text);
  });

  testOnSqlite('contain no bytes of the key in the database’s files after a checkpoint', async () => {
    const own = await startTestStore({ tls: true });
    const [key, kept] = [await makeKey(own), await makeKey(own)];
    const sealedOf = async ({ keyId }: { keyId: number }) =>
      (await own.database.knex('consumer_keys').where({ key_id: keyId }).first()).consumer_secret as string;
    const [sealed, sealedKept] = [await sealedOf(key), await sealedOf(kept)];
    const fold = () => own.database.knex.raw('pragma wal_checkpoint(truncate)');
    const bytes = () =>
      Buffer.concat(
        readdirSync(own.folder, { withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map(({ name }) => readFileSync(join(own.folder, name))),
      );
    await fold();
    expect(bytes().includes(sealed)).toBe(true);
    await send(own, { headers: basic(key) });
    await fold();
    expect(bytes().includes(sealedKept)).toBe(true);
    for (const text of [sealed, consumerKeyHash(key.consumerKey), key.consumerKey, key.consumerSecret])
      expect(bytes().includes(text)).toBe(false);
    await own.close();
  });
});
