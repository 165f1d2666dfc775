import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { ENDPOINTS, openEndpoint, verdict, type Ask, type Endpoint } from '../support/http/endpoints';
import { exchange, requestBytes } from '../support/http/raw-http';
import { basicHeader, enc, issueKey, NOW, query, signedTarget } from '../support/scenes/rest-scene';
import { fakeClock, startTestStore, type TestStore } from '../support/store/test-store';
import { CANNOT_VIEW, rejected } from '../unit/oauth-fixtures';

const PATH = '/wp-json/wc/v3/products';
const WRONG = rejected('Consumer secret is invalid.');
const UNKNOWN = rejected('Consumer key is invalid.');
const SPACES = [' ', '\n', '\r\n', '\t ', '\v', '   '];

describe.each(ENDPOINTS)('the forms of a key at the endpoint %s', (name) => {
  let store: TestStore;
  let endpoint: Endpoint;
  let key: IssuedKey;
  beforeAll(async () => {
    store = await startTestStore({ clock: fakeClock(NOW * 1000), env: { TRUST_PROXY: 'loopback' } });
    key = await issueKey(store);
    endpoint = await openEndpoint(name, store);
  });
  afterAll(async () => {
    await endpoint.close();
    await store.app.close();
    await store.close();
  });
  const verdictOf = async (ask: Ask) => verdict(await endpoint.send(ask));
  const pair = (consumerKey: string, consumerSecret: string): Ask => ({
    target: `${PATH}?consumer_key=${enc(consumerKey)}&consumer_secret=${enc(consumerSecret)}`,
  });
  const bearer = (token: string, secure = true): Ask => ({
    headers: [['Authorization', `Bearer ${token}`]],
    secure,
  });

  test.each(SPACES)('trim white space around a consumer key: %j', async (space) => {
    const { consumerKey, consumerSecret } = key;
    for (const spaced of [space + consumerKey, consumerKey + space, space + consumerKey + space]) {
      expect(await verdictOf({ headers: [basicHeader({ consumerKey: spaced, consumerSecret })] })).toBe(
        'accepted',
      );
      expect(await verdictOf(pair(spaced, consumerSecret))).toBe('accepted');
      const signed = signedTarget({ consumerKey: spaced, consumerSecret });
      expect(await verdictOf({ target: signed, secure: false })).toBe('accepted');
    }
  });
  test.each(SPACES)('keep white space around a secret, and inside a key: %j', async (space) => {
    const { consumerKey, consumerSecret } = key;
    const inside = consumerKey.slice(0, 9) + space + consumerKey.slice(9);
    for (const spaced of [space + consumerSecret, consumerSecret + space]) {
      expect(await verdictOf({ headers: [basicHeader({ consumerKey, consumerSecret: spaced })] })).toEqual(
        WRONG,
      );
      expect(await verdictOf(pair(consumerKey, spaced))).toEqual(WRONG);
    }
    expect(await verdictOf(pair(inside, consumerSecret))).toEqual(UNKNOWN);
    expect(await verdictOf(pair(space, consumerSecret))).toEqual(UNKNOWN);
  });
  if (name !== 'forward auth')
    test('trim white space around a key that signs a form', async () => {
      const form = [['name', 'x']] as const;
      const spaced = { ...key, consumerKey: ` ${key.consumerKey}\n` };
      const target = signedTarget(spaced, { method: 'POST', form });
      const headers = [['Content-Type', 'application/x-www-form-urlencoded']] as const;
      const ask = { method: 'POST', target, headers, body: query(form), secure: false };
      expect(await verdictOf(ask)).toBe('accepted');
    });
  test('share one list of used nonces, with or without white space around the key', async () => {
    const signing = { nonce: 'once-only' };
    const spaced = { ...key, consumerKey: ` ${key.consumerKey}` };
    expect(await verdictOf({ target: signedTarget(key, signing), secure: false })).toBe('accepted');
    expect(await verdictOf({ target: signedTarget(spaced, signing), secure: false })).toEqual(
      rejected('Invalid nonce - nonce has already been used.'),
    );
  });

  test('include a Bearer token of key and secret over TLS', async () => {
    const { consumerKey, consumerSecret } = key;
    expect(await verdictOf(bearer(`${consumerKey}.${consumerSecret}`))).toBe('accepted');
    expect(
      await verdictOf({ headers: [['Authorization', `bearer   ${consumerKey}.${consumerSecret}`]] }),
    ).toBe('accepted');
    expect(await verdictOf(bearer(`${consumerKey}.cs_wrong`))).toEqual(WRONG);
    expect(await verdictOf(bearer(`ck_unknown.${consumerSecret}`))).toEqual(UNKNOWN);
    expect(await verdictOf({ ...bearer('ck_unknown.cs_wrong'), target: '/wp-json/' })).toEqual(UNKNOWN);
  });
  test('reject a Bearer token over plain HTTP like any secret in clear text', async () => {
    expect(await verdictOf(bearer(`${key.consumerKey}.${key.consumerSecret}`, false))).toMatchObject({
      status: 401,
      message: expect.stringContaining('https only'),
    });
  });
  test('do not include a Bearer token of another form', async () => {
    for (const token of [
      'eyJhbGciOi.eyJzdWIi.c2ln',
      key.consumerKey,
      `${key.consumerKey}:${key.consumerSecret}`,
      '',
    ])
      expect(await verdictOf(bearer(token))).toEqual(CANNOT_VIEW);
    expect(await verdictOf({ ...bearer('eyJh.eyJz.c2ln'), target: '/wp-json/' })).toBe('accepted');
  });
  test('prefer the query to a Bearer token', async () => {
    const { headers = [] } = bearer(`${key.consumerKey}.${key.consumerSecret}`);
    expect(await verdictOf({ ...pair(key.consumerKey, 'cs_wrong'), headers })).toEqual(WRONG);
  });
  test('do not include a key after a semicolon in the query', async () => {
    const target = `${PATH}?x=1;consumer_key=${key.consumerKey};consumer_secret=${key.consumerSecret}`;
    expect(await verdictOf({ target })).toEqual(CANNOT_VIEW);
  });
});

test('/wc-auth/v1/revoke trims white space around a consumer key', async () => {
  const store = await startTestStore({ env: { TRUST_PROXY: 'loopback' } });
  const key = await issueKey(store);
  const header = basicHeader({ ...key, consumerKey: `${key.consumerKey}\n` });
  const answer = await exchange(
    store.url,
    requestBytes('POST', '/wc-auth/v1/revoke', [header, ['X-Forwarded-Proto', 'https']]),
  );
  expect([answer.status, JSON.parse(answer.text)]).toMatchObject([200, { data: { revoked: 1 } }]);
  await store.app.close();
  await store.close();
});
