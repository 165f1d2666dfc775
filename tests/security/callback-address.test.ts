import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, isIPv6, type AddressInfo, type Server } from 'node:net';
import { promisify } from 'node:util';
import {
  callbackAddressRules,
  type LookupAll,
  type Rejection,
} from '../../server/callback-delivery/address-rules';
import { parseAllowHosts } from '../../server/callback-delivery/allow-hosts';
import { callbackDelivery } from '../../server/callback-delivery/deliver';
import { describeRejection } from '../../server/callback-delivery/describe-failure';
import { parseCallbackUrl, type CallbackUrl } from '../../server/callback-delivery/urls';
import { loadLanguages } from '../../server/pages/languages';
import { parseStoreUrl } from '../../server/http/store-url';
import { testCertificates, testTrust } from '../support/http/certificates';
import { compiled } from '../support/jest/compiled';
import { startHttpsReceiver, type HttpsReceiver } from '../support/http/https-receiver';

const PUBLIC = '93.184.215.14';
const PUBLIC_V6 = '2606:2800:21f:cb07:6820:80da:af6b:8b2c';
const KEYS = {
  key_id: 1,
  user_id: '42',
  consumer_key: 'ck_x',
  consumer_secret: 'cs_x',
  key_permissions: 'read',
} as const;

const messages = loadLanguages().standard;
/** Returns the text that a manager reads. */
const wordsOf = (rejection: Rejection | undefined) =>
  rejection ? describeRejection(messages, rejection) : '';
const store = (href: string) => parseStoreUrl(href)!;
const callback = (value: string) => {
  const url = parseCallbackUrl(value);
  if (url === 'not-a-url' || url === 'not-https') throw new Error(`${value}: ${url}`);
  return url;
};

/**
 * A resolver that knows these names. Each lookup of a name gets its next answer, and finally the
 * last one.
 */
function resolver(names: Record<string, (readonly string[])[]>): LookupAll & { asked: string[] } {
  const asked: string[] = [];
  const lookup: LookupAll = (hostname, _options, done) => {
    const answers = names[hostname];
    const answer = answers?.[Math.min(asked.filter((name) => name === hostname).length, answers.length - 1)];
    asked.push(hostname);
    setImmediate(() => {
      if (answer)
        done(
          null,
          answer.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 })),
        );
      else done(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }), []);
    });
  };
  return Object.assign(lookup, { asked });
}

function server({
  names = {},
  allow = '',
  storeUrl = 'https://shop.example',
  timeoutMs = 1500,
}: {
  names?: Record<string, (readonly string[])[]>;
  allow?: string;
  storeUrl?: string;
  timeoutMs?: number;
} = {}) {
  const lookup = resolver(names);
  const rules = callbackAddressRules({
    allowHosts: parseAllowHosts(allow),
    storeUrl: store(storeUrl),
    lookup,
    lookupTimeoutMs: 100,
  });
  const { deliver } = callbackDelivery({
    rules,
    userAgent: 'test',
    storeUrl: store(storeUrl),
    timeoutMs,
    secureContext: testTrust,
  });
  return { rules, lookup, deliver: (url: CallbackUrl) => deliver(url, KEYS) };
}

// Listens on every address of this machine to notice any connection.
let sink: Server;
let connections = 0;
let port = 0;
beforeAll(async () => {
  sink = createServer((socket) => {
    connections += 1;
    socket.destroy();
  }).listen(0);
  await once(sink, 'listening');
  port = (sink.address() as AddressInfo).port;
});
beforeEach(() => {
  connections = 0;
});
afterAll(() => void sink.close());

async function expectRejected(
  { rules, deliver }: ReturnType<typeof server>,
  url: CallbackUrl,
  rule: string | RegExp,
): Promise<Rejection> {
  const rejection = await rules.check(url);
  expect(wordsOf(rejection)).toMatch(rule);
  expect(await deliver(url)).toMatchObject({
    delivered: false,
    reason: { kind: 'address-refused', rejection },
  });
  expect(connections).toBe(0);
  return rejection!;
}

