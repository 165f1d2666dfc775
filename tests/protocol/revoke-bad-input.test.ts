import { gzipSync } from 'node:zlib';
import { encodeForm } from '../support/http/http-browser';
import {
  asForm,
  asJson,
  basic,
  bearer,
  FORM,
  JSON_TYPE,
  makeKey,
  oauthHeader,
  REVOKE,
  revokeNonce,
  revokesNothing,
  send,
  sendInPieces,
  verified,
  type Sent,
} from '../support/scenes/revocation-scene';
import { startTestStore, type TestStore } from '../support/store/test-store';

// Protocol 4: malformed requests, none of which revokes anything.

let store: TestStore;

beforeAll(async () => {
  store = await startTestStore({ tls: true });
});
afterAll(() => store.close());

const ENDPOINTS = [REVOKE, '/auth/logout'];
const PREFETCHES: Record<string, Record<string, string>> = {
  'a plain request': {},
  'a prefetch of Chromium': { 'sec-purpose': 'prefetch;prerender', purpose: 'prefetch' },
  'a prefetch of Firefox': { 'x-moz': 'prefetch' },
};

describe.each(ENDPOINTS)('a method other than POST at %s', (target) => {
  test.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    'is rejected with 405 and Allow: POST: %s',
    async (method) => {
      const key = await makeKey(store);
      for (const headers of Object.values(PREFETCHES))
        for (const proof of [basic(key), bearer(key), {}]) {
          const asked = { method, target, headers: { ...headers, ...proof } };
          const answer = await revokesNothing(store, () => send(store, asked));
          expect([answer.status, answer.headers.allow]).toEqual([405, 'POST']);
          expect(answer.headers['cache-control']).toBe('no-store');
        }
      expect(await verified(store, key)).toBe(200);
    },
  );

  test.each(Object.entries(PREFETCHES))(
    'is rejected in %s with the key in its query, or with the cookie',
    async (_name, headers) => {
      const key = await makeKey(store);
      const manager = await store.signIn();
      const nonce = revokeNonce(store, manager);
      const pair = { consumer_key: key.consumerKey, consumer_secret: key.consumerSecret };
      const manages = { token: key.consumerKey, _wpnonce: nonce };
      for (const [query, browser] of [
        [pair, store.browser()],
        [manages, manager],
      ] as const)
        for (const method of ['GET', 'HEAD']) {
          const asked = { method, target: `${target}?${encodeForm(query)}`, headers, browser };
          expect((await revokesNothing(store, () => send(store, asked))).status).toBe(405);
        }
      expect(await verified(store, key)).toBe(200);
    },
  );

  test('is not turned into POST by a method override', async () => {
    const key = await makeKey(store);
    const asked = {
      method: 'GET',
      target: `${target}?_method=POST`,
      headers: { ...basic(key), 'x-http-method-override': 'POST' },
    };
    expect((await revokesNothing(store, () => send(store, asked))).status).toBe(405);
  });
});

