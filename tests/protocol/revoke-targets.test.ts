import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import type { App } from '../../server/consumer-keys/consumer-key';
import {
  asForm,
  asJson,
  basic,
  FORM,
  JSON_TYPE,
  keyIds,
  makeKey,
  PILOT,
  revocations,
  revokesNothing,
  send,
  verified,
  type NewKey,
} from '../support/scenes/revocation-scene';
import { startTestStore, type TestStore } from '../support/store/test-store';

// Protocol 4: the keys that a request targets, and their owners.

let store: TestStore;

beforeAll(async () => {
  store = await startTestStore({ tls: true });
  await store.addUser('shopkeeper', 'shop_manager');
});
afterAll(() => store.close());

/** Sends a revocation by `key` with these fields, as JSON or as a form. */
const ask = (key: IssuedKey, fields: Record<string, unknown>, type = JSON_TYPE) => {
  const { body = '' } = type === FORM ? asForm(fields as Record<string, string>) : asJson(fields);
  return send(store, { headers: { ...basic(key), 'content-type': type }, body });
};
const done = (...ids: number[]) => ({
  success: true,
  data: { message: 'Successfully logged out', revoked: ids.length, key_ids: ids },
});

/** Keys that are not sessions of this app, each with the difference. */
const otherSessionsThan = (app: App): [string, NewKey][] => [
  ['another app name', { app: { ...app, appName: 'Other' } }],
  ['another callback origin', { app: { ...app, callbackOrigin: 'https://other.example' } }],
  ['another app user', { app: { ...app, appUserId: '43' } }],
  ['another store user', { app, owner: 'shopkeeper' }],
  ['a key made by hand', { app: null }],
];

describe.each([JSON_TYPE, FORM])('the target of a revocation in a body of %s', (type) => {
  test('is the calling key without a parameter', async () => {
    const [key, other] = [await makeKey(store), await makeKey(store)];
    expect((await ask(key, {}, type)).json()).toEqual(done(key.keyId));
    expect([await verified(store, key), await verified(store, other)]).toEqual([401, 200]);
  });

  test.each(['token', 'access_token', 'refresh_token'])(
    'is the key in %s, with or without its secret',
    async (name) => {
      const key = await makeKey(store);
      for (const whole of [false, true]) {
        const named = await makeKey(store);
        const token = whole ? `${named.consumerKey}.${named.consumerSecret}` : named.consumerKey;
        expect((await ask(key, { [name]: token }, type)).json()).toEqual(done(named.keyId));
        expect([await verified(store, key), await verified(store, named)]).toEqual([200, 401]);
      }
    },
  );

  test('may be the calling key in token', async () => {
    const key = await makeKey(store);
    expect((await ask(key, { token: key.consumerKey }, type)).json()).toEqual(done(key.keyId));
  });

  test.each(['access_token', 'refresh_token', 'ck', ''])(
    'does not depend on token_type_hint=%j',
    async (hint) => {
      const key = await makeKey(store);
      const fields = { token: key.consumerKey, token_type_hint: hint };
      expect((await ask(key, fields, type)).json()).toEqual(done(key.keyId));
    },
  );

  test('may be named twice', async () => {
    const key = await makeKey(store);
    const fields = { token: key.consumerKey, refresh_token: key.consumerKey };
    expect((await ask(key, fields, type)).json()).toEqual(done(key.keyId));
  });

  test.each([
    ['unknown', () => `ck_${'9'.repeat(40)}`],
    ['of no known form', () => 'eyJhbGciOiJub25lIn0.e30.'],
    ['a key with the secret of another', (key: IssuedKey) => `${key.consumerKey}.cs_${'9'.repeat(40)}`],
  ])('gets 200 with revoked 0 for a token that is %s (RFC 7009 section 2.2)', async (_name, token) => {
    const [key, other] = [await makeKey(store), await makeKey(store)];
    const answer = await revokesNothing(store, () => ask(key, { token: token(other) }, type));
    expect([answer.status, answer.json()]).toEqual([200, done()]);
    expect([await verified(store, key), await verified(store, other)]).toEqual([200, 200]);
  });

  test('gets 200 with revoked 0 for a token that is already revoked', async () => {
    const [key, other] = [await makeKey(store), await makeKey(store)];
    expect((await ask(key, { token: other.consumerKey }, type)).json()).toEqual(done(other.keyId));
    const repeated = await revokesNothing(store, () => ask(key, { token: other.consumerKey }, type));
    expect([repeated.status, repeated.json()]).toEqual([200, done()]);
  });

  test.each(otherSessionsThan(PILOT))('gets 403 for a token of %s', async (_name, changes) => {
    const [key, stranger] = [await makeKey(store), await makeKey(store, changes)];
    const answer = await revokesNothing(store, () => ask(key, { token: stranger.consumerKey }, type));
    expect(answer.status).toBe(403);
    const backwards = await revokesNothing(store, () => ask(stranger, { token: key.consumerKey }, type));
    expect(backwards.status).toBe(403);
    expect([await verified(store, key), await verified(store, stranger)]).toEqual([200, 200]);
  });

  test('gets 403 for a shop manager’s key of the same app when the calling key is an administrator’s', async () => {
    const [key, stranger] = [await makeKey(store, { owner: 'shopkeeper' }), await makeKey(store)];
    for (const hint of [{}, { hint: 'all-sessions' }]) {
      const fields = { token: key.consumerKey, ...hint };
      expect((await revokesNothing(store, () => ask(stranger, fields, type))).status).toBe(403);
    }
  });

  test('gets 403 for another key made by hand, because such keys share no app', async () => {
    const [key, other] = [await makeKey(store, { app: null }), await makeKey(store, { app: null })];
    const answer = await revokesNothing(store, () => ask(key, { token: other.consumerKey }, type));
    expect(answer.status).toBe(403);
    expect((await ask(key, { hint: 'all-sessions' }, type)).json()).toEqual(done(key.keyId));
    expect(await verified(store, other)).toBe(200);
  });

  test('gets 400 for a client_id other than the calling key', async () => {
    const [key, other] = [await makeKey(store), await makeKey(store)];
    for (const client_id of [other.consumerKey, `ck_${'9'.repeat(40)}`, 'Parcel Pilot', '']) {
      const fields = { client_id, token: key.consumerKey };
      expect((await revokesNothing(store, () => ask(key, fields, type))).status).toBe(400);
    }
    const fields = { client_id: key.consumerKey, channel_id: 'RefArch' };
    expect((await ask(key, fields, type)).json()).toEqual(done(key.keyId));
  });

  test('gets 403 for a key_id other than that of the calling app’s key', async () => {
    const [key, other] = [await makeKey(store), await makeKey(store)];
    for (const id of [other.keyId, 999_999])
      expect((await revokesNothing(store, () => ask(key, { key_id: String(id) }, type))).status).toBe(403);
    expect((await ask(key, { key_id: String(key.keyId) }, type)).json()).toEqual(done(key.keyId));
  });
});

