import fc from '../support/jest/fast-check';
import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { ENDPOINTS, openEndpoint, verdict, type Ask, type Endpoint } from '../support/http/endpoints';
import { connect, exchange, requestBytes, untilClosed } from '../support/http/raw-http';
import { basicHeader, enc, issueKey, NOW, query, signedTarget } from '../support/scenes/rest-scene';
import { fakeClock, startTestStore, type TestStore } from '../support/store/test-store';
import { SIGNATURE_DIFFERS } from '../unit/oauth-fixtures';

const PATH = '/wp-json/wc/v3/products';
const FORM = ['Content-Type', 'application/x-www-form-urlencoded'] as const;
let store: TestStore;
let key: IssuedKey;
let endpoints: Record<string, Endpoint>;
const uncaught: unknown[] = [];
const note = (error: unknown) => uncaught.push(error);

beforeAll(async () => {
  process.on('unhandledRejection', note);
  store = await startTestStore({
    clock: fakeClock(NOW * 1000),
    env: { TRUST_PROXY: 'loopback', OAUTH_DEBUG: '1' },
  });
  key = await issueKey(store);
  const opened = await Promise.all(ENDPOINTS.map((name) => openEndpoint(name, store)));
  endpoints = Object.fromEntries(opened.map((endpoint) => [endpoint.name, endpoint]));
});
afterAll(async () => {
  for (const endpoint of Object.values(endpoints)) await endpoint.close();
  await store.app.close();
  await store.close();
  process.off('unhandledRejection', note);
  expect(uncaught).toEqual([]);
});

/** Returns the bytes of a text, one per character. */
const bytes = (text: string) => Buffer.from(text, 'utf8').toString('latin1');

