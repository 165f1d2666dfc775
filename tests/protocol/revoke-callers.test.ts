import { consumerKeyHash } from '../../server/consumer-keys/consumer-key';
import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { makeImported } from '../support/scenes/imported-key';
import {
  asForm,
  asJson,
  base64,
  basic,
  bearer,
  FORM,
  makeKey,
  oauthHeader,
  oauthParameters,
  REVOKE,
  revocations,
  revokesNothing,
  send,
  verified,
  type Sent,
} from '../support/scenes/revocation-scene';
import { encodeForm } from '../support/http/http-browser';
import { startTestStore, type TestStore } from '../support/store/test-store';

// Protocol 4: who may call, and how callers prove it.

let store: TestStore;

beforeAll(async () => {
  store = await startTestStore({ tls: true });
  await store.addUser('shopkeeper', 'shop_manager');
});
afterAll(() => store.close());

type Proof = (key: IssuedKey) => Sent;
const query = (fields: Record<string, string>) => `${REVOKE}?${encodeForm(fields)}`;
const encoded = (text: string) => Buffer.from(text).toString('hex').replace(/../g, '%$&').toUpperCase();

/** Every way to prove a key, over TLS unless `plain`. */
const PROOFS: Record<string, Proof> = {
  'HTTP Basic': (key) => ({ headers: basic(key) }),
  'HTTP Basic, scheme in small letters': ({ consumerKey, consumerSecret }) => ({
    headers: { authorization: `basic ${base64(`${consumerKey}:${consumerSecret}`)}` },
  }),
  'HTTP Basic, percent-encoded (RFC 6749 section 2.3.1)': ({ consumerKey, consumerSecret }) => ({
    headers: { authorization: `Basic ${base64(`${encoded(consumerKey)}:${encoded(consumerSecret)}`)}` },
  }),
  'the query': ({ consumerKey, consumerSecret }) => ({
    target: query({ consumer_key: consumerKey, consumer_secret: consumerSecret }),
  }),
  'the query, each parameter twice': ({ consumerKey, consumerSecret }) => {
    const once = encodeForm({ consumer_key: consumerKey, consumer_secret: consumerSecret });
    return { target: `${REVOKE}?${once}&${once}` };
  },
  'consumer_key and consumer_secret in a form': ({ consumerKey, consumerSecret }) =>
    asForm({ consumer_key: consumerKey, consumer_secret: consumerSecret }),
  'consumer_key and consumer_secret in JSON': ({ consumerKey, consumerSecret }) =>
    asJson({ consumer_key: consumerKey, consumer_secret: consumerSecret }),
  'client_id and client_secret in a form': ({ consumerKey, consumerSecret }) =>
    asForm({ client_id: consumerKey, client_secret: consumerSecret }),
  'client_id and client_secret in JSON': ({ consumerKey, consumerSecret }) =>
    asJson({ client_id: consumerKey, client_secret: consumerSecret }),
  Bearer: (key) => ({ headers: bearer(key) }),
};

/** The ways of OAuth 1.0a, which needs no TLS. Each is tried over both. */
const SIGNATURES: Record<string, (key: IssuedKey, url: string) => Sent> = {
  'OAuth 1.0a in the header': (key, url) => ({ headers: oauthHeader(url, key) }),
  'OAuth 1.0a in the query': (key, url) => ({ target: query(oauthParameters(url, key)) }),
  'OAuth 1.0a in a form': (key, url) => asForm(oauthParameters(url, key)),
  'OAuth 1.0a in the header, signed over a form': (key, url) => {
    const form = { token: key.consumerKey, token_type_hint: 'access_token' };
    return {
      headers: { ...oauthHeader(url, key, form), 'content-type': FORM },
      body: encodeForm(form),
    };
  },
  'OAuth 1.0a in the header, beside JSON': (key, url) => {
    const { headers, body = '' } = asJson({ token: key.consumerKey });
    return { headers: { ...headers, ...oauthHeader(url, key) }, body };
  },
  'OAuth 1.0a, the same key in header and query': (key, url) => {
    const parameters = oauthParameters(url, key);
    const header = `OAuth ${Object.entries(parameters)
      .map(([name, value]) => `${name}="${encodeURIComponent(value)}"`)
      .join(',')}`;
    return { target: query(parameters), headers: { authorization: header } };
  },
};

