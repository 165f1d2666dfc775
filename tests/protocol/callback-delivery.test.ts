import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { callbackAddressRules, type LookupAll } from '../../server/callback-delivery/address-rules';
import { parseAllowHosts } from '../../server/callback-delivery/allow-hosts';
import { callbackDelivery, type CallbackPayload } from '../../server/callback-delivery/deliver';
import { describeFailure } from '../../server/callback-delivery/describe-failure';
import { loadLanguages } from '../../server/pages/languages';
import { parseCallbackUrl, type CallbackUrl } from '../../server/callback-delivery/urls';
import { parseStoreUrl } from '../../server/http/store-url';
import { testTrust, type CertificateKind } from '../support/http/certificates';
import { startHttpsReceiver, type Behavior, type HttpsReceiver } from '../support/http/https-receiver';

const PAYLOAD: CallbackPayload = {
  key_id: 12,
  user_id: '42',
  consumer_key: `ck_${'a'.repeat(40)}`,
  consumer_secret: `cs_${'b'.repeat(40)}`,
  key_permissions: 'read_write',
};
const storeUrl = parseStoreUrl('https://shop.example/store')!;

function delivery({
  timeoutMs = 5000,
  authority = 'private',
  lookup,
}: {
  timeoutMs?: number;
  authority?: 'private' | 'public';
  lookup?: LookupAll;
} = {}) {
  const rules = callbackAddressRules({
    allowHosts: parseAllowHosts('localhost,127.0.0.1,[::1],app.example,bücher.example'),
    storeUrl,
    ...(lookup ? { lookup } : {}),
  });
  const { deliver } = callbackDelivery({
    rules,
    userAgent: `WordPress/7.1; ${storeUrl.href}`,
    storeUrl,
    timeoutMs,
    secureContext: authority === 'private' ? testTrust : undefined,
  });
  return (url: string, payload = PAYLOAD) => deliver(parseCallbackUrl(url) as CallbackUrl, payload);
}

const toLoopback: LookupAll = (_name, _options, done) => {
  setImmediate(done, null, [{ address: '127.0.0.1', family: 4 }]);
};

let app: HttpsReceiver;
beforeAll(async () => {
  app = await startHttpsReceiver();
});
afterEach(() => {
  app.clear();
});
afterAll(() => app.stop());

describe('the request that the app receives', () => {
  test('is one POST with exactly the five fields in order', async () => {
    expect(await delivery()(app.url('/cb'))).toEqual({ delivered: true, ms: expect.any(Number) });
    expect(app.received()).toHaveLength(1);
    const [got] = app.received();
    expect(got).toMatchObject({ method: 'POST', path: '/cb', httpVersion: '1.1' });
    expect(got!.body).toBe(
      `{"key_id":12,"user_id":"42","consumer_key":"ck_${'a'.repeat(40)}","consumer_secret":"cs_${'b'.repeat(40)}","key_permissions":"read_write"}`,
    );
  });

  test('has these headers and no others', async () => {
    await delivery()(app.url('/cb'));
    const { rawHeaders, body } = app.received()[0]!;
    const pairs = rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [[name, rawHeaders[i + 1]]] : []));
    expect(Object.fromEntries(pairs)).toEqual({
      Accept: '*/*',
      'Content-Type': 'application/json;charset=UTF-8',
      'Content-Length': String(Buffer.byteLength(body)),
      'User-Agent': 'WordPress/7.1; https://shop.example/store',
      'X-WC-Webhook-Source': 'https://shop.example/store/',
      Host: `localhost:${app.port}`,
      Connection: 'close',
    });
    expect(pairs).toHaveLength(7);
  });

  test.each(['Zoë ☕ 日本 🚀', 'https://a/b?c="d"\\', '7', '{"shop":1}', 'a\nb', ''])(
    'carries the user_id %j as a string, byte for byte',
    async (userId) => {
      // The object may have more than the five fields; the server sends only those five.
      await delivery()(app.url('/cb'), { ...PAYLOAD, user_id: userId, extra: 1 } as CallbackPayload);
      const { body, headers } = app.received()[0]!;
      expect(JSON.parse(body)).toEqual({ ...PAYLOAD, user_id: userId });
      expect(headers['content-length']).toBe(String(Buffer.byteLength(body)));
      expect(body).not.toContain('\\/');
    },
  );

  test.each([
    ['/cb?a=1&b=two%20words', '/cb?a=1&b=two%20words'],
    ['/cb?a=x+y&b=x%2By', '/cb?a=x+y&b=x%2By'],
    ['/cb?next=https%3A%2F%2Fb.example%2F%3Fa%3D1', '/cb?next=https%3A%2F%2Fb.example%2F%3Fa%3D1'],
    ['/cb?a=\'<b>"', "/cb?a='%3Cb%3E%22"],
    ['/cb?a[b]=c', '/cb?a[b]=c'],
    ['/cb/é?q=%c3%a9', '/cb/%C3%A9?q=%c3%a9'],
    ['/a//b/../c/%2e%2e/d?x=/../y', '/a//b/../c/%2e%2e/d?x=/../y'],
    ['/cb#part?x=1', '/cb'],
    ['?x=1', '/?x=1'],
    ['', '/'],
  ])('goes to the address %s as it was written', async (given, target) => {
    expect(await delivery()(app.url(given))).toMatchObject({ delivered: true });
    expect(app.received()[0]!.path).toBe(target);
  });

  test('reaches an IPv4 literal, an IDN host and a host with a trailing dot, and checks the certificate', async () => {
    const deliver = delivery({ lookup: toLoopback });
    for (const host of ['127.0.0.1', 'bücher.example', 'app.example.'])
      expect(await deliver(app.url('/cb', host))).toMatchObject({ delivered: true });
    expect(app.received().map(({ headers }) => headers.host?.split(':')[0])).toEqual([
      '127.0.0.1',
      'xn--bcher-kva.example',
      'app.example.',
    ]);
    expect(app.received().map(({ serverName }) => serverName)).toEqual([
      undefined,
      'xn--bcher-kva.example',
      'app.example',
    ]);
  });

  test('goes to the next address when the first one does not answer', async () => {
    const lookup: LookupAll = (_name, _options, done) => {
      setImmediate(done, null, [
        { address: '::1', family: 6 },
        { address: '127.0.0.1', family: 4 },
      ]);
    };
    expect(await delivery({ lookup })(app.url('/cb', 'app.example'))).toMatchObject({ delivered: true });
    expect(app.received()).toHaveLength(1);
  });
});