const NON_PUBLIC = [
  ['0.0.0.0', 'this host'],
  ['0.1.2.3', 'this host'],
  ['10.0.0.1', 'private network'],
  ['10.255.255.255', 'private network'],
  ['100.64.0.1', 'carrier NAT'],
  ['100.127.255.254', 'carrier NAT'],
  ['127.0.0.1', 'loopback'],
  ['127.255.255.254', 'loopback'],
  ['169.254.1.1', 'link-local'],
  ['169.254.169.254', 'link-local'],
  ['172.16.0.1', 'private network'],
  ['172.31.255.255', 'private network'],
  ['192.0.0.1', 'reserved'],
  ['192.0.0.8', 'reserved'],
  ['192.0.0.9', 'reserved'],
  ['192.0.0.10', 'reserved'],
  ['192.0.0.170', 'reserved'],
  ['192.0.0.171', 'reserved'],
  ['192.0.0.255', 'reserved'],
  ['192.0.2.7', 'reserved'],
  ['192.31.196.1', 'reserved'],
  ['192.52.193.1', 'tunnel'],
  ['192.88.99.1', 'reserved'],
  ['192.88.99.255', 'reserved'],
  ['192.168.1.1', 'private network'],
  ['192.175.48.1', 'reserved'],
  ['198.18.0.1', 'reserved'],
  ['198.19.255.255', 'reserved'],
  ['198.51.100.7', 'reserved'],
  ['203.0.113.7', 'reserved'],
  ['224.0.0.1', 'multicast'],
  ['239.255.255.255', 'multicast'],
  ['240.0.0.1', 'reserved'],
  ['255.255.255.254', 'reserved'],
  ['255.255.255.255', 'broadcast'],
  ['::', 'this host'],
  ['::1', 'loopback'],
  ['::7f00:1', 'not in use'],
  ['::127.0.0.1', /inside an IPv6 address|not in use/],
  ['::8.8.8.8', /inside an IPv6 address|not in use/],
  ['::ffff:127.0.0.1', 'an IPv4 address inside an IPv6 address'],
  ['::ffff:7f00:1', 'an IPv4 address inside an IPv6 address'],
  ['::ffff:10.0.0.1', 'an IPv4 address inside an IPv6 address'],
  ['::ffff:8.8.8.8', 'an IPv4 address inside an IPv6 address'],
  ['::ffff:0:127.0.0.1', 'an IPv4 address inside an IPv6 address'],
  ['64:ff9b::127.0.0.1', 'an IPv4 address inside an IPv6 address'],
  ['64:ff9b::a00:1', 'an IPv4 address inside an IPv6 address'],
  ['64:ff9b:1::10.0.0.1', 'an IPv4 address inside an IPv6 address'],
  ['64:ff9b:1:ffff:ffff:ffff:ffff:ffff', 'an IPv4 address inside an IPv6 address'],
  ['64:ff9b::ffff:ffff', 'an IPv4 address inside an IPv6 address'],
  ['64:ff9b:0:0:1::', 'not in use'],
  ['100::1', 'reserved'],
  ['100::ffff:ffff:ffff:ffff', 'reserved'],
  ['100:0:0:1::1', /reserved|not in use/],
  ['2001::1', 'tunnel'],
  ['2001:0:4136:e378:8000:63bf:3fff:fdd2', 'tunnel'],
  ['2001:1::1', 'reserved'],
  ['2001:1::2', 'reserved'],
  ['2001:1::3', 'reserved'],
  ['2001:2::1', 'reserved'],
  ['2001:3::1', 'tunnel'],
  ['2001:4:112::1', 'reserved'],
  ['2001:10::1', 'reserved'],
  ['2001:20::1', 'reserved'],
  ['2001:30::1', 'reserved'],
  ['2001:100::1', 'reserved'],
  ['2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff', 'reserved'],
  ['2001:db8::1', 'reserved'],
  ['2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', 'reserved'],
  ['2002:7f00:1::', 'tunnel'],
  ['2002:a00:1::1', 'tunnel'],
  ['2002:808:808::1', 'tunnel'],
  // ISATAP: the IPv4 address is the end of the interface's identifier (RFC 5214 section 6.1).
  ['2606:2800::5efe:10.0.0.1', 'an IPv4 address inside an IPv6 address'],
  ['2606:2800:1:2:200:5efe:7f00:1', 'an IPv4 address inside an IPv6 address'],
  ['2a00:1450:4001:830:0:5efe:808:808', 'an IPv4 address inside an IPv6 address'],
  ['2620:4f:8000::1', 'reserved'],
  ['3fff::1', 'reserved'],
  ['4000::1', 'not in use'],
  ['5f00::1', 'reserved'],
  ['8000::1', 'not in use'],
  ['fc00::1', 'private network'],
  ['fd12:3456:789a::1', 'private network'],
  ['fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'private network'],
  ['fe80::1', 'link-local'],
  ['febf::1', 'link-local'],
  ['fec0::1', 'private network'],
  ['feff::1', 'private network'],
  ['fe00::1', /reserved|not in use/],
  ['200::1', 'not in use'],
  ['1fff::1', 'not in use'],
  ['a000::1', 'not in use'],
  ['ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'multicast'],
  ['ff02::1', 'multicast'],
  ['ff0e::1', 'multicast'],
] as const;

describe('a callback address that is not public', () => {
  test.each(NON_PUBLIC)(
    'is rejected as a literal before anyone signs in, without a connection: %s',
    async (address, range) => {
      const wc = server();
      const url = callback(`https://${isIPv6(address) ? `[${address}]` : address}:${port}/cb`);
      expect(wordsOf(wc.rules.checkLiteral(url))).toMatch(range);
      await expectRejected(wc, url, range);
      expect(wc.lookup.asked).toEqual([]);
    },
  );

  test.each(NON_PUBLIC)(
    'is rejected behind a name, without naming the address: %s',
    async (address, range) => {
      const wc = server({ names: { 'app.example': [[address]] } });
      const url = callback(`https://app.example:${port}/cb`);
      expect(wc.rules.checkLiteral(url)).toBeUndefined();
      expect(wc.lookup.asked).toEqual([]);
      const message = wordsOf(await expectRejected(wc, url, range));
      expect(message).toContain('leads to a non-public address (');
      expect(message).toContain('app.example');
      expect(message).not.toContain(address.replace(/^::$/, '(::)'));
    },
  );

  test('is rejected behind a name when it is link-local with a zone', async () => {
    const wc = server({ names: { 'app.example': [['fe80::1%lo']] } });
    await expectRejected(wc, callback(`https://app.example:${port}/`), 'link-local');
  });
});

describe('a public callback address', () => {
  test.each([
    PUBLIC,
    '1.1.1.1',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.1',
    '169.253.255.255',
    '172.15.255.255',
    '172.32.0.0',
    '192.0.1.1',
    '192.167.255.255',
    '192.169.0.0',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    PUBLIC_V6,
    '2001:200::1',
    '2a00:1450:4001:830::200e',
    '2003::1',
    '2606:2800::5eff:10.0.0.1',
    '3ffe::1',
  ])('is accepted as a literal and behind a name: %s', async (address) => {
    const { rules } = server({ names: { 'app.example': [[address]] } });
    const literal = callback(`https://${isIPv6(address) ? `[${address}]` : address}/cb`);
    expect(rules.checkLiteral(literal)).toBeUndefined();
    expect(await rules.check(literal)).toBeUndefined();
    expect(await rules.check(callback('https://app.example/cb'))).toBeUndefined();
  });
});

describe('an unusual spelling of a callback host', () => {
  test.each([
    '2130706433',
    '0x7f000001',
    '0x7F.1',
    '0x7f.0x0.0x0.0x1',
    '017700000001',
    '0177.0.0.1',
    '0177.0.0.0x1',
    '127.1',
    '127.0.1',
    '127.1.',
    '127.0.0.1.',
    '0',
    '00000177.1',
    '127.65535',
    '3232235521',
    '0xa9fea9fe',
    '0XA9.0376.43518',
    '0251.0376.0251.0376',
    '169.16689662',
    '012.1',
    '10.1',
    '0x0',
    '[::ffff:a9fe:a9fe]',
    '[64:ff9b::169.254.169.254]',
    '[::ffff:127.0.0.1]',
    '[0:0:0:0:0:ffff:7f00:0001]',
    '[0000::0001]',
    '[::]',
    '１２７.0.0.1',
    '１２７．０．０．１',
    '127。0。0。1',
    '127｡0｡0｡1',
    '①②⑦.0.0.1',
    '０ｘ７ｆ.1',
    '２１３０７０６４３３',
  ])('is rejected like the address it means: %s', async (host) => {
    const wc = server();
    const url = callback(`https://${host}:${port}/cb`);
    expect(wc.rules.checkLiteral(url)).toBeDefined();
    await expectRejected(wc, url, 'is a non-public address');
    expect(wc.lookup.asked).toEqual([]);
  });

  test.each([
    'https://%31%32%37.0.0.1/',
    'https://127%2e0.0.1/',
    'https://[::1%25lo]/',
    'https://127.0.0.1\\@app.example/',
    'https://app.example@127.0.0.1/',
    'https://0x7f.0.0.0.1/',
    'https://256.256.256.256/',
    'https://0xffffffffff/',
  ])('is not a valid callback URL: %s', (url) => {
    expect(parseCallbackUrl(url)).toBe('not-a-url');
  });

  test.each([
    ['ⓛocalhost', 'localhost'],
    ['ｌｏｃａｌｈｏｓｔ', 'localhost'],
    ['LOCALHOST', 'localhost'],
    ['localhost.', 'localhost.'],
    ['127.0.0.1.nip.example', '127.0.0.1.nip.example'],
    ['local\u00adhost', 'localhost'],
    ['ⅼocalhost', 'localhost'],
    ['loc\u0430lhost', 'xn--loclhost-36g'],
    ['localhost\u3002', 'localhost.'],
    ['ınternal.example', 'xn--nternal-qfb.example'],
  ])('is looked up in its normal form, and the result is checked: %s as %s', async (host, name) => {
    const wc = server({ names: { [name]: [['127.0.0.1', '::1']] } });
    await expectRejected(
      wc,
      callback(`https://${host}:${port}/cb`),
      'leads to a non-public address (loopback)',
    );
    expect(new Set(wc.lookup.asked)).toEqual(new Set([name]));
  });
});

describe('the addresses behind a callback host name', () => {
  test.each([
    [[PUBLIC, '127.0.0.1']],
    [['127.0.0.1', PUBLIC]],
    [[PUBLIC, PUBLIC_V6, '::1']],
    [[PUBLIC_V6, PUBLIC, '10.1.2.3']],
  ])('are rejected when one of them is private: %j', async (addresses) => {
    await expectRejected(
      server({ names: { 'app.example': [addresses] } }),
      callback(`https://app.example:${port}/cb`),
      'leads to a non-public address',
    );
  });

  test('are checked at delivery, so a name that has become private gets no connection', async () => {
    const wc = server({ names: { 'app.example': [[PUBLIC], ['127.0.0.1']] } });
    const url = callback(`https://app.example:${port}/cb`);
    expect(await wc.rules.check(url)).toBeUndefined();
    const outcome = await wc.deliver(url);
    expect(outcome).toMatchObject({ delivered: false, reason: { kind: 'address-refused' } });
    expect(connections).toBe(0);
    expect(wc.lookup.asked).toHaveLength(2);
  });

  test('are looked up once for each delivery, and the connection goes to the address that was checked', async () => {
    const receiver = await startHttpsReceiver();
    try {
      const wc = server({ names: { 'app.example': [['127.0.0.1'], ['127.0.0.9']] }, allow: '127.0.0.1/32' });
      const outcome = await wc.deliver(callback(receiver.url('/cb', 'app.example')));
      expect(outcome).toMatchObject({ delivered: true });
      expect(wc.lookup.asked).toEqual(['app.example']);
      expect(receiver.received().map(({ headers }) => headers.host)).toEqual([
        `app.example:${receiver.port}`,
      ]);
    } finally {
      await receiver.stop();
    }
  });

  test('are rejected when the name does not exist or has no address', async () => {
    const wc = server({ names: { 'empty.example': [[]] } });
    expect(wordsOf(await wc.rules.check(callback('https://nosuch.invalid/')))).toMatch('cannot be found');
    expect(wordsOf(await wc.rules.check(callback('https://empty.example/')))).toMatch('cannot be found');
    expect(await wc.deliver(callback('https://nosuch.invalid/'))).toMatchObject({ reason: { kind: 'dns' } });
    expect(await wc.deliver(callback('https://empty.example/'))).toMatchObject({
      reason: { kind: 'address-refused' },
    });
  });

  test('are rejected when the lookup takes too long', async () => {
    const rules = callbackAddressRules({
      allowHosts: [],
      storeUrl: store('https://shop.example'),
      lookup: () => undefined,
      lookupTimeoutMs: 30,
    });
    expect(wordsOf(await rules.check(callback('https://app.example/')))).toMatch('in time');
  });

  test('come from the system’s resolver by default', async () => {
    const rules = callbackAddressRules({ allowHosts: [], storeUrl: store('https://shop.example') });
    expect(wordsOf(await rules.check(callback('https://localhost/')))).toMatch('loopback');
  });
});

describe('the store’s own address as a callback', () => {
  test.each([
    ['https://shop.example', 'https://shop.example/cb'],
    ['https://shop.example/store', 'https://SHOP.example:443/other'],
    ['https://shop.example', 'https://shop.example./cb'],
    ['https://shop.example:8443', 'https://shop.example:8443/cb'],
    ['http://shop.example', 'https://shop.example/cb'],
    ['https://bücher.example', 'https://xn--bcher-kva.example/cb'],
    ['https://93.184.215.14', 'https://93.184.215.14/cb'],
    ['https://shop.example', 'https://ｓｈｏｐ.example/cb'],
    ['https://shop.example', 'https://sh\u00adop。example/cb'],
  ])('is rejected for the store %s in %s, without a lookup', async (storeUrl, url) => {
    const wc = server({ storeUrl, names: { 'shop.example': [[PUBLIC]] } });
    expect(wordsOf(wc.rules.checkLiteral(callback(url)))).toContain('is this store’s own address');
    await expectRejected(wc, callback(url), 'own address');
    expect(wc.lookup.asked).toEqual([]);
  });

  test('does not include another port of its host, or another host', () => {
    const { rules } = server({ storeUrl: 'https://shop.example' });
    expect(rules.checkLiteral(callback('https://shop.example:8443/'))).toBeUndefined();
    expect(rules.checkLiteral(callback('https://app.shop.example/'))).toBeUndefined();
  });

  test('is accepted when CALLBACK_ALLOW_HOSTS names it', () => {
    const { rules } = server({ allow: 'shop.example:443' });
    expect(rules.checkLiteral(callback('https://shop.example/cb'))).toBeUndefined();
  });
});

describe('an app that redirects', () => {
  test.each([301, 302, 303, 307, 308])(
    'is not followed to a private address with status %d',
    async (status) => {
      const receiver = await startHttpsReceiver();
      try {
        for (const location of [
          `https://127.0.0.1:${port}/`,
          `http://[::1]:${port}/`,
          `//localhost:${port}/`,
        ]) {
          receiver.program({ status, headers: { location } });
          const wc = server({ allow: 'localhost', names: { localhost: [['127.0.0.1']] } });
          expect(await wc.deliver(callback(receiver.url()))).toMatchObject({
            delivered: false,
            reason: { kind: 'redirect', status },
          });
        }
        expect(connections).toBe(0);
        expect(receiver.received()).toHaveLength(3);
      } finally {
        await receiver.stop();
      }
    },
  );
});

describe('CALLBACK_ALLOW_HOSTS', () => {
  test('names a host that is not looked up until delivery', async () => {
    const wc = server({ allow: 'app.lan', names: { 'app.lan': [['127.0.0.1']] } });
    const url = callback(`https://app.lan:${port}/cb`);
    expect(await wc.rules.check(url)).toBeUndefined();
    expect(wc.lookup.asked).toEqual([]);
    expect(await wc.deliver(url)).toMatchObject({ delivered: false, reason: { kind: 'closed' } });
    expect(connections).toBe(1);
  });

  test.each([
    ['localhost', 'https://localhost:1234/', true],
    ['localhost', 'https://LOCALHOST.:1234/', true],
    ['localhost:1234', 'https://localhost:1234/', true],
    ['localhost:1234', 'https://localhost/', false],
    ['localhost:443', 'https://localhost/', true],
    ['localhost', 'https://a.localhost/', false],
    ['127.0.0.1', 'https://0x7f.1/', true],
    ['127.0.0.1', 'https://127.0.0.2/', false],
    ['[::1]:8443', 'https://[0::1]:8443/', true],
    ['[::1]:8443', 'https://[::1]/', false],
    ['10.0.0.0/8', 'https://10.9.8.7/', true],
    ['10.0.0.0/8', 'https://11.9.8.7/', true],
    ['10.0.0.0/8', 'https://192.168.0.1/', false],
    ['10.0.0.0/8', 'https://[::ffff:10.0.0.1]/', false],
    ['10.0.0.0/8', 'https://in10.example/', true],
    ['10.0.0.0/8', 'https://mixed.example/', false],
    ['fd00::/8', 'https://[fd12::1]/', true],
    ['fd00::/8', 'https://10.0.0.1/', false],
    ['bücher.example', 'https://XN--BCHER-KVA.example/', true],
  ])('set to %s allows %s: %s', async (allow, url, through) => {
    const { rules } = server({
      allow,
      names: {
        localhost: [['127.0.0.1']],
        'a.localhost': [['127.0.0.1']],
        'in10.example': [['10.0.0.1', PUBLIC]],
        'mixed.example': [['10.0.0.1', '192.168.0.1']],
      },
    });
    expect((await rules.check(callback(url))) === undefined).toBe(through);
  });
});

// Node reads these variables from the real environment, which a jest worker does not have, so each
// case runs in a process.
describe('the environment of a delivery', () => {
  const script = `
    const at = (file) => require(${JSON.stringify(compiled('server'))} + '/' + file);
    const { callbackAddressRules } = at('callback-delivery/address-rules');
    const { callbackDelivery } = at('callback-delivery/deliver');
    const { parseStoreUrl } = at('http/store-url');
    const storeUrl = parseStoreUrl('https://shop.example');
    const ca = process.env.TEST_CA;
    const trust = ca && { secureContext: () => require('node:tls').createSecureContext({ ca }) };
    const rules = callbackAddressRules({ allowHosts: [{ host: 'localhost' }], storeUrl });
    const { deliver } = callbackDelivery({ rules, userAgent: 'test', storeUrl, timeoutMs: 5000, ...trust });
    deliver(process.env.TEST_URL, ${JSON.stringify(KEYS)}).then((outcome) => console.log(JSON.stringify(outcome)));
  `;
  async function deliverWith(environment: Record<string, string>, url: string): Promise<unknown> {
    const args = ['--eval', script];
    const env = { PATH: process.env.PATH, TEST_URL: url, ...environment };
    const { stdout } = await promisify(execFile)(process.execPath, args, { env });
    return JSON.parse(stdout);
  }

  let receiver: HttpsReceiver;
  let rogue: HttpsReceiver;
  beforeAll(async () => {
    receiver = await startHttpsReceiver();
    rogue = await startHttpsReceiver({ certificate: 'selfSigned' });
  });
  afterAll(async () => {
    await receiver.stop();
    await rogue.stop();
  });

  test('cannot make it use a proxy, neither for an allowed address nor for a rejected one', async () => {
    const proxy = `http://127.0.0.1:${port}`;
    const names = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'];
    const proxies = { ...Object.fromEntries(names.map((name) => [name, proxy])), NODE_USE_ENV_PROXY: '1' };
    const environment = { ...proxies, TEST_CA: testCertificates().ca };
    expect(await deliverWith(environment, receiver.url())).toMatchObject({ delivered: true });
    expect(await deliverWith(environment, `https://10.0.0.1:${port}/`)).toMatchObject({
      reason: { kind: 'address-refused' },
    });
    expect(connections).toBe(0);
  });

  test('cannot turn its certificate checks off', async () => {
    expect(await deliverWith({ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, rogue.url())).toMatchObject({
      delivered: false,
      reason: { kind: 'tls', problem: 'self-signed' },
    });
    expect(rogue.received()).toEqual([]);
  });

  test('can add a private authority with NODE_EXTRA_CA_CERTS', async () => {
    expect(
      await deliverWith({ NODE_EXTRA_CA_CERTS: testCertificates().caFile }, receiver.url()),
    ).toMatchObject({
      delivered: true,
    });
  });
});