describe('the body of a revocation', () => {
  const bodies: [string, number, Sent][] = [
    ['text/plain', 415, { headers: { 'content-type': 'text/plain' }, body: '{"hint":"all-sessions"}' }],
    [
      'multipart/form-data',
      415,
      { headers: { 'content-type': 'multipart/form-data; boundary=x' }, body: '--x--' },
    ],
    ['application/xml', 415, { headers: { 'content-type': 'application/xml' }, body: '<token/>' }],
    ['JSON of another type', 415, { headers: { 'content-type': 'application/vnd.api+json' }, body: '{}' }],
    ['no media type', 415, { body: 'token=x' }],
    [
      'an unknown content encoding',
      415,
      { headers: { 'content-type': JSON_TYPE, 'content-encoding': 'x-own' }, body: '{}' },
    ],
    ['malformed JSON', 400, { headers: { 'content-type': JSON_TYPE }, body: '{"token":' }],
    ['a form called JSON', 400, { headers: { 'content-type': JSON_TYPE }, body: 'token=x' }],
    ['a JSON array', 400, { headers: { 'content-type': JSON_TYPE }, body: '["ck_x"]' }],
    ['a JSON string', 400, { headers: { 'content-type': JSON_TYPE }, body: '"ck_x"' }],
    ['JSON null', 400, { headers: { 'content-type': JSON_TYPE }, body: 'null' }],
    [
      'malformed gzip',
      400,
      { headers: { 'content-type': JSON_TYPE, 'content-encoding': 'gzip' }, body: '{}' },
    ],
    ['17 KiB of a form', 413, { headers: { 'content-type': FORM }, body: `token=${'x'.repeat(17 * 1024)}` }],
    [
      '17 KiB of JSON',
      413,
      { headers: { 'content-type': JSON_TYPE }, body: `{"x":"${'x'.repeat(17 * 1024)}"}` },
    ],
    [
      '17 KiB of another type',
      413,
      { headers: { 'content-type': 'text/plain' }, body: 'x'.repeat(17 * 1024) },
    ],
    [
      '17 KiB that gzip makes small',
      413,
      {
        headers: { 'content-type': JSON_TYPE, 'content-encoding': 'gzip' },
        body: gzipSync(`{"x":"${'x'.repeat(17 * 1024)}"}`),
      },
    ],
  ];
  test.each(bodies)('is rejected for %s with status %i', async (_name, status, sent) => {
    const key = await makeKey(store);
    for (const target of ENDPOINTS) {
      const headers = { ...sent.headers, ...basic(key) };
      const answer = await revokesNothing(store, () => send(store, { ...sent, target, headers }));
      expect(answer.status).toBe(status);
      expect(answer.headers['content-type']).toMatch(/^application\/json/);
    }
    expect(await verified(store, key)).toBe(200);
  });

  test('is rejected with 413 when 17 KiB arrive in chunks', async () => {
    const key = await makeKey(store);
    const headers = { ...basic(key), 'content-type': FORM };
    const answer = revokesNothing(store, () =>
      sendInPieces(store, headers, ['token=', 'x'.repeat(17 * 1024)]),
    );
    expect((await answer).status).toBe(413);
  });

  test('is read up to 16 KiB', async () => {
    const key = await makeKey(store);
    const body = `channel_id=${'x'.repeat(16 * 1024 - 'channel_id='.length)}`;
    expect((await send(store, { headers: { ...basic(key), 'content-type': FORM }, body })).status).toBe(200);
  });

  test('may be missing, with or without a media type', async () => {
    for (const headers of [{}, { 'content-type': FORM }, { 'content-type': 'text/plain' }]) {
      const key = await makeKey(store);
      const answer = await send(store, { headers: { ...headers, ...basic(key) } });
      expect(answer.json()).toMatchObject({ data: { key_ids: [key.keyId] } });
    }
  });
});

describe('a parameter of a revocation that is not one string', () => {
  const names = [
    'token',
    'access_token',
    'refresh_token',
    'hint',
    'client_id',
    'client_secret',
    'consumer_key',
    'consumer_secret',
    'key_id',
    '_wpnonce',
  ];
  test.each(names)('is rejected with 400: %s', async (name) => {
    const key = await makeKey(store);
    const forms = [`${name}[]=x`, `${name}[a]=x`, `${name}=x&${name}=y`, `${name}=%ff`];
    const values = [['x'], { a: 'x' }, null, true, 1.5, ...(name === 'key_id' ? [] : [7])];
    const sent = [
      ...forms.map((body) => ({ headers: { 'content-type': FORM }, body })),
      ...values.map((value) => asJson({ [name]: value })),
    ];
    for (const { headers = {}, body = '' } of sent) {
      const asked = { headers: { ...headers, ...basic(key) }, body };
      const answer = await revokesNothing(store, () => send(store, asked));
      expect([body, answer.status]).toEqual([body, 400]);
      expect(answer.body).toContain(name);
    }
    expect(await verified(store, key)).toBe(200);
  });

  test('does not include the same value sent twice, because some clients repeat every parameter', async () => {
    const key = await makeKey(store);
    const once = encodeForm({ token: key.consumerKey });
    const answer = await send(store, {
      headers: { ...basic(key), 'content-type': FORM },
      body: `${once}&${once}`,
    });
    expect(answer.json()).toMatchObject({ data: { key_ids: [key.keyId] } });
  });
});