describe('the status of the app’s answer', () => {
  const failing = [201, 202, 204, 206, 304, 400, 401, 403, 404, 405, 410, 422, 429, 500, 502, 503, 504];
  test.each(failing)('treats %d as a failure', async (status) => {
    app.program({ status, ...(status === 204 || status === 304 ? {} : { body: 'SECRET-BODY' }) });
    const outcome = await delivery()(app.url('/cb'));
    expect(outcome).toMatchObject({ delivered: false, reason: { kind: 'status', status } });
    expect(app.received()).toHaveLength(1);
    expect(JSON.stringify(outcome)).not.toMatch(/SECRET-BODY|ck_|cs_|127\.0\.0\.1/);
    if (!outcome.delivered)
      expect(describeFailure(loadLanguages().standard, outcome.reason)).toContain(String(status));
  });

  test.each([301, 302, 303, 307, 308])(
    'treats a redirect (%d) as a failure and does not follow it',
    async (status) => {
      app.program({ status, headers: { location: app.url('/elsewhere') } }, '/cb');
      const outcome = await delivery()(app.url('/cb'));
      expect(outcome).toMatchObject({ delivered: false, reason: { kind: 'redirect', status } });
      expect(app.received().map(({ path }) => path)).toEqual(['/cb']);
    },
  );

  test.each<[string, Behavior]>([
    ['without a body', {}],
    ['with a body', { body: 'thanks' }],
    ['after a second', { delayMs: 1000 }],
    ['after early hints (103)', { mode: 'early-hints' }],
    ['with exactly 64 KiB', { body: 'x'.repeat(65_536) }],
    ['with a megabyte', { body: 'x'.repeat(1 << 20) }],
    ['with a Location header', { headers: { location: 'https://elsewhere.example/' } }],
  ])('treats 200 %s as success', async (_how, behavior) => {
    app.program(behavior);
    expect(await delivery()(app.url('/cb'))).toMatchObject({ delivered: true });
    expect(app.received()).toHaveLength(1);
  });

  test('treats 200 with an endless body as success when the limit is reached, and stops reading', async () => {
    app.program({ mode: 'endless' });
    const outcome = await delivery({ timeoutMs: 15_000 })(app.url('/cb'));
    expect(outcome).toMatchObject({ delivered: true });
    expect(outcome.ms).toBeLessThan(5000);
    const sent = app.bytesSent();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(app.bytesSent()).toBeLessThan(sent + 8_000_000);
  });

  test('treats 500 with an endless body as a failure at once', async () => {
    app.program({ mode: 'endless', status: 500 });
    const outcome = await delivery({ timeoutMs: 15_000 })(app.url('/cb'));
    expect(outcome).toMatchObject({ delivered: false, reason: { kind: 'status', status: 500 } });
    expect(outcome.ms).toBeLessThan(5000);
  });

  test('lets the app use its key before it answers', async () => {
    let during: unknown;
    app.program({
      before: async ({ body }) => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        during = (JSON.parse(body) as CallbackPayload).consumer_key;
      },
    });
    expect(await delivery()(app.url('/cb'))).toMatchObject({ delivered: true });
    expect(during).toBe(PAYLOAD.consumer_key);
  });
});

