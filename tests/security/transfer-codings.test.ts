import { ENDPOINTS, openEndpoint } from '../support/http/endpoints';
import { exchange, requestBytes } from '../support/http/raw-http';
import { FORM, keyIds, makeKey, verified } from '../support/scenes/revocation-scene';
import { MANAGER, startTestStore, type TestStore } from '../support/store/test-store';

// Node reports a request whose transfer coding it cannot decode before it fails on the body, which
// then looks empty (RFC 9112 section 6.3). An empty body means "revoke the key of this request".

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore({ tls: true, env: { TRUST_PROXY: 'loopback' } });
});
afterAll(() => store.close());

const TLS = ['X-Forwarded-Proto', 'https'] as const;
const CODINGS = [
  'gzip',
  'identity',
  'x-chunked',
  'deflate, gzip',
  'chunked, gzip',
  'chunked, chunked',
  'gzip, chunked',
  'GZip , Chunked',
];
const OTHER = `token=ck_${'0'.repeat(40)}`;
/** As a chunked body, for codings that end in `chunked`; for the others the same bytes follow. */
const BODY = `${OTHER.length.toString(16)}\r\n${OTHER}\r\n0\r\n\r\n`;

function post(
  target: string,
  coding: string,
  headers: readonly (readonly [string, string])[],
  method = 'POST',
) {
  const head = requestBytes(method, target, [
    ...headers,
    TLS,
    ['Transfer-Encoding', coding],
    ['Content-Type', FORM],
  ]);
  return exchange(store.url, Buffer.concat([Buffer.from(head), Buffer.from(BODY)]));
}

describe.each(CODINGS)('a body with Transfer-Encoding: %s', (coding) => {
  test.each([
    '/wc-auth/v1/revoke',
    '/auth/logout',
    '/shopper/auth/v1/organizations/shop/oauth2/logout',
    '/wc-auth/v1/logout',
    '/login',
    '/wc-auth/v1/authorize',
  ])('is rejected at %s, and revokes nothing', async (target) => {
    const key = await makeKey(store);
    const held = await keyIds(store);
    for (const scheme of ['Basic', 'Bearer']) {
      const credential =
        scheme === 'Basic'
          ? Buffer.from(`${key.consumerKey}:${key.consumerSecret}`).toString('base64')
          : `${key.consumerKey}.${key.consumerSecret}`;
      const { status } = await post(target, coding, [['Authorization', `${scheme} ${credential}`]]);
      expect([400, 501]).toContain(status);
    }
    expect(await keyIds(store)).toEqual(held);
    expect(await verified(store, key)).toBe(200);
  });

  test('ends no session', async () => {
    const browser = await store.signIn(MANAGER);
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    for (const target of ['/wc-auth/v1/logout', '/wc-auth/v1/revoke'])
      expect([400, 501]).toContain((await post(target, coding, [['Cookie', cookie]])).status);
    expect((await browser.get('/keys')).status).toBe(200);
  });
});

test.each(ENDPOINTS)(
  'the %s rejects every such body, and a key that is right does not help',
  async (name) => {
    const key = await makeKey(store);
    const credential = Buffer.from(`${key.consumerKey}:${key.consumerSecret}`).toString('base64');
    const endpoint = await openEndpoint(name, store);
    for (const coding of CODINGS) {
      const headers = [
        ['Authorization', `Basic ${credential}`],
        ['Transfer-Encoding', coding],
      ] as const;
      const { status } = await endpoint.send({ method: 'POST', headers, body: BODY });
      expect(name === 'forward auth' ? [400, 403] : [400, 501]).toContain(status);
    }
    await endpoint.close();
  },
);

test('a chunked body is still read', async () => {
  const key = await makeKey(store);
  const credential = Buffer.from(`${key.consumerKey}:${key.consumerSecret}`).toString('base64');
  const { status } = await post('/wc-auth/v1/revoke', 'chunked', [['Authorization', `Basic ${credential}`]]);
  // The body names a key that does not exist.
  expect(status).toBe(200);
  expect(await verified(store, key)).toBe(200);
});