describe('hint=all-sessions', () => {
  test('ends every key of the same app, app user and store user, and no other', async () => {
    const app = { ...PILOT, appName: 'All of them' };
    const own = [
      await makeKey(store, { app }),
      await makeKey(store, { app }),
      await makeKey(store, { app, permissions: 'read' }),
    ];
    const strangers = [];
    for (const [, changes] of otherSessionsThan(app)) strangers.push(await makeKey(store, changes));
    const answer = await ask(own[1]!, { hint: 'all-sessions' });
    expect(answer.json()).toEqual(done(...own.map(({ keyId }) => keyId)));
    for (const key of own) expect(await verified(store, key)).toBe(401);
    for (const key of strangers) expect(await verified(store, key)).toBe(200);
    const entries = (await revocations(store)).slice(0, own.length);
    expect(entries.map(({ keyId }) => keyId).sort()).toEqual(own.map(({ keyId }) => keyId).sort());
    for (const { detail } of entries) expect(detail).toMatchObject({ byKey: own[1]!.keyId });
  });

  test('ends keys whose callback is in flight, including the calling one', async () => {
    const app = { ...PILOT, appName: 'In flight' };
    const { userId } = await store.userOf();
    const inFlight = () =>
      store.app.consumerKeys.issue({
        userId,
        description: 'in flight',
        permissions: 'read',
        now: Date.now(),
        app,
        pending: { until: Date.now() + 60_000, lease: store.database.lease.id },
      });
    const [delivered, asking, other] = [await makeKey(store, { app }), await inFlight(), await inFlight()];
    const answer = await ask(asking, { hint: 'all-sessions' });
    expect(answer.json()).toEqual(done(delivered.keyId, asking.keyId, other.keyId));
    expect(await keyIds(store)).not.toEqual(expect.arrayContaining([asking.keyId]));
    expect(await store.app.consumerKeys.markDelivered(asking.keyId, Date.now())).toBe(false);
  });

  test.each(['all', 'ALL-SESSIONS', 'all-sessions ', ''])(
    'is the only valid hint: %j gets 400',
    async (hint) => {
      const key = await makeKey(store);
      expect((await revokesNothing(store, () => ask(key, { hint }))).status).toBe(400);
    },
  );
});