describe.each(ENDPOINTS)(
  'bad input at the endpoint %s, answered with a 4xx of the table or accepted',
  (name) => {
    const wrong = query([
      ['oauth_consumer_key', 'ck_x'],
      ['oauth_nonce', 'n'],
      ['oauth_timestamp', String(NOW)],
      ['oauth_signature_method', 'HMAC-SHA1'],
      ['oauth_signature', 'x'],
    ]);
    test.each<[string, () => Ask]>([
      ['Basic with bad base64', () => ({ headers: [['Authorization', 'Basic ====:::']] })],
      [
        'Basic with bytes that are not UTF-8',
        () => ({ headers: [['Authorization', `Basic ${Buffer.from('ÿ:þ', 'latin1').toString('base64')}`]] }),
      ],
      ['raw bytes in a header', () => ({ headers: [['Authorization', 'OAuth oauth_nonce="\xff\xfe\x80"']] })],
      ['a lone surrogate', () => ({ target: `${PATH}?a=%ED%A0%80&${wrong}` })],
      ['bytes that are not UTF-8 in the query', () => ({ target: `${PATH}?%ff=%fe%80&${wrong}` })],
      ['a NUL in a name', () => ({ target: `${PATH}?oauth_nonce%00x=1&${wrong}` })],
      ['half an escape', () => ({ target: `${PATH}?%=%a&%zz&${wrong}` })],
      [
        '__proto__',
        () => ({ target: `${PATH}?__proto__=1&__proto__[x]=1&constructor[prototype][x]=1&${wrong}` }),
      ],
      [
        'headers named like members of an object',
        () => ({ headers: [['__proto__', 'x'], ['constructor', 'x'], ['toString', 'x'], basicHeader(key)] }),
      ],
      ['arrays of all OAuth parameters', () => ({ target: `${PATH}?${wrong.replaceAll('=', '[]=')}` })],
      ['all OAuth parameters twice', () => ({ target: `${PATH}?${wrong}&${wrong}` })],
      ['two Authorization headers', () => ({ headers: [basicHeader(key), ['Authorization', 'Basic eDp5']] })],
      [
        'a credential in two places',
        () => ({ target: `${PATH}?consumer_key=a&consumer_secret=b&${wrong}`, headers: [basicHeader(key)] }),
      ],
      ['brackets 200 deep', () => ({ target: `${PATH}?a${'[b]'.repeat(200)}=1&${wrong}` })],
      ['2,000 parameters in the query', () => ({ target: `${PATH}?${'a[]=1&'.repeat(2000)}${wrong}` })],
      [
        '10,000 parameters in a form',
        () => ({
          method: 'POST',
          target: `${PATH}?${wrong}`,
          headers: [FORM],
          body: 'a[]=1&'.repeat(10_000),
        }),
      ],
      [
        '10,000 brackets in a form',
        () => ({
          method: 'POST',
          target: `${PATH}?${wrong}`,
          headers: [FORM],
          body: `a${'[b]'.repeat(10_000)}=1`,
        }),
      ],
      [
        'a form of another charset',
        () => ({
          method: 'POST',
          target: `${PATH}?${wrong}`,
          headers: [['Content-Type', `${FORM[1]}; charset=utf-7`]],
          body: 'a=1',
        }),
      ],
      [
        'a form of an unknown encoding',
        () => ({
          method: 'POST',
          target: `${PATH}?${wrong}`,
          headers: [FORM, ['Content-Encoding', 'br2']],
          body: 'a=1',
        }),
      ],
      [
        'a form that is not what its encoding says',
        () => ({
          method: 'POST',
          target: `${PATH}?${wrong}`,
          headers: [FORM, ['Content-Encoding', 'gzip']],
          body: 'a=1',
        }),
      ],
      [
        'a method override of 5,000 letters',
        () => ({ headers: [['X-HTTP-Method-Override', 'x'.repeat(5000)], basicHeader(key)] }),
      ],
      ['an odd Host', () => ({ headers: [['Host', 'a b/../?#'], basicHeader(key)] })],
    ])('causes no server error: %s', async (_, make) => {
      const answer = await endpoints[name]!.send(make());
      expect([200, 400, 401, 403, 404, 413, 415]).toContain(answer.status);
      if (answer.status !== 200 && answer.headers['content-type'] !== undefined)
        expect(answer.json()).toHaveProperty('code');
    });

    test('does not include 10,000 correctly signed parameters of a form, which are accepted', async () => {
      const form = Array.from({ length: 10_000 }, (_, i) => [`p${i}`, 'x'] as const);
      const target = signedTarget(key, { method: 'POST', form });
      const answer = await endpoints[name]!.send({
        method: 'POST',
        secure: false,
        target,
        headers: [FORM],
        body: query(form),
      });
      expect(verdict(answer)).toEqual(name === 'forward auth' ? SIGNATURE_DIFFERS : 'accepted');
    });

    test('causes no server error in random requests', async () => {
      const text = fc.oneof(
        fc.string({
          unit: fc.constantFrom(
            ...Array.from('a=&[]%+,":/?#@;.~\\'),
            'oauth_nonce',
            'consumer_key',
            '__proto__',
            '%ff',
            '%00',
          ),
        }),
        fc.string({ unit: 'grapheme', maxLength: 20 }).map(bytes),
      );
      const clean = (raw: string) => raw.replace(/[^!-~]/g, '');
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom('GET', 'POST', 'OPTIONS', 'HEAD', 'DELETE'),
          text,
          text,
          text,
          fc.boolean(),
          async (method, a, b, c, secure) => {
            const answer = await endpoints[name]!.send({
              method,
              secure,
              target: `/wp-json/${clean(a)}?${wrong}&${clean(b)}`,
              headers: [
                ['Authorization', `${secure ? 'Basic' : 'OAuth'} ${c.replace(/[^ -~\x80-\xff]/g, '')}`],
                ['X-HTTP-Method-Override', clean(a)],
                FORM,
              ],
              body: method === 'POST' ? b : '',
            });
            expect(answer.status).toBeLessThan(500);
          },
        ),
        { numRuns: 150 },
      );
    });
  },
);