describe('an app that ends its answer early', () => {
  test.each<[string, Behavior['mode'], string]>([
    ['resets the connection', 'reset', 'closed'],
    ['closes without an answer', 'close', 'closed'],
    ['says 200 and closes in the middle of the body', 'half', 'closed'],
    ['answers garbage', 'garbage', 'not-http'],
  ])('is a failed delivery when it %s', async (_what, mode, kind) => {
    app.program({ mode: mode! });
    expect(await delivery()(app.url('/cb'))).toMatchObject({ delivered: false, reason: { kind } });
    expect(app.received()).toHaveLength(1);
  });

  test.each<[string, Behavior['mode']]>([
    ['never answers', 'hang'],
    ['says 200 and never ends its body', 'hang-body'],
    ['says 200 and sends its body byte by byte', 'slow-body'],
  ])('is a failed delivery at the deadline of the whole exchange when it %s', async (_what, mode) => {
    app.program({ mode: mode! });
    const outcome = await delivery({ timeoutMs: 400 })(app.url('/cb'));
    expect(outcome).toMatchObject({ delivered: false, reason: { kind: 'timeout', afterMs: 400 } });
    expect(outcome.ms).toBeGreaterThanOrEqual(390);
    expect(outcome.ms).toBeLessThan(5000);
  });

  test('is bound to the deadline during the lookup', async () => {
    const outcome = await delivery({ timeoutMs: 200, lookup: () => undefined })(app.url('/cb'));
    expect(outcome).toMatchObject({ delivered: false, reason: { kind: 'timeout' } });
  });

  test('is bound to the deadline during the TLS handshake', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const outcome = await delivery({ timeoutMs: 200 })(
      `https://127.0.0.1:${(silent.address() as AddressInfo).port}/`,
    );
    expect(outcome).toMatchObject({ delivered: false, reason: { kind: 'timeout' } });
    silent.close();
  });

  test('is reported as a failed TLS handshake when it speaks plain HTTP', async () => {
    const plain = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')).listen(
      0,
      '127.0.0.1',
    );
    await once(plain, 'listening');
    const outcome = await delivery()(`https://127.0.0.1:${(plain.address() as AddressInfo).port}/`);
    expect(outcome).toMatchObject({ delivered: false, reason: { kind: 'tls', problem: 'handshake' } });
    plain.close();
  });

  test('is reported as a refused connection when its port is closed', async () => {
    const closed = await startHttpsReceiver();
    await closed.stop();
    expect(await delivery()(closed.url())).toMatchObject({ delivered: false, reason: { kind: 'refused' } });
  });

  test('is reported as a DNS failure when its name is unknown', async () => {
    const lookup: LookupAll = (name, _options, done) => {
      setImmediate(
        done,
        Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' }),
        [],
      );
    };
    expect(await delivery({ lookup })(app.url())).toMatchObject({
      delivered: false,
      reason: { kind: 'dns' },
    });
  });

  test('is reported as not speaking HTTP when a header line has no end', async () => {
    app.program({ headers: { 'x-long': 'x'.repeat(100_000) } });
    expect(await delivery()(app.url())).toMatchObject({ delivered: false, reason: { kind: 'not-http' } });
  });
});

describe('the TLS certificate of the app', () => {
  test.each<[CertificateKind, string]>([
    ['wrongName', 'wrong-name'],
    ['selfSigned', 'self-signed'],
    ['expired', 'expired'],
  ])('gets no request when it is %s', async (certificate, problem) => {
    const rogue = await startHttpsReceiver({ certificate });
    try {
      for (const host of ['localhost', '127.0.0.1'])
        expect(await delivery()(rogue.url('/cb', host))).toMatchObject({
          delivered: false,
          reason: { kind: 'tls', problem },
        });
      expect(rogue.received()).toEqual([]);
    } finally {
      await rogue.stop();
    }
  });

  test('gets no request when its authority is not on Node’s own list', async () => {
    expect(await delivery({ authority: 'public' })(app.url())).toMatchObject({
      delivered: false,
      reason: { kind: 'tls', problem: 'unknown-authority' },
    });
    expect(app.received()).toEqual([]);
  });
});

test('reports a delivery that cannot even be made as a failure, without an exception', async () => {
  const { deliver } = callbackDelivery({
    rules: callbackAddressRules({ allowHosts: parseAllowHosts('localhost'), storeUrl }),
    userAgent: 'no\r\nheader',
    storeUrl,
    timeoutMs: 1000,
  });
  expect(await deliver(parseCallbackUrl(app.url()) as CallbackUrl, PAYLOAD)).toMatchObject({
    delivered: false,
    reason: { kind: 'other' },
  });
});
