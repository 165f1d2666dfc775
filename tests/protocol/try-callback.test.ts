import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { callbackAddressRules, type LookupAll } from '../../server/callback-delivery/address-rules';
import { parseAllowHosts } from '../../server/callback-delivery/allow-hosts';
import { callbackDelivery } from '../../server/callback-delivery/deliver';
import { callbackTrial } from '../../server/callback-delivery/try-callback';
import { parseStoreUrl } from '../../server/http/store-url';
import { testCertificates, testTrust, type CertificateKind } from '../support/http/certificates';
import { startHttpsReceiver, type HttpsReceiver } from '../support/http/https-receiver';

const storeUrl = parseStoreUrl('https://shop.example')!;
const HOSTS: Readonly<Record<string, string>> = { localhost: '127.0.0.1', 'inside.example': '10.0.0.7' };
const lookup: LookupAll = (name, _options, done) => {
  const address = HOSTS[name];
  if (address === undefined) setImmediate(done, Object.assign(new Error(name), { code: 'ENOTFOUND' }), []);
  else setImmediate(done, null, [{ address, family: 4 }]);
};

function trial(timeoutMs = 3000) {
  const rules = callbackAddressRules({
    allowHosts: parseAllowHosts('localhost,127.0.0.1'),
    storeUrl,
    lookup,
  });
  const { ca } = testCertificates();
  const { deliver } = callbackDelivery({
    rules,
    userAgent: 'test',
    storeUrl,
    timeoutMs,
    secureContext: testTrust,
  });
  return callbackTrial({ rules, deliver, lookup, timeoutMs, ca });
}
const ms = expect.any(Number);

let app: HttpsReceiver;
beforeAll(async () => {
  app = await startHttpsReceiver();
});
afterEach(() => {
  app.clear();
});
afterAll(() => app.stop());

test('a working callback passes every step, and nothing is posted', async () => {
  const url = app.url('/cb');
  expect(await trial()(url, false)).toEqual([
    { step: 'url', url },
    { step: 'address', addresses: ['127.0.0.1'] },
    { step: 'connection', ms },
    { step: 'certificate', validUntil: expect.any(Date) },
  ]);
  expect(app.received()).toEqual([]);
});

test('with send, the app gets a body in the form of a delivery, with a key that does not exist', async () => {
  const steps = await trial()(app.url('/cb'), true);
  expect(steps.at(-1)).toEqual({ step: 'answer', ms });
  const [received, ...others] = app.received();
  expect(others).toEqual([]);
  expect([received?.method, received?.path]).toEqual(['POST', '/cb']);
  expect(JSON.parse(received?.body ?? '')).toEqual({
    key_id: 0,
    user_id: 'try-callback',
    consumer_key: `ck_${'0'.repeat(40)}`,
    consumer_secret: `cs_${'0'.repeat(40)}`,
    key_permissions: 'read',
  });
});

test.each([
  [201, { kind: 'status', status: 201 }],
  [302, { kind: 'redirect', status: 302 }],
  [500, { kind: 'status', status: 500 }],
])('with send, status %i fails the last step', async (status, failure) => {
  app.program({ status });
  expect((await trial()(app.url('/cb'), true)).at(-1)).toEqual({ step: 'answer', ms, failure });
});

test.each([
  ['not a URL at all', 'not-a-url'],
  ['https://user:password@localhost/', 'not-a-url'],
  ['http://localhost/cb', 'not-https'],
])('the URL %s fails the first step', async (url, problem) => {
  expect(await trial()(url, true)).toEqual([{ step: 'url', problem }]);
});

test.each([
  ['https://10.0.0.1/cb', 'is_non_public'],
  ['https://inside.example/cb', 'leads_to_non_public'],
  ['https://absent.example/cb', 'not_found'],
  ['https://shop.example/cb', 'own_store'],
])('the address of %s fails the second step, without a connection', async (url, rule) => {
  const steps = await trial()(url, true);
  expect(steps).toEqual([
    { step: 'url', url },
    { step: 'address', addresses: [], rejection: expect.objectContaining({ rule }) },
  ]);
});

test('a URL that is still percent-encoded is read as a grant reads it', async () => {
  const steps = await trial()(encodeURIComponent(app.url('/cb')), false);
  expect(steps[0]).toEqual({ step: 'url', url: app.url('/cb') });
});

test.each([
  ['wrongName', 'wrong-name'],
  ['selfSigned', 'self-signed'],
  ['expired', 'expired'],
] as const)('a certificate that is %s fails the step after the connection', async (certificate, problem) => {
  const other = await startHttpsReceiver({ certificate: certificate satisfies CertificateKind });
  const steps = await trial()(other.url('/cb'), true);
  expect(steps.slice(2)).toEqual([
    { step: 'connection', ms },
    { step: 'certificate', failure: { kind: 'tls', problem } },
  ]);
  expect(other.received()).toEqual([]);
  await other.stop();
});

test('a port without a server fails the connection', async () => {
  const closed = createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const { port } = closed.address() as AddressInfo;
  closed.close();
  await once(closed, 'close');
  const steps = await trial()(`https://localhost:${port}/cb`, false);
  expect(steps.at(-1)).toEqual({ step: 'connection', ms, failure: { kind: 'refused' } });
});

test('a server that never answers the handshake fails within the deadline', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const steps = await trial(200)(`https://localhost:${port}/cb`, false);
  expect(steps.at(-1)).toEqual({ step: 'certificate', failure: { kind: 'timeout', afterMs: 200 } });
  silent.close();
});

test('a server that speaks plain HTTP fails the certificate step', async () => {
  const plain = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(
    0,
    '127.0.0.1',
  );
  await once(plain, 'listening');
  const { port } = plain.address() as AddressInfo;
  const steps = await trial()(`https://localhost:${port}/cb`, false);
  expect(steps.at(-1)).toMatchObject({ step: 'certificate', failure: { kind: 'tls', problem: 'handshake' } });
  plain.close();
});