describe('the target of a revocation, when it is malformed or contradicts another', () => {
  const [one, two] = [`ck_${'1'.repeat(40)}`, `ck_${'2'.repeat(40)}`];
  const cases: Record<string, string>[] = [
    { token: one, refresh_token: two },
    { access_token: one, refresh_token: two },
    { token: one, key_id: '1' },
    { token: '' },
    { key_id: '' },
    { key_id: '0' },
    { key_id: '-1' },
    { key_id: '1 or 1=1' },
    { key_id: '0x1' },
    { key_id: '99999999999999999999' },
    { hint: 'everything' },
  ];
  test.each(cases)('is rejected with 400: %j', async (fields) => {
    const key = await makeKey(store);
    for (const { headers = {}, body = '' } of [asForm(fields), asJson(fields)]) {
      const asked = { headers: { ...headers, ...basic(key) }, body };
      expect((await revokesNothing(store, () => send(store, asked))).status).toBe(400);
    }
    expect(await verified(store, key)).toBe(200);
  });
});

test('ignores members of a JSON body that have no meaning', async () => {
  const key = await makeKey(store);
  const body =
    '{"__proto__":{"hint":"all-sessions"},"constructor":["x"],"channel_id":["x"],"token_type_hint":7}';
  const answer = await send(store, { headers: { ...basic(key), 'content-type': JSON_TYPE }, body });
  expect(answer.json()).toMatchObject({ data: { revoked: 1, key_ids: [key.keyId] } });
});

test('ignores a target in the query, because parameters of a revocation belong in the body (RFC 7009 section 2.1)', async () => {
  const [key, other] = [await makeKey(store), await makeKey(store)];
  const target = `${REVOKE}?${encodeForm({ token: other.consumerKey, hint: 'all-sessions' })}`;
  const answer = await send(store, { target, headers: basic(key) });
  expect(answer.json()).toMatchObject({ data: { key_ids: [key.keyId] } });
  expect(await verified(store, other)).toBe(200);
});

describe('the secrets of a revocation', () => {
  test('are never in an answer, a log line or the audit log', async () => {
    const key = await makeKey(store);
    const secrets = [key.consumerKey, key.consumerSecret];
    const { consumer_key, consumer_secret } = {
      consumer_key: key.consumerKey,
      consumer_secret: key.consumerSecret,
    };
    const wrong = `${consumer_secret.slice(0, -1)}${consumer_secret.endsWith('0') ? '1' : '0'}`;
    const attempts: Sent[] = [
      { method: 'GET', target: `${REVOKE}?${encodeForm({ consumer_key, consumer_secret })}` },
      { target: `${REVOKE}?${encodeForm({ consumer_key, consumer_secret: wrong })}` },
      {
        ...asForm({
          client_id: consumer_key,
          client_secret: wrong,
          token: `${consumer_key}.${consumer_secret}`,
        }),
      },
      { ...asJson({ hint: consumer_secret }), headers: { ...basic(key), 'content-type': JSON_TYPE } },
      { headers: basic(key), ...{ body: consumer_secret } },
      { headers: { ...bearer(key), 'content-type': JSON_TYPE }, body: consumer_secret },
      { headers: { authorization: `Bearer ${consumer_secret}` } },
      { headers: oauthHeader(store.tlsUrl, key) },
      { method: 'PUT', target: `/auth/logout?refresh_token=${consumer_secret}`, headers: bearer(key) },
      {
        method: 'GET',
        target: `/shopper/auth/v1/organizations/o/oauth2/logout?refresh_token=${consumer_secret}`,
      },
      { headers: basic(key) },
    ];
    const answers = [];
    for (const attempt of attempts) answers.push(await send(store, attempt));
    const said = JSON.stringify(answers.map(({ headers, body }) => [headers, body]));
    const logged = JSON.stringify(store.logs);
    const audited = JSON.stringify(await store.app.audit.list(10_000));
    expect(answers.at(-1)!.status).toBe(200);
    for (const text of [said, logged, audited])
      for (const secret of [...secrets, wrong]) expect(text).not.toContain(secret.slice(3));
  });
});
