import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { NO_LIMITS, parseAddresses, type KeyLimits } from '../../server/consumer-keys/key-limits';
import { ENDPOINTS, openEndpoint, verdict, type Ask, type Endpoint } from '../support/http/endpoints';
import { basicHeader, issueKey, keyRow, NOW, signedTarget } from '../support/scenes/rest-scene';
import { fakeClock, startTestStore, type TestStore } from '../support/store/test-store';
import { CANNOT_VIEW as NO_CREDENTIAL, rejected } from '../unit/oauth-fixtures';

const NOT_ALLOWED = {
  status: 403,
  code: 'wc_auth_address_not_allowed',
  message: expect.stringContaining('may not be used from this address'),
};

describe.each(ENDPOINTS)('a key for some addresses, at the endpoint %s', (name) => {
  let store: TestStore;
  let endpoint: Endpoint;
  const clock = fakeClock(NOW * 1000);
  beforeAll(async () => {
    store = await startTestStore({ clock, env: { TRUST_PROXY: 'loopback' } });
    endpoint = await openEndpoint(name, store);
  });
  afterAll(async () => {
    await endpoint.close();
    await store.app.close();
    await store.close();
  });

  const limitedTo = (ranges: readonly string[], over: Partial<KeyLimits> = {}) =>
    issueKey(store, 'read_write', { limits: { ...NO_LIMITS, addresses: parseAddresses(ranges), ...over } });
  const send = async (key: IssuedKey, from: string | undefined, ask: Ask = {}) =>
    verdict(
      await endpoint.send({
        ...ask,
        headers: [
          basicHeader(key),
          ...(from === undefined ? [] : [['X-Forwarded-For', from] as const]),
          ...(ask.headers ?? []),
        ],
      }),
    );

  test.each<[string, string[], string[], string[]]>([
    ['one address', ['203.0.113.7'], ['203.0.113.7', '::ffff:203.0.113.7'], ['203.0.113.8', '203.0.113.70']],
    ['a range', ['198.51.100.0/24'], ['198.51.100.0', '198.51.100.255'], ['198.51.99.255', '198.51.101.0']],
    [
      'an odd range',
      ['198.51.100.8/30'],
      ['198.51.100.8', '198.51.100.11'],
      ['198.51.100.7', '198.51.100.12'],
    ],
    ['two ranges', ['192.0.2.1', '198.51.100.0/24'], ['192.0.2.1', '198.51.100.9'], ['192.0.2.2']],
    ['IPv6', ['2001:db8:1::/48'], ['2001:db8:1::1', '2001:DB8:1:ffff::'], ['2001:db8:2::1', '203.0.113.7']],
    ['one IPv6 address', ['2001:db8::7'], ['2001:db8::7', '2001:db8:0:0::7'], ['2001:db8::8', '::ffff:7']],
    ['an IPv4-mapped range', ['::ffff:192.0.2.0/120'], ['192.0.2.9', '::ffff:192.0.2.9'], ['192.0.3.9']],
    ['every IPv4 address', ['0.0.0.0/0'], ['203.0.113.7', '::ffff:8.8.8.8'], ['2001:db8::7']],
    ['every IPv6 address', ['::/0'], ['2001:db8::7'], []],
  ])('works from %s only', async (_what, ranges, inside, outside) => {
    const key = await limitedTo(ranges);
    for (const address of inside) expect([address, await send(key, address)]).toEqual([address, 'accepted']);
    for (const address of outside)
      expect([address, await send(key, address)]).toEqual([address, NOT_ALLOWED]);
    // Cached by now.
    for (const address of [...inside, ...inside]) expect(await send(key, address)).toBe('accepted');
    for (const address of outside) expect(await send(key, address)).toEqual(NOT_ALLOWED);
  });

  test('counts the address that the trusted proxy saw, not those that the client wrote before it', async () => {
    const key = await limitedTo(['203.0.113.7']);
    expect(await send(key, '198.51.100.1, 203.0.113.7')).toBe('accepted');
    expect(await send(key, '203.0.113.7, 198.51.100.1')).toEqual(NOT_ALLOWED);
    expect(await send(key, '203.0.113.7, 127.0.0.1')).toBe('accepted');
    expect(await send(key, undefined)).toEqual(NOT_ALLOWED);
    expect(await send(key, '203.0.113.7', { headers: [['X-Real-IP', '198.51.100.1']] })).toBe('accepted');
    expect(await send(key, '198.51.100.1', { headers: [['Forwarded', 'for=203.0.113.7']] })).toEqual(
      NOT_ALLOWED,
    );
  });

  test('counts the address of the connection without a proxy', async () => {
    const key = await limitedTo(['127.0.0.0/8', '::1']);
    expect(await send(key, undefined)).toBe('accepted');
  });

  test('rejects a signed request from elsewhere', async () => {
    const key = await limitedTo(['203.0.113.7']);
    for (const [from, expected] of [
      ['203.0.113.7', 'accepted'],
      ['203.0.113.9', NOT_ALLOWED],
    ] as const)
      expect(
        verdict(
          await endpoint.send({
            secure: false,
            target: signedTarget(key),
            headers: [['X-Forwarded-For', from]],
          }),
        ),
      ).toEqual(expected);
  });

  test('is checked after secret, end, permission and owner, and before the group', async () => {
    const elsewhere = '198.51.100.1';
    const owner = await store.addUser(`leaver-${name}`, 'administrator');
    const limits: KeyLimits = {
      expiresAt: clock() + 1_000,
      resources: ['orders'],
      addresses: ['203.0.113.7/32'],
    };
    const key = await issueKey(store, 'read', { userId: owner.userId, limits });
    const wrong = { ...key, consumerSecret: 'cs_wrong' };
    const post: Ask = { method: 'POST' };
    const noWrite = rejected('The API key provided does not have write permissions.');

    expect(await send(key, '203.0.113.7')).toMatchObject({ code: 'woocommerce_rest_cannot_view' });
    expect(await send(key, elsewhere)).toEqual(NOT_ALLOWED);
    expect(await send(key, elsewhere, post)).toEqual(noWrite);
    await store.app.users.setRole(owner.userId, 'customer');
    expect(await send(key, elsewhere)).toEqual({ ...NO_CREDENTIAL, status: 403 });
    expect(await send(key, elsewhere, post)).toEqual(noWrite);
    clock.pass(1_000);
    expect(await send(key, elsewhere, post)).toEqual(rejected('Consumer key has expired.'));
    expect(await send(wrong, elsewhere, post)).toEqual(rejected('Consumer secret is invalid.'));
  });

  test('is rejected from elsewhere at an index and with OPTIONS too', async () => {
    const key = await limitedTo(['203.0.113.7']);
    for (const ask of [{ target: '/wp-json/' }, { method: 'OPTIONS' }]) {
      expect(await send(key, '198.51.100.1', ask)).toEqual(NOT_ALLOWED);
      expect(await send(key, '203.0.113.7', ask)).toBe('accepted');
    }
  });

  test('sets no time of use from elsewhere', async () => {
    const key = await limitedTo(['203.0.113.7']);
    await send(key, '198.51.100.1');
    await new Promise((resume) => setTimeout(resume, 700));
    expect(await keyRow(store, key.keyId)).toMatchObject({ last_access: null, last_address: null });
  });

  test('of all addresses and an end is not affected by another limit', async () => {
    const key = await limitedTo([], { resources: ['products'] });
    expect(await send(key, '198.51.100.1')).toBe('accepted');
  });
});

test('an X-Forwarded-For from a peer that TRUST_PROXY does not name counts for nothing', async () => {
  const store = await startTestStore({ tls: true });
  const addresses = (...ranges: string[]) => ({ limits: { ...NO_LIMITS, addresses: ranges } });
  const near = await issueKey(store, 'read', addresses('127.0.0.1/32'));
  const far = await issueKey(store, 'read', addresses('203.0.113.7/32'));
  const statusOf = async (key: IssuedKey, from?: string) => {
    const [name, value] = basicHeader(key);
    const headers = { [name]: value, ...(from === undefined ? {} : { 'X-Forwarded-For': from }) };
    return (await store.browser(store.tlsUrl).send('GET', '/wp-json/wc/v3/orders', { headers })).status;
  };
  try {
    expect(await statusOf(near)).toBe(404);
    expect(await statusOf(near, '203.0.113.7')).toBe(404);
    expect(await statusOf(far)).toBe(403);
    expect(await statusOf(far, '203.0.113.7')).toBe(403);
  } finally {
    await store.app.close();
    await store.close();
  }
});
