import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { NO_LIMITS } from '../../server/consumer-keys/key-limits';
import { ENDPOINTS, openEndpoint, verdict, type Ask, type Endpoint } from '../support/http/endpoints';
import { administrationOf } from '../support/scenes/administration';
import { basicHeader, eventually, issueKey, keyRow, NOW, signedTarget } from '../support/scenes/rest-scene';
import { fakeClock, startTestStore, type TestStore } from '../support/store/test-store';
import { rejected, SIGNATURE_DIFFERS } from '../unit/oauth-fixtures';

const EXPIRED = rejected('Consumer key has expired.');
const LIFETIME = 60_000;

describe.each(ENDPOINTS)('a key that ends, at the endpoint %s', (name) => {
  let store: TestStore;
  let endpoint: Endpoint;
  let key: IssuedKey;
  let clock: ReturnType<typeof fakeClock>;
  const env = { TRUST_PROXY: 'loopback' };

  beforeEach(async () => {
    clock = fakeClock(NOW * 1000);
    store = await startTestStore({ clock, env });
    endpoint = await openEndpoint(name, store);
    key = await ending(LIFETIME);
  });
  afterEach(async () => {
    await endpoint.close();
    await store.app.close();
    await store.close();
  });

  const ending = (milliseconds: number) =>
    issueKey(store, 'read_write', { limits: { ...NO_LIMITS, expiresAt: clock() + milliseconds } });
  const send = async (ask: Ask = {}, pair: Pick<IssuedKey, 'consumerKey' | 'consumerSecret'> = key) =>
    verdict(await endpoint.send({ ...ask, headers: [basicHeader(pair), ...(ask.headers ?? [])] }));
  const signed = async (target: string) => verdict(await endpoint.send({ secure: false, target }));
  const seen = () => eventually(async () => (await keyRow(store, key.keyId))['expired_at'] ?? undefined);

  test('works until the last millisecond, and not from the instant of its end', async () => {
    clock.pass(LIFETIME - 1);
    expect(await send()).toBe('accepted');
    expect(await signed(signedTarget(key))).toBe('accepted');
    clock.pass(1);
    expect(await send()).toEqual(EXPIRED);
    expect(await signed(signedTarget(key))).toEqual(EXPIRED);
    clock.pass(365 * 86_400_000);
    expect(await send()).toEqual(EXPIRED);
  });

  test('ends at its instant when it is cached', async () => {
    for (let use = 0; use < 4; use++) expect(await send()).toBe('accepted');
    for (let use = 0; use < 4; use++) expect(await signed(signedTarget(key))).toBe('accepted');
    clock.pass(LIFETIME - 1);
    expect(await send()).toBe('accepted');
    clock.pass(1);
    expect([await send(), await signed(signedTarget(key))]).toEqual([EXPIRED, EXPIRED]);
  });

  test('tells only who proved the secret that it has ended', async () => {
    clock.pass(LIFETIME);
    const wrong = { ...key, consumerSecret: `cs_${'0'.repeat(40)}` };
    expect(await send({}, wrong)).toEqual(rejected('Consumer secret is invalid.'));
    expect(await signed(signedTarget(wrong))).toEqual(SIGNATURE_DIFFERS);
    expect(await send({ secure: false })).not.toEqual(EXPIRED);
    expect(await send({}, { ...key, consumerKey: 'ck_unknown' })).toEqual(
      rejected('Consumer key is invalid.'),
    );
    expect(await send()).toEqual(EXPIRED);
  });

  test('spends the nonce of a signed request after its end', async () => {
    clock.pass(LIFETIME);
    const target = signedTarget(key, { timestamp: Math.floor(clock() / 1000) });
    expect(await signed(target)).toEqual(EXPIRED);
    expect(await signed(target)).toEqual(rejected('Invalid nonce - nonce has already been used.'));
  });

  test('is rejected before its permissions are looked at, and sets no time of use', async () => {
    clock.pass(LIFETIME);
    expect(await send({ method: 'PROPFIND' })).toEqual(EXPIRED);
    await seen();
    expect(await keyRow(store, key.keyId)).toMatchObject({ last_access: null, last_address: null });
  });

  test('is rejected at an index and with OPTIONS too, which need no key', async () => {
    clock.pass(LIFETIME);
    for (const ask of [{ target: '/wp-json/' }, { target: '/wp-json/wc/v3' }, { method: 'OPTIONS' }]) {
      expect([ask, await send(ask)]).toEqual([ask, EXPIRED]);
      expect([ask, verdict(await endpoint.send(ask))]).toEqual([ask, 'accepted']);
    }
    // A preflight cannot carry a matching signature, so no credential of it is checked.
    const preflight: Ask = {
      method: 'OPTIONS',
      headers: [
        ['Origin', 'https://app.example'],
        ['Access-Control-Request-Method', 'GET'],
      ],
    };
    expect((await endpoint.send({ ...preflight, target: signedTarget(key) })).status).toBeLessThan(300);
  });

  test('stays ended when the clock is set back, also after a restart', async () => {
    for (let use = 0; use < 3; use++) await send();
    clock.pass(LIFETIME + 5);
    expect(await send()).toEqual(EXPIRED);
    expect(await seen()).toBe(clock());
    clock.pass(-LIFETIME);
    for (let use = 0; use < 3; use++) expect(await send()).toEqual(EXPIRED);
    expect(await signed(signedTarget(key))).toEqual(EXPIRED);

    const restarted = await startTestStore({ clock, folder: store.folder, env });
    const other = await openEndpoint(name, restarted);
    expect(verdict(await other.send({ headers: [basicHeader(key)] }))).toEqual(EXPIRED);
    await other.close();
    await restarted.app.close();
    await restarted.close();
  });

  test('stays ended when the clock is set back at once, before the end is written', async () => {
    clock.pass(LIFETIME);
    expect(await send()).toEqual(EXPIRED);
    clock.pass(-LIFETIME);
    for (let use = 0; use < 3; use++) expect(await send()).toEqual(EXPIRED);
    expect(await signed(signedTarget(key))).toEqual(EXPIRED);
    expect(await seen()).toBe(NOW * 1000 + LIFETIME);
    expect(await send()).toEqual(EXPIRED);
  });

  test.each([
    ['after its end was written', seen],
    ['before its end is written', () => Promise.resolve()],
  ])('works at once after it is extended %s, and ends at its new instant', async (_when, passed) => {
    const administration = administrationOf(store, clock);
    clock.pass(LIFETIME + 1);
    expect(await send()).toEqual(EXPIRED);
    await passed();
    const [owner, found] = [await store.userOf(), await store.app.consumerKeys.find(key.keyId)];
    const by = { how: 'console', userId: owner.userId, login: owner.login, address: '::1' } as const;
    expect(await administration.extend(found!, owner, 1, by)).toBe('changed');
    expect(await send()).toBe('accepted');
    clock.pass(86_400_000 - 1);
    expect(await send()).toBe('accepted');
    clock.pass(1);
    expect(await send()).toEqual(EXPIRED);
  });

  test('leaves keys without an end alone', async () => {
    const forever = await issueKey(store);
    clock.pass(10 * 365 * 86_400_000);
    expect(await send({}, forever)).toBe('accepted');
    expect(await keyRow(store, forever.keyId)).toMatchObject({ expires_at: null, expired_at: null });
  });
});