describe('requests that Node itself rejects', () => {
  test.each([
    [
      'a header of 64 KiB',
      `GET ${PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: OAuth ${'x'.repeat(65_536)}\r\n\r\n`,
      [431],
    ],
    ['a target of 64 KiB', `GET ${PATH}?${'a'.repeat(65_536)} HTTP/1.1\r\nHost: x\r\n\r\n`, [414, 431]],
    [
      '10,000 parameters in a query',
      `GET ${PATH}?${'a[]=1&'.repeat(10_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
      [414, 431],
    ],
    ['no Host', `GET ${PATH} HTTP/1.1\r\nConnection: close\r\n\r\n`, [400]],
    ['nonsense', 'HELLO\r\n\r\n', [400]],
    [
      'a raw byte in the target',
      `GET ${PATH}?\xff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      [400, 401],
    ],
  ])('get a 4xx: %s', async (_, raw, statuses) => {
    expect(statuses).toContain((await exchange(store.url, raw)).status);
    expect((await exchange(store.url, requestBytes('GET', '/wp-json/'))).status).toBe(200);
  });
  test('include CONNECT, which closes the connection', async () => {
    const socket = connect(store.url);
    socket.write('CONNECT store.test:80 HTTP/1.1\r\nHost: store.test\r\n\r\n');
    expect((await untilClosed(socket)).toString()).not.toMatch(/^HTTP\/1\.1 (?:200|5)/);
  });
});

describe('a signed request with one changed byte, over real sockets', () => {
  const form = [
    ['name', 'Tea & biscuits'],
    ['price', '4.50'],
  ] as const;
  const params = [
    ['page', '2'],
    ['search', 'blue mug'],
  ] as const;
  const fresh = () => signedTarget(key, { method: 'POST', params, form });
  // PHP removes spaces before a name and reads other spaces and dots as `_`.
  const phpName = (name: string) => name.replace(/^ +/, '').replace(/[ .]/g, '_');
  const meaning = (text: string) =>
    [...new URLSearchParams(text.replace(/%(?![0-9a-f]{2})/gi, '%25'))]
      .map(([name, value]) => `${enc(phpName(name))}=${enc(value)}`)
      .sort()
      .join('&');
  const send = (endpoint: Endpoint, ask: Ask) =>
    endpoint.send({
      method: 'POST',
      secure: false,
      target: fresh(),
      headers: [FORM],
      body: query(form),
      ...ask,
    });

  test.each(['gateway', 'middleware'])('is rejected at the endpoint %s', async (name) => {
    const endpoint = endpoints[name]!;
    expect(verdict(await send(endpoint, {}))).toBe('accepted');
    const edit = fc.record({
      at: fc.nat(),
      byte: fc.constantFrom(...Array.from('abcxyzABC0189-_.~=%+')),
      insert: fc.boolean(),
    });
    const changed = (text: string, { at, byte, insert }: { at: number; byte: string; insert: boolean }) => {
      const place = at % text.length;
      return text.slice(0, place) + byte + text.slice(insert ? place : place + 1);
    };
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('method', 'host', 'path', 'query', 'form'),
        edit,
        async (part, how) => {
          const target = fresh();
          const [path, rest] = target.split('?') as [string, string];
          const own = rest.slice(0, rest.indexOf('&oauth_'));
          let ask: Ask;
          if (part === 'method') {
            ask = { target, method: ['PUT', 'PATCH', 'DELETE', 'GET'][how.at % 4]! };
          } else if (part === 'host') {
            const host = changed('store.test', { ...how, byte: /[a-z0-9-]/.exec(how.byte)?.[0] ?? 'x' });
            if (host === 'store.test') return;
            ask = { target, headers: [FORM, ['Host', host]] };
          } else if (part === 'path') {
            // The first part of the path selects the endpoint, so it stays.
            const other = '/wp-json/' + changed(path.slice('/wp-json/'.length), how);
            if (other === path) return;
            ask = { target: `${other}?${rest}` };
          } else if (part === 'query') {
            const other = changed(own, how);
            if (meaning(other) === meaning(own)) return;
            ask = { target: `${path}?${other}${rest.slice(own.length)}` };
          } else {
            const other = changed(query(form), how);
            if (meaning(other) === meaning(query(form))) return;
            ask = { target, body: other };
          }
          const answer = await send(endpoint, ask);
          expect([400, 401]).toContain(answer.status);
        },
      ),
      { numRuns: 200 },
    );
  });
});
