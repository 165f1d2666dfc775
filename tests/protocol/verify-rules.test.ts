import type { Permissions } from '../../server/consumer-keys/consumer-key';
import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { ENDPOINTS, openEndpoint, verdict, type Ask, type Endpoint } from '../support/endpoints';
import { basicHeader, issueKey, NOW, query, signedTarget } from '../support/rest-scene';
import { fakeClock, startTestStore, type TestStore } from '../support/test-store';
import { CANNOT_VIEW, refused, SIGNATURE_DIFFERS } from '../unit/oauth-fixtures';

const PATH = '/wp-json/wc/v3/products';
const SECURE = 'https://store.test';
const FORBIDDEN = { ...CANNOT_VIEW, status: 403 };
const UNKNOWN = refused('Consumer key is invalid.');
const WRONG = refused('Consumer secret is invalid.');
const NO_WRITE = refused('The API key provided does not have write permissions.');
const NO_READ = refused('The API key provided does not have read permissions.');
const UNKNOWN_METHOD = refused('Unknown request method.');
const missing = (names: string) =>
  refused(`Missing OAuth parameter${names}`, 'woocommerce_rest_authentication_missing_parameter');

describe.each(ENDPOINTS)('protocol 3.1 at the endpoint %s', (name) => {
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
    ['Basic over TLS is taken', () => basic(keys.read_write), 'accepted'],
    [
      'the query over TLS is taken',
      () => inQuery(keys.read.consumerKey, keys.read.consumerSecret),
      'accepted',
    ],
    [
      'the query beats Basic',
      () => inQuery(keys.read.consumerKey, 'cs_wrong', { headers: [basicHeader(keys.read_write)] }),
      WRONG,
    ],
    [
      'half a pair in the query is none, so Basic counts',
      () => basic(keys.read, { target: `${PATH}?consumer_key=${keys.other.consumerKey}` }),
      'accepted',
    ],
    [
      'an array in the query is none, so Basic counts',
      () => basic(keys.read, { target: `${PATH}?consumer_key[]=a&consumer_secret[]=b` }),
      'accepted',
    ],
    ['of a parameter sent twice the last counts', () => inQuery('ck_no', 'cs_no', { target: PATH }), UNKNOWN],
    ['a wrong secret by Basic', () => basic({ ...keys.read, consumerSecret: 'cs_wrong' }), WRONG],
    [
      'a wrong secret is not retried as OAuth',
      () => ({
        ...basic({ ...keys.read, consumerSecret: 'cs_wrong' }),
        target: signedTarget(keys.read_write, { origin: SECURE }),
      }),
      WRONG,
    ],
    ['an unknown key by Basic', () => basic({ ...keys.read, consumerKey: 'ck_unknown' }), UNKNOWN],
    ['an unknown key in the query', () => inQuery('ck_unknown', keys.read.consumerSecret), UNKNOWN],
    ['an unknown key by OAuth', () => oauth({}, {}, { ...keys.read, consumerKey: 'ck_unknown' }), UNKNOWN],
    ['no credential', () => ({}), CANNOT_VIEW],
    ['bad base64', () => ({ headers: [['Authorization', 'Basic %%%%']] }), CANNOT_VIEW],
    ['Basic without a colon', () => ({ headers: [['Authorization', `Basic ${btoa('ck_a')}`]] }), CANNOT_VIEW],
    ['another scheme', () => ({ headers: [['Authorization', 'Digest username="a"']] }), CANNOT_VIEW],
    ['OAuth over plain HTTP is taken', () => oauth(), 'accepted'],
    ['OAuth over TLS is taken', () => oauth({ origin: SECURE }, { secure: true }), 'accepted'],
    ['HMAC-SHA1 is taken', () => oauth({ algorithm: 'HMAC-SHA1' } as never), 'accepted'],
    ['one OAuth parameter missing', () => without('nonce'), missing(' oauth_nonce')],
    [
      'two OAuth parameters missing are named in their order',
      () => without('nonce', 'timestamp'),
      missing('s oauth_timestamp, oauth_nonce'),
    ],
    [
      'an empty OAuth parameter is missing',
      () => ({ ...without('nonce'), target: `${without('nonce').target!}&oauth_nonce=0` }),
      missing(' oauth_nonce'),
    ],
    [
      'another signature method',
      () => ({ ...oauth(), target: oauth().target!.replace('HMAC-SHA256', 'PLAINTEXT') }),
      refused('Invalid signature - signature method is invalid.'),
    ],
    [
      'a signature of another request',
      () => ({ ...oauth(), target: `${oauth().target!}&more=1` }),
      SIGNATURE_DIFFERS,
    ],
    ['exactly 900 s old is fine', () => oauth({ timestamp: NOW - 900 }), 'accepted'],
    ['older than 900 s', () => oauth({ timestamp: NOW - 901 }), refused('Invalid timestamp.')],
    ['newer than 900 s', () => oauth({ timestamp: NOW + 901 }), refused('Invalid timestamp.')],
    ...(['POST', 'PUT', 'PATCH', 'DELETE'] as const).map((method): [string, () => Ask, object] => [
      `a read key on ${method}`,
      () => basic(keys.read, { method }),
      NO_WRITE,
    ]),
    ['a write key on GET', () => basic(keys.write), NO_READ],
    ['a write key on POST', () => basic(keys.write, { method: 'POST' }), 'accepted'],
    ['another method', () => basic(keys.read_write, { method: 'PROPFIND' }), UNKNOWN_METHOD],
    ['TRACE', () => basic(keys.read_write, { method: 'TRACE' }), UNKNOWN_METHOD],
    ['OPTIONS needs no key', () => ({ method: 'OPTIONS' }), 'accepted'],
    [
      'OPTIONS with a wrong secret',
      () => basic({ ...keys.read, consumerSecret: 'x' }, { method: 'OPTIONS' }),
      WRONG,
    ],
    [
      'a read key on OPTIONS that is overridden',
      () => basic(keys.read, { method: 'OPTIONS', target: `${PATH}?_method=DELETE` }),
      NO_WRITE,
    ],
    [
      'OPTIONS that is overridden needs a key',
      () => ({ method: 'OPTIONS', target: `${PATH}?_method=GET` }),
      CANNOT_VIEW,
    ],
    [
      'a read key may not POST by calling it GET',
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
      `a read key may not DELETE through ${header}`,
      () => basic(keys.read, { headers: [[header, 'DELETE']] }),
      NO_WRITE,
    ]),
    [
      'two overriding headers that differ',
      () =>
        basic(keys.read_write, {
          headers: [
            ['X-HTTP-Method-Override', 'GET'],
            ['X_HTTP_Method_Override', 'PUT'],
          ],
        }),
      UNKNOWN_METHOD,
    ],
    ['_method in the query', () => basic(keys.read, { target: `${PATH}?_method=put` }), NO_WRITE],
    ['an owner whose role was taken away', () => basic(keys.customer), FORBIDDEN],
    ['the permission comes before the role', () => basic(keys.customer, { method: 'TRACE' }), UNKNOWN_METHOD],
    ['an owner who is disabled', () => basic(keys.disabled), FORBIDDEN],
  ])('%s', async (_, make, expected) => {
    expect(verdict(await endpoint.send(make()))).toEqual(expected);
  });

  test.each<[string, () => Ask]>([
    ['Basic', () => basic(keys.read_write, { secure: false })],
    ['the query', () => inQuery(keys.read.consumerKey, keys.read.consumerSecret, { secure: false })],
  ])('%s over plain HTTP is refused in words that name https and OAuth 1.0a', async (_, make) => {
    expect(verdict(await endpoint.send(make()))).toEqual({
      status: 401,
      code: 'woocommerce_rest_authentication_error',
      message: expect.stringMatching(/https.*OAuth 1\.0a/),
    });
  });

  test('HEAD is answered like GET, without a body', async () => {
    expect(await endpoint.send(basic(keys.read, { method: 'HEAD' }))).toMatchObject({
      status: name === 'gateway' ? 404 : 200,
    });
    const refusal = await endpoint.send(basic(keys.write, { method: 'HEAD' }));
    expect(refusal.status).toBe(401);
    if (name !== 'forward auth') expect(refusal.text).toBe('');
  });

  test('a refusal is JSON, asks for Basic, names the API and is kept by nobody', async () => {
    const refusal = await endpoint.send({});
    expect(refusal.json()).toEqual({ ...CANNOT_VIEW, status: undefined, data: { status: 401 } });
    expect(refusal.headers).toMatchObject({
      'content-type': 'application/json; charset=UTF-8',
      'www-authenticate': 'Basic realm="WooCommerce API"',
      'cache-control': 'no-store',
      link: `<${store.url}/wp-json/>; rel="https://api.w.org/"`,
    });
    expect((await endpoint.send(basic(keys.customer))).headers['www-authenticate']).toBeUndefined();
  });

  test('a key of a deleted user is unknown', async () => {
    const leaver = await store.addUser('leaver', 'administrator');
    const key = await issueKey(store, 'read', { userId: leaver.userId });
    expect(verdict(await endpoint.send(basic(key)))).toBe('accepted');
    await store.app.users.remove(leaver.userId);
    expect(verdict(await endpoint.send(basic(key)))).toEqual(UNKNOWN);
  });

  test('a revoked key is unknown at once', async () => {
    const key = await issueKey(store);
    expect(verdict(await endpoint.send(oauth({}, {}, key)))).toBe('accepted');
    await store.app.consumerKeys.remove(key.keyId);
    expect(verdict(await endpoint.send(basic(key)))).toEqual(UNKNOWN);
    expect(verdict(await endpoint.send(oauth({}, {}, key)))).toEqual(UNKNOWN);
  });

  test('a pending key verifies until its deadline and not at it', async () => {
    const pending = { until: clock() + 60_000, lease: 'somebody' };
    const key = await issueKey(store, 'read', { pending });
    expect(verdict(await endpoint.send(basic(key)))).toBe('accepted');
    clock.pass(59_999);
    expect(verdict(await endpoint.send(basic(key)))).toBe('accepted');
    clock.pass(1);
    expect(verdict(await endpoint.send(basic(key)))).toEqual(UNKNOWN);
    clock.pass(-60_000);
  });

  test('a sealed secret or digest that is damaged, or was moved from another row, is a wrong secret', async () => {
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
