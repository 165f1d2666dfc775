import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { NO_LIMITS, type KeyLimits } from '../../server/consumer-keys/key-limits';
import { issueKey } from '../support/scenes/rest-scene';
import { basic, keyIds, oauthHeader, PILOT, REVOKE, send } from '../support/scenes/revocation-scene';
import { fakeClock, startTestStore, type TestStore } from '../support/store/test-store';

describe('a key that may not be used can still be revoked by its app', () => {
  let store: TestStore;
  const clock = fakeClock();
  beforeEach(async () => (store = await startTestStore({ tls: true, clock })));
  afterEach(async () => {
    await store.app.close();
    await store.close();
  });

  const LIMITS: Readonly<Record<string, () => KeyLimits>> = {
    'has ended': () => ({ ...NO_LIMITS, expiresAt: clock() }),
    'may be used from other addresses only': () => ({ ...NO_LIMITS, addresses: ['203.0.113.7/32'] }),
    'opens no group of the request': () => ({ ...NO_LIMITS, resources: ['webhooks'] }),
  };
  const issue = (limits: KeyLimits) => issueKey(store, 'read', { app: PILOT, limits });

  test.each(Object.entries(LIMITS))('itself, if it %s', async (_what, limits) => {
    for (const headers of [basic, (key: IssuedKey) => oauthHeader(store.tlsUrl + REVOKE, key)]) {
      // The signer of the scene uses the clock of this machine.
      if (headers !== basic) clock.pass(Date.now() - clock());
      const key = await issue(limits());
      expect((await send(store, { headers: headers(key) })).status).toBe(200);
      expect(await keyIds(store)).not.toContain(key.keyId);
      expect((await store.app.audit.list(1))[0]).toMatchObject({
        event: 'key.revoked',
        detail: { by: 'app' },
      });
    }
  });

  test.each(Object.entries(LIMITS).slice(1))('with all keys of the app, if it %s', async (_what, limits) => {
    const keys = [await issue(limits()), await issue(NO_LIMITS), await issue(limits())] as const;
    const other = await issueKey(store, 'read', { limits: limits() });
    const answer = await send(store, {
      headers: { ...basic(keys[0]), 'content-type': 'application/json' },
      body: JSON.stringify({ hint: 'all-sessions' }),
    });
    expect(answer.status).toBe(200);
    expect(await keyIds(store)).toEqual([other.keyId]);
  });

  test('and nothing else, if it has ended: not its successor either', async () => {
    const old = await issue({ ...NO_LIMITS, expiresAt: clock() });
    const successor = await issue(NO_LIMITS);
    const json = { ...basic(old), 'content-type': 'application/json' };
    for (const passed of [0, -60_000]) {
      // A clock that is set back makes no difference.
      clock.pass(passed);
      const named = await send(store, {
        headers: json,
        body: JSON.stringify({ token: successor.consumerKey }),
      });
      expect([named.status, named.body]).toEqual([
        403,
        expect.stringContaining('It may revoke only itself.'),
      ]);
      expect(await keyIds(store)).toEqual([old.keyId, successor.keyId]);
    }
    const all = await send(store, { headers: json, body: JSON.stringify({ hint: 'all-sessions' }) });
    expect([all.status, await keyIds(store)]).toEqual([200, [successor.keyId]]);
  });

  test('but not with a wrong secret', async () => {
    const key = await issue({ ...NO_LIMITS, expiresAt: clock() });
    const answer = await send(store, { headers: basic({ ...key, consumerSecret: 'cs_wrong' }) });
    expect(answer.status).toBe(401);
    expect(answer.body).not.toContain('expired');
    expect(await keyIds(store)).toEqual([key.keyId]);
  });
});
