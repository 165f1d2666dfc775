import type { Permissions } from '../../server/consumer-keys/consumer-key';
import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { ENDPOINTS, openEndpoint, verdict, type Ask, type Endpoint } from '../support/http/endpoints';
import { basicHeader, issueKey, NOW, query, signedTarget } from '../support/scenes/rest-scene';
import { fakeClock, startTestStore, type TestStore } from '../support/store/test-store';
import { CANNOT_VIEW, rejected, SIGNATURE_DIFFERS } from '../unit/oauth-fixtures';

const PATH = '/wp-json/wc/v3/products';
const SECURE = 'https://store.test';
const FORBIDDEN = { ...CANNOT_VIEW, status: 403 };
const UNKNOWN = rejected('Consumer key is invalid.');
const WRONG = rejected('Consumer secret is invalid.');
const NO_WRITE = rejected('The API key provided does not have write permissions.');
const NO_READ = rejected('The API key provided does not have read permissions.');
const UNKNOWN_METHOD = rejected('Unknown request method.');
const missing = (names: string) =>
  rejected(`Missing OAuth parameter${names}`, 'woocommerce_rest_authentication_missing_parameter');

describe.each(ENDPOINTS)('the rules of protocol 3.1 at the endpoint %s', (name) => {
  let store: TestStore;
  let endpoint: Endpoint;
  let keys: Record<Permissions | 'customer' | 'disabled' | 'other', IssuedKey>;
  const clock = fakeClock(NOW * 1000);

  beforeAll(async () => {
    store = await startTestStore({ clock, env: { TRUST_PROXY: 'loopback' } });
    const customer = await store.addUser('customer', 'administrator');
    const disabled = await store.addUser('disabled', 'shop_manager');
    keys = {
      read: await issueKey(store, 'read'),
      write: await issueKey(store, 'write'),
      read_write: await issueKey(store),
      other: await issueKey(store),
      customer: await issueKey(store, 'read_write', { userId: customer.userId }),
      disabled: await issueKey(store, 'read_write', { userId: disabled.userId }),
    };
    await store.app.users.setRole(customer.userId, 'customer');
    await store.database.knex('users').where({ login: 'disabled' }).update({ disabled_at: clock() });
    endpoint = await openEndpoint(name, store);
  });
  afterAll(async () => {
    await endpoint.close();
    await store.app.close();
    await store.close();
  });

  const basic = (key: IssuedKey, over: Ask = {}): Ask => ({
    ...over,
    headers: [basicHeader(key), ...(over.headers ?? [])],
  });
  const inQuery = (key: string, secret: string, over: Ask = {}): Ask => ({
    ...over,
    target: `${over.target ?? PATH}?${query([
      ['consumer_key', key],
      ['consumer_secret', secret],
    ])}`,
  });
  const oauth = (
    signing: Parameters<typeof signedTarget>[1] = {},
    over: Ask = {},
    key = keys.read_write,
  ): Ask => ({
    method: signing.method ?? 'GET',
    secure: false,
    target: signedTarget(key, signing),
    ...over,
  });
  const without = (...names: string[]): Ask => ({
    secure: false,
    target: signedTarget(keys.read_write)
      .split('&')
      .filter((pair) => !names.some((part) => pair.startsWith(`oauth_${part}=`)))
      .join('&'),
  });

  test.each<[string, () => Ask, object | 'accepted']>([
    ['accept Basic over TLS', () => basic(keys.read_write), 'accepted'],
    [
      'accept a pair in the query over TLS',
      () => inQuery(keys.read.consumerKey, keys.read.consumerSecret),
      'accepted',
    ],
    [
      'prefer the query to Basic',
      () => inQuery(keys.read.consumerKey, 'cs_wrong', { headers: [basicHeader(keys.read_write)] }),
      WRONG,
    ],
    [
      'ignore half a pair in the query and use Basic',
      () => basic(keys.read, { target: `${PATH}?consumer_key=${keys.other.consumerKey}` }),
      'accepted',
    ],
    [
      'ignore an array in the query and use Basic',
      () => basic(keys.read, { target: `${PATH}?consumer_key[]=a&consumer_secret[]=b` }),
      'accepted',
    ],
    [
      'use the last value of a repeated parameter',
      () => inQuery('ck_no', 'cs_no', { target: PATH }),
      UNKNOWN,
    ],
    ['reject a wrong secret by Basic', () => basic({ ...keys.read, consumerSecret: 'cs_wrong' }), WRONG],
    [
      'reject a wrong secret without trying OAuth',
      () => ({
        ...basic({ ...keys.read, consumerSecret: 'cs_wrong' }),
        target: signedTarget(keys.read_write, { origin: SECURE }),
      }),
      WRONG,
    ],
    ['reject an unknown key by Basic', () => basic({ ...keys.read, consumerKey: 'ck_unknown' }), UNKNOWN],
    ['reject an unknown key in the query', () => inQuery('ck_unknown', keys.read.consumerSecret), UNKNOWN],
    [
      'reject an unknown key by OAuth',
      () => oauth({}, {}, { ...keys.read, consumerKey: 'ck_unknown' }),
      UNKNOWN,
    ],
    ['reject a request without a credential', () => ({}), CANNOT_VIEW],
    ['reject malformed base64', () => ({ headers: [['Authorization', 'Basic %%%%']] }), CANNOT_VIEW],
    [
      'reject Basic without a colon',
      () => ({ headers: [['Authorization', `Basic ${btoa('ck_a')}`]] }),
      CANNOT_VIEW,
    ],
    ['reject another scheme', () => ({ headers: [['Authorization', 'Digest username="a"']] }), CANNOT_VIEW],
    ['accept OAuth over plain HTTP', () => oauth(), 'accepted'],
    ['accept OAuth over TLS', () => oauth({ origin: SECURE }, { secure: true }), 'accepted'],
    ['accept HMAC-SHA1', () => oauth({ algorithm: 'HMAC-SHA1' } as never), 'accepted'],
    ['name one missing OAuth parameter', () => without('nonce'), missing(' oauth_nonce')],
    [
      'name two missing OAuth parameters in their order',
      () => without('nonce', 'timestamp'),
      missing('s oauth_timestamp, oauth_nonce'),
    ],
    [
      'treat an empty OAuth parameter as missing',
      () => ({ ...without('nonce'), target: `${without('nonce').target!}&oauth_nonce=0` }),
      missing(' oauth_nonce'),
    ],
    [
      'reject another signature method',
      () => ({ ...oauth(), target: oauth().target!.replace('HMAC-SHA256', 'PLAINTEXT') }),
      rejected('Invalid signature - signature method is invalid.'),
    ],
    [
      'reject the signature of another request',
      () => ({ ...oauth(), target: `${oauth().target!}&more=1` }),
      SIGNATURE_DIFFERS,
    ],
    ['accept a timestamp of exactly 900 seconds ago', () => oauth({ timestamp: NOW - 900 }), 'accepted'],
    [
      'reject a timestamp of more than 900 seconds ago',
      () => oauth({ timestamp: NOW - 901 }),
      rejected('Invalid timestamp.'),
    ],
    [
      'reject a timestamp of more than 900 seconds ahead',
      () => oauth({ timestamp: NOW + 901 }),
      rejected('Invalid timestamp.'),
    ],
    ...(['POST', 'PUT', 'PATCH', 'DELETE'] as const).map((method): [string, () => Ask, object] => [
      `deny a read key ${method}`,
      () => basic(keys.read, { method }),
      NO_WRITE,
    ]),
    ['deny a write key GET', () => basic(keys.write), NO_READ],
    ['allow a write key POST', () => basic(keys.write, { method: 'POST' }), 'accepted'],
    ['reject an unknown method', () => basic(keys.read_write, { method: 'PROPFIND' }), UNKNOWN_METHOD],
    ['reject TRACE', () => basic(keys.read_write, { method: 'TRACE' }), UNKNOWN_METHOD],
    ['accept OPTIONS without a key', () => ({ method: 'OPTIONS' }), 'accepted'],
    [
      'reject OPTIONS with a wrong secret',
      () => basic({ ...keys.read, consumerSecret: 'x' }, { method: 'OPTIONS' }),
      WRONG,
    ],
    [
      'deny a read key OPTIONS that is overridden',
      () => basic(keys.read, { method: 'OPTIONS', target: `${PATH}?_method=DELETE` }),
      NO_WRITE,
    ],
    [
      'require a key for OPTIONS that is overridden',
      () => ({ method: 'OPTIONS', target: `${PATH}?_method=GET` }),
      CANNOT_VIEW,
    ],
    [
      'deny a read key a POST that claims to be a GET',
      () => basic(keys.read, { method: 'POST', headers: [['X-HTTP-Method-Override', 'GET']] }),
      NO_WRITE,
    ],
    ...[
      'X-HTTP-Method-Override',
      'x-http-method-override',
      'X_HTTP_Method_Override',
      'X.HTTP.Method.Override',
      'X-HTTP-Method',
      'X-Method-Override',
    ].map((header): [string, () => Ask, object] => [
      `deny a read key DELETE through ${header}`,
      () => basic(keys.read, { headers: [[header, 'DELETE']] }),
      NO_WRITE,
    ]),
    [
      'reject two override headers that differ',
      () =>
        basic(keys.read_write, {
          headers: [
            ['X-HTTP-Method-Override', 'GET'],
            ['X_HTTP_Method_Override', 'PUT'],
          ],
        }),
      UNKNOWN_METHOD,
    ],
    ['apply _method in the query', () => basic(keys.read, { target: `${PATH}?_method=put` }), NO_WRITE],
    ['deny a key whose owner lost the role', () => basic(keys.customer), FORBIDDEN],
    ['check the permission before the role', () => basic(keys.customer, { method: 'TRACE' }), UNKNOWN_METHOD],
    ['deny a key whose owner is disabled', () => basic(keys.disabled), FORBIDDEN],
  ])('%s', async (_, make, expected) => {
    expect(verdict(await endpoint.send(make()))).toEqual(expected);
  });

  test.each<[string, () => Ask]>([
    ['Basic', () => basic(keys.read_write, { secure: false })],
    ['the query', () => inQuery(keys.read.consumerKey, keys.read.consumerSecret, { secure: false })],
  ])('reject %s over plain HTTP and name https and OAuth 1.0a', async (_, make) => {
    expect(verdict(await endpoint.send(make()))).toEqual({
      status: 401,
      code: 'woocommerce_rest_authentication_error',
      message: expect.stringMatching(/https.*OAuth 1\.0a/),
    });
  });

  test('answer HEAD like GET, without a body', async () => {
    expect(await endpoint.send(basic(keys.read, { method: 'HEAD' }))).toMatchObject({
      status: name === 'gateway' ? 404 : 200,
    });
    const rejection = await endpoint.send(basic(keys.write, { method: 'HEAD' }));
    expect(rejection.status).toBe(401);
    if (name !== 'forward auth') expect(rejection.text).toBe('');
  });

  test('reject with uncached JSON that asks for Basic and links to the API', async () => {
    const rejection = await endpoint.send({});
    expect(rejection.json()).toEqual({ ...CANNOT_VIEW, status: undefined, data: { status: 401 } });
    expect(rejection.headers).toMatchObject({
      'content-type': 'application/json; charset=UTF-8',
      'www-authenticate': 'Basic realm="WooCommerce API"',
      'cache-control': 'no-store',
      link: `<${store.url}/wp-json/>; rel="https://api.w.org/"`,
    });
    expect((await endpoint.send(basic(keys.customer))).headers['www-authenticate']).toBeUndefined();
  });

  test('treat a key of a deleted user as unknown', async () => {
    const leaver = await store.addUser('leaver', 'administrator');
    const key = await issueKey(store, 'read', { userId: leaver.userId });
    expect(verdict(await endpoint.send(basic(key)))).toBe('accepted');
    await store.app.users.remove(leaver.userId);
    expect(verdict(await endpoint.send(basic(key)))).toEqual(UNKNOWN);
  });

  test('treat a revoked key as unknown at once', async () => {
    const key = await issueKey(store);
    expect(verdict(await endpoint.send(oauth({}, {}, key)))).toBe('accepted');
    await store.app.consumerKeys.remove(key.keyId);
    expect(verdict(await endpoint.send(basic(key)))).toEqual(UNKNOWN);
    expect(verdict(await endpoint.send(oauth({}, {}, key)))).toEqual(UNKNOWN);
  });

  test('accept a pending key until its deadline', async () => {
    const pending = { until: clock() + 60_000, lease: 'somebody' };
    const key = await issueKey(store, 'read', { pending });
    expect(verdict(await endpoint.send(basic(key)))).toBe('accepted');
    clock.pass(59_999);
    expect(verdict(await endpoint.send(basic(key)))).toBe('accepted');
    clock.pass(1);
    expect(verdict(await endpoint.send(basic(key)))).toEqual(UNKNOWN);
    clock.pass(-60_000);
  });

  test('treat a damaged or moved sealed secret or digest as a wrong secret', async () => {
    const key = await issueKey(store);
    const rows = store.database.knex('consumer_keys');
    const other = await rows.clone().where({ key_id: keys.read.keyId }).first();
    for (const sealed of ['', 'v1', 'v1.00000000.AAAA.BBBB', other.consumer_secret]) {
      await rows.clone().where({ key_id: key.keyId }).update({ consumer_secret: sealed });
      expect(verdict(await endpoint.send(oauth({}, {}, key)))).toEqual(SIGNATURE_DIFFERS);
    }
    for (const digest of ['', 'x', '0'.repeat(43), other.pair_digest]) {
      await rows.clone().where({ key_id: key.keyId }).update({ pair_digest: digest });
      expect(verdict(await endpoint.send(basic(key)))).toEqual(WRONG);
      const zeros = { ...key, consumerSecret: `cs_${'0'.repeat(40)}` };
      expect(verdict(await endpoint.send(basic(zeros)))).toEqual(WRONG);
    }
  });
});