const KINDS: Record<string, () => Promise<IssuedKey>> = {
  'a key that was made here': () => makeKey(store),
  'an imported key that was never used': async () => {
    const key = await makeKey(store);
    await makeImported(store.database, key.keyId);
    return key;
  },
};

describe.each(Object.entries(KINDS))('%s', (_kind, made) => {
  test.each(Object.entries(PROOFS))('is revoked by %s over TLS', async (_name, proof) => {
    const key = await made();
    const answer = await send(store, proof(key));
    expect(answer.status).toBe(200);
    expect(answer.json()).toEqual({
      success: true,
      data: { message: 'Successfully logged out', revoked: 1, key_ids: [key.keyId] },
    });
    expect(await verified(store, key)).toBe(401);
  });

  test.each(Object.entries(SIGNATURES))('is revoked by %s, over http and over https', async (_name, sign) => {
    for (const plain of [true, false]) {
      const key = await made();
      const url = (plain ? store.url : store.tlsUrl) + REVOKE;
      const answer = await send(store, { ...sign(key, url), plain });
      expect([answer.status, answer.body]).toEqual([
        200,
        expect.stringContaining(`"key_ids":[${key.keyId}]`),
      ]);
      expect(await verified(store, key)).toBe(401);
    }
  });
});

describe('a key that is proven', () => {
  test.each(['read', 'write', 'read_write'] as const)(
    'is revoked with the permission %s',
    async (permissions) => {
      const key = await makeKey(store, { permissions });
      expect((await send(store, { headers: basic(key) })).json()).toMatchObject({ data: { revoked: 1 } });
    },
  );

  test('is revoked with the permission read by a POST with OAuth 1.0a', async () => {
    const key = await makeKey(store, { permissions: 'read' });
    const answer = await send(store, { headers: oauthHeader(store.url + REVOKE, key), plain: true });
    expect(answer.json()).toMatchObject({ data: { revoked: 1 } });
  });

  test.each(['customer', 'disabled'])(
    'is revoked even when its owner is not a manager any more: %s',
    async (now) => {
      const owner = await store.addUser(`former-${now}`, 'shop_manager');
      const key = await makeKey(store, { owner: owner.login });
      if (now === 'customer') await store.app.users.setRole(owner.userId, 'customer');
      else await store.app.users.setDisabled(owner.userId, Date.now());
      expect(await verified(store, key)).toBe(403);
      expect((await send(store, { headers: basic(key) })).json()).toMatchObject({ data: { revoked: 1 } });
      expect(await verified(store, key)).toBe(401);
    },
  );

  test('may be sent twice as one credential', async () => {
    const key = await makeKey(store);
    const { consumerKey, consumerSecret } = key;
    const answer = await send(store, {
      target: query({ consumer_key: consumerKey, consumer_secret: consumerSecret }),
      headers: { ...basic(key), 'content-type': FORM },
      body: encodeForm({ client_id: consumerKey, client_secret: consumerSecret, consumer_key: consumerKey }),
    });
    expect(answer.json()).toMatchObject({ data: { revoked: 1 } });
  });

  test('is revoked at each name of the route', async () => {
    for (const target of [
      `${REVOKE}/`,
      '/index.php/WC-AUTH/v1/Revoke',
      '/?wc-auth-version=1&wc-auth-route=revoke',
    ]) {
      const key = await makeKey(store);
      expect((await send(store, { target, headers: basic(key) })).json()).toMatchObject({
        data: { revoked: 1 },
      });
    }
  });

  test('is revoked behind a proxy that strips the path of STORE_URL, by a signature over the public address', async () => {
    const below = await startTestStore({ path: '/store', env: { TRUST_PROXY: '127.0.0.1' } });
    for (const base of [below.url, below.url.replace(/\/store$/, '')]) {
      const key = await makeKey(below);
      const headers = oauthHeader(below.url + REVOKE, key);
      expect((await below.browser(base).send('POST', REVOKE, { headers })).status).toBe(200);
      const other = await makeKey(below);
      const forwarded = { ...basic(other), 'x-forwarded-proto': 'https' };
      expect((await below.browser(base).send('POST', REVOKE, { headers: forwarded })).status).toBe(200);
    }
    await below.close();
  });
});

