import { parseStoreUrl, type StoreUrl } from '../../server/http/store-url';
import { PROBE_KEY_PURPOSE, PROBE_VALID_MS, signProbe } from '../../server/probe/probe-token';
import { secretKey } from '../../server/storage/secret-key';
import { exchange, requestBytes, type RawAnswer } from '../support/http/raw-http';
import { fakeClock, startTestStore, type TestStore } from '../support/store/test-store';

type Headers = readonly (readonly [string, string])[];

const PREVIOUS = 'previous-secret-key-previous-secret-key';
const clock = fakeClock();
let store: TestStore;
beforeAll(async () => {
  store = await startTestStore({
    clock,
    tls: true,
    env: { STORE_URL: 'https://shop.test/store', SECRET_KEY_PREVIOUS: PREVIOUS },
  });
});
afterAll(() => store.close());

/** Signs a probe as `wc-auth doctor` does, unless told otherwise. */
function signed({
  text = store.config.secretKey ?? '',
  purpose = PROBE_KEY_PURPOSE,
  storeUrl = store.config.storeUrl,
  issuedAt = clock(),
}: { text?: string; purpose?: string; storeUrl?: StoreUrl; issuedAt?: number } = {}) {
  return signProbe(secretKey(text).derive(purpose), storeUrl, issuedAt);
}

const send = (authorization: string | undefined, headers: Headers = [], method = 'GET') =>
  exchange(
    store.url,
    requestBytes(method, '/store/wc-auth/probe', [
      ...headers,
      ...(authorization === undefined ? [] : [['Authorization', authorization] as const]),
    ]),
  );

/** Returns an answer without what differs from one request to the next. */
const comparable = ({ status, headers, text }: RawAnswer) => {
  const { 'x-request-id': id = 'none', ...rest } = headers;
  return { status, headers: { ...rest, date: undefined }, text: text.replaceAll(id, 'ID') };
};
const unknownUrl = async (path = '/store/wc-auth/prober') =>
  comparable(await exchange(store.url, requestBytes('GET', path)));

test('a signed probe gets the view of the server, uncached, over plain HTTP too', async () => {
  const { id, authorization } = signed();
  const answer = await send(authorization, [['Host', 'inside.test:8080']]);
  expect(answer.status).toBe(200);
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(answer.json()).toEqual({
    probe: id,
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    now: clock(),
    scheme: 'http',
    host: 'inside.test:8080',
    address: '127.0.0.1',
    peer: { address: '127.0.0.1', port: expect.any(Number), encrypted: false, trusted: false },
    forwarded: { for: null, proto: null, host: null },
  });
});

test('the view contains X-Forwarded-* as it arrived, and does not count it without TRUST_PROXY', async () => {
  const answer = await send(signed().authorization, [
    ['X-Forwarded-For', '203.0.113.9'],
    ['X-Forwarded-Proto', 'https'],
    ['X-Forwarded-Host', 'shop.test'],
  ]);
  expect(answer.json()).toMatchObject({
    scheme: 'http',
    address: '127.0.0.1',
    forwarded: { for: '203.0.113.9', proto: 'https', host: 'shop.test' },
  });
});

test('a probe signed with the previous secret key is answered while the key is being replaced', async () => {
  expect((await send(signed({ text: PREVIOUS }).authorization)).status).toBe(200);
});

test('a probe is valid for 60 seconds by the clock of the server', async () => {
  const at = clock();
  expect((await send(signed({ issuedAt: at - PROBE_VALID_MS }).authorization)).status).toBe(200);
  expect(comparable(await send(signed({ issuedAt: at - PROBE_VALID_MS - 1 }).authorization))).toEqual(
    await unknownUrl('/store/wc-auth/probe'),
  );
});

describe('a request without a valid probe', () => {
  const other = (href: string) => parseStoreUrl(href)!;
  const hostile: [string, () => string | undefined][] = [
    ['no Authorization', () => undefined],
    ['signed with another secret key', () => signed({ text: 'x'.repeat(40) }).authorization],
    ['signed for another purpose', () => signed({ purpose: 'form tokens' }).authorization],
    ['signed for another host', () => signed({ storeUrl: other('https://other.test/store') }).authorization],
    ['signed for another path', () => signed({ storeUrl: other('https://shop.test') }).authorization],
    ['signed for another scheme', () => signed({ storeUrl: other('http://shop.test/store') }).authorization],
    ['too old', () => signed({ issuedAt: clock() - 61_000 }).authorization],
    ['too far ahead', () => signed({ issuedAt: clock() + 61_000 }).authorization],
    ['with another time', () => signed().authorization.replace(/Probe \d+/, `Probe ${clock() + 1}`)],
    ['with another id', () => signed().authorization.replace(/\.[\w-]{22}\./, `.${'A'.repeat(22)}.`)],
    ['with a changed signature', () => signed().authorization.replace(/.$/, (c) => (c === 'A' ? 'E' : 'A'))],
    ['with a shorter signature', () => signed().authorization.slice(0, -1)],
    ['with more behind it', () => `${signed().authorization}.A`],
    ['of another scheme', () => signed().authorization.replace('Probe', 'Bearer')],
    ['with a huge time', () => signed().authorization.replace(/Probe \d+/, `Probe ${'9'.repeat(300)}`)],
  ];
  test.each(hostile)('is answered like one to an unknown URL: %s', async (_, authorization) => {
    const answer = await send(authorization());
    expect(comparable(answer)).toEqual(await unknownUrl('/store/wc-auth/probe'));
    expect(answer.text).not.toContain('127.0.0.1');
  });

  test('is answered like one to an unknown URL if it posts a probe', async () => {
    const [probe, none] = [await send(signed().authorization, [], 'POST'), await send(undefined, [], 'POST')];
    expect(comparable(probe)).toEqual(comparable(none));
  });

  test('a probe at another URL', async () => {
    const headers = [['Authorization', signed().authorization]] as const;
    const answer = await exchange(store.url, requestBytes('GET', '/store/wc-auth/prober', headers));
    expect(comparable(answer)).toEqual(await unknownUrl());
  });
});

test('over TLS an unsigned request gets the same 404 as an unknown URL', async () => {
  const [probe, unknown] = await Promise.all(
    ['/store/wc-auth/probe', '/store/wc-auth/prober'].map((path) =>
      exchange(store.tlsUrl, requestBytes('GET', path)),
    ),
  );
  expect(probe?.status).toBe(404);
  expect(comparable(probe!)).toEqual(comparable(unknown!));
});

test('no log line contains a probe', async () => {
  await send(signed().authorization);
  await send(signed({ text: 'x'.repeat(40) }).authorization);
  expect(JSON.stringify(store.logs)).not.toContain('Probe ');
});