describe('a proof of a key that is not valid', () => {
  const cases: [string, (key: IssuedKey, other: IssuedKey) => Sent][] = [
    ['no proof at all', () => ({})],
    [
      'a wrong secret',
      ({ consumerKey }) => ({ headers: basic({ consumerKey, consumerSecret: `cs_${'0'.repeat(40)}` }) }),
    ],
    ["another key's secret", (a, b) => ({ headers: basic({ ...a, consumerSecret: b.consumerSecret }) })],
    ['an unknown key', (a) => ({ headers: basic({ ...a, consumerKey: `ck_${'0'.repeat(40)}` }) })],
    [
      'the stored form of the key',
      (a) => ({ headers: basic({ ...a, consumerKey: consumerKeyHash(a.consumerKey) }) }),
    ],
    [
      'a Basic without a secret',
      ({ consumerKey }) => ({ headers: { authorization: `Basic ${base64(`${consumerKey}:`)}` } }),
    ],
    [
      'a Basic without a colon',
      ({ consumerKey }) => ({ headers: { authorization: `Basic ${base64(consumerKey)}` } }),
    ],
    ['a Basic that is not base64', () => ({ headers: { authorization: 'Basic %%%' } })],
    [
      'a Bearer without a secret',
      ({ consumerKey }) => ({ headers: { authorization: `Bearer ${consumerKey}` } }),
    ],
    [
      'a Bearer with the secret alone',
      ({ consumerSecret }) => ({ headers: { authorization: `Bearer ${consumerSecret}` } }),
    ],
    ['a Bearer with a wrong secret', (a) => ({ headers: bearer({ ...a, consumerSecret: 'cs_wrong' }) })],
    [
      'another scheme',
      ({ consumerKey }) => ({ headers: { authorization: `Digest username="${consumerKey}"` } }),
    ],
    [
      'a key without its secret in the query',
      ({ consumerKey }) => ({ target: query({ consumer_key: consumerKey }) }),
    ],
    [
      'a secret without its key in the query',
      ({ consumerSecret }) => ({ target: query({ consumer_secret: consumerSecret }) }),
    ],
    [
      'an array in the query',
      ({ consumerKey, consumerSecret }) => ({
        target: `${REVOKE}?consumer_key[]=${consumerKey}&consumer_secret=${consumerSecret}`,
      }),
    ],
    [
      'client_id and client_secret in the query',
      ({ consumerKey, consumerSecret }) => ({
        target: query({ client_id: consumerKey, client_secret: consumerSecret }),
      }),
    ],
    ['a key without its secret in a form', ({ consumerKey }) => asForm({ consumer_key: consumerKey })],
    ['a client_id alone', ({ consumerKey }) => asForm({ client_id: consumerKey, token: consumerKey })],
    [
      'a client_id with an empty client_secret',
      ({ consumerKey }) => asForm({ client_id: consumerKey, client_secret: '' }),
    ],
    [
      'a token that is a whole key, without a caller',
      (a) => asJson({ token: `${a.consumerKey}.${a.consumerSecret}` }),
    ],
    [
      'a signature with another key’s secret',
      (a, b) => ({ headers: oauthHeader(store.tlsUrl + REVOKE, { ...a, consumerSecret: b.consumerSecret }) }),
    ],
    [
      'a signature for another address',
      (a) => ({ headers: oauthHeader(`${store.tlsUrl}/wp-json/wc/v3/orders`, a) }),
    ],
    [
      'a signature without its nonce',
      (a) => {
        const all = Object.entries(oauthParameters(store.tlsUrl + REVOKE, a));
        return { target: query(Object.fromEntries(all.filter(([name]) => name !== 'oauth_nonce'))) };
      },
    ],
    [
      'a signature that does not cover the form',
      (a) => ({
        ...asForm({ hint: 'all-sessions' }),
        headers: { ...oauthHeader(store.tlsUrl + REVOKE, a), 'content-type': FORM },
      }),
    ],
  ];
  test.each(cases)('gets 401 and revokes nothing: %s', async (_name, attempt) => {
    const [key, other] = [await makeKey(store), await makeKey(store)];
    const answer = await revokesNothing(store, () => send(store, attempt(key, other)));
    expect(answer.status).toBe(401);
    expect([await verified(store, key), await verified(store, other)]).toEqual([200, 200]);
  });

  test.each(Object.entries(PROOFS))(
    'gets 401 over plain http and revokes nothing: %s',
    async (_name, proof) => {
      const key = await makeKey(store);
      const answer = await revokesNothing(store, () => send(store, { ...proof(key), plain: true }));
      expect(answer.status).toBe(401);
      expect(answer.body).toContain('https only');
      expect(await verified(store, key)).toBe(200);
    },
  );

  test('gets 401 over plain http with its own X-Forwarded-Proto', async () => {
    const key = await makeKey(store);
    const headers = { ...basic(key), 'x-forwarded-proto': 'https' };
    const answer = await revokesNothing(store, () => send(store, { headers, plain: true }));
    expect(answer.status).toBe(401);
  });

  test('gets 401 for a key that is already revoked', async () => {
    const key = await makeKey(store);
    await send(store, { headers: basic(key) });
    const repeated = await revokesNothing(store, () => send(store, { headers: basic(key) }));
    expect(repeated.status).toBe(401);
    expect(repeated.json()).toMatchObject({ message: 'Consumer key is invalid.' });
  });

  test('gets 401 for a signature that was already used', async () => {
    const [key, other] = [await makeKey(store), await makeKey(store)];
    const form = { token: other.consumerKey };
    const sent = {
      ...asForm(form),
      headers: { ...oauthHeader(store.tlsUrl + REVOKE, key, form), 'content-type': FORM },
    };
    expect((await send(store, sent)).json()).toMatchObject({ data: { revoked: 1, key_ids: [other.keyId] } });
    const repeated = await revokesNothing(store, () => send(store, sent));
    expect(repeated.json()).toMatchObject({
      error: 'invalid_client',
      error_description: expect.stringContaining('nonce'),
    });
  });
});

describe('two different credentials in one revocation', () => {
  const OTHER = { consumerKey: `ck_${'1'.repeat(40)}`, consumerSecret: `cs_${'1'.repeat(40)}` };
  const cases: [string, (a: IssuedKey, b: Pick<IssuedKey, 'consumerKey' | 'consumerSecret'>) => Sent][] = [
    [
      'Basic and query',
      (a, b) => ({
        headers: basic(a),
        target: query({ consumer_key: b.consumerKey, consumer_secret: b.consumerSecret }),
      }),
    ],
    [
      'Basic and form',
      (a, b) => ({
        ...asForm({ consumer_key: b.consumerKey, consumer_secret: b.consumerSecret }),
        headers: { ...basic(a), 'content-type': FORM },
      }),
    ],
    [
      'Bearer and form',
      (a, b) => ({
        ...asForm({ client_id: b.consumerKey, client_secret: b.consumerSecret }),
        headers: { ...bearer(a), 'content-type': FORM },
      }),
    ],
    [
      'query and JSON',
      (a, b) => ({
        ...asJson({ client_id: b.consumerKey, client_secret: b.consumerSecret }),
        target: query({ consumer_key: a.consumerKey, consumer_secret: a.consumerSecret }),
      }),
    ],
    [
      'the two pairs of one form',
      (a, b) =>
        asForm({
          consumer_key: a.consumerKey,
          consumer_secret: a.consumerSecret,
          client_id: b.consumerKey,
          client_secret: b.consumerSecret,
        }),
    ],
    [
      'one key with two secrets',
      (a, b) => ({
        headers: basic(a),
        target: query({ consumer_key: a.consumerKey, consumer_secret: b.consumerSecret }),
      }),
    ],
    [
      'Basic and a signature of the same key',
      (a) => ({ headers: basic(a), target: query(oauthParameters(store.tlsUrl + REVOKE, a)) }),
    ],
    [
      'a form and a signature of the same key',
      (a) => ({
        ...asForm({ consumer_key: a.consumerKey, consumer_secret: a.consumerSecret }),
        target: query(oauthParameters(store.tlsUrl + REVOKE, a)),
      }),
    ],
    [
      'signatures of two keys',
      (a, b) => ({
        headers: oauthHeader(store.tlsUrl + REVOKE, a),
        target: query(oauthParameters(store.tlsUrl + REVOKE, b)),
      }),
    ],
    [
      'two Authorization headers',
      (a, b) => ({ headers: { authorization: [basic(a).authorization, bearer(b).authorization] } }),
    ],
    [
      'an Authorization header that cannot be read, and a form',
      (a) => ({
        ...asForm({ consumer_key: a.consumerKey, consumer_secret: a.consumerSecret }),
        headers: { authorization: 'Bearer what', 'content-type': FORM },
      }),
    ],
    [
      "Basic and another key's name without a secret",
      (a, b) => ({
        ...asForm({ consumer_key: b.consumerKey }),
        headers: { ...basic(a), 'content-type': FORM },
      }),
    ],
    [
      'two different pairs in the query',
      (a, b) => ({
        target: `${query({ consumer_key: a.consumerKey, consumer_secret: a.consumerSecret })}&${encodeForm({ consumer_key: b.consumerKey, consumer_secret: b.consumerSecret })}`,
      }),
    ],
    [
      'two different pairs in the form',
      (a, b) => ({
        headers: { 'content-type': FORM },
        body: `${encodeForm({ consumer_key: a.consumerKey, consumer_secret: a.consumerSecret })}&${encodeForm({ consumer_key: b.consumerKey, consumer_secret: b.consumerSecret })}`,
      }),
    ],
  ];
  test.each(cases)('get 400 and revoke nothing: %s', async (_name, attempt) => {
    const [key, other] = [await makeKey(store), await makeKey(store)];
    for (const second of [other, OTHER]) {
      const answer = await revokesNothing(store, () => send(store, attempt(key, second)));
      expect(answer.status).toBe(400);
    }
    expect([await verified(store, key), await verified(store, other)]).toEqual([200, 200]);
  });
});

test('records which key of an app revoked a key, when, from where, and for which owner', async () => {
  const key = await makeKey(store, { owner: 'shopkeeper', permissions: 'read' });
  const before = Date.now();
  await send(store, { headers: basic(key) });
  const [entry] = await revocations(store);
  const { userId } = await store.userOf('shopkeeper');
  expect(entry).toMatchObject({
    event: 'key.revoked',
    address: '127.0.0.1',
    keyId: key.keyId,
    appName: 'Parcel Pilot',
    callbackOrigin: 'https://pilot.example',
    detail: { by: 'app', byKey: key.keyId, owner: userId, description: 'a key', permissions: 'read' },
  });
  expect(entry!.userId).toBeUndefined();
  expect(entry!.at).toBeGreaterThanOrEqual(before);
  expect(entry!.at).toBeLessThanOrEqual(Date.now());
});
