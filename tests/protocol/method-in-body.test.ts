import { deflateSync, gzipSync } from 'node:zlib';
import express from 'express';
import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { listening } from '../support/http/listening';
import { exchange, requestBytes } from '../support/http/raw-http';
import {
  basicHeader,
  issueKey,
  keyRow,
  NOW,
  query,
  signedTarget,
  type TestUpstream,
} from '../support/scenes/rest-scene';
import { verdict } from '../support/http/endpoints';
import { startGateway, type TestGateway } from '../support/scenes/gateway-scene';
import { fakeClock, startTestStore, type TestStore } from '../support/store/test-store';
import { rejected } from '../unit/oauth-fixtures';

const PATH = '/wp-json/wc/v3/products';
const HTTPS = ['X-Forwarded-Proto', 'https'] as const;
const FORM = 'application/x-www-form-urlencoded';
const MULTIPART = 'multipart/form-data; boundary=xx';
const NO_READ = rejected('The API key provided does not have read permissions.');
const UNKNOWN_METHOD = rejected('Unknown request method.');
const part = (head: string, value: string) =>
  `--xx\r\nContent-Disposition: form-data; ${head}\r\n\r\n${value}\r\n`;

let gateway: TestGateway;
let store: TestStore;
let upstream: TestUpstream;
let writer: IssuedKey;
let both: IssuedKey;

beforeAll(async () => {
  gateway = await startGateway({ clock: fakeClock(NOW * 1000) });
  ({ store, upstream } = gateway);
  writer = await issueKey(store, 'write');
  both = await issueKey(store);
});
beforeEach(() => {
  upstream.requests.length = 0;
});
afterAll(() => gateway.close());

const post = (key: IssuedKey, type: string, body: string, target = PATH) =>
  exchange(store.url, requestBytes('POST', target, [basicHeader(key), HTTPS, ['Content-Type', type]], body));

/** Bodies that ask an API which looks for _method to read instead of write. */
const READING: readonly (readonly [type: string, body: string])[] = [
  [FORM, '_method=GET&name=x'],
  [FORM, 'name=x&_method=get'],
  [FORM, '%5Fmethod=HEAD'],
  [FORM, '.method=GET'],
  [FORM, '_method=GET&_method=POST'],
  [FORM, 'name=x;_method=GET'],
  [`${FORM}; charset=utf-8`, '_method=GET'],
  ['application/json', '{"name":"x","_method":"GET"}'],
  ['application/json; charset=utf-8', '{"\\u005fmethod":"get"}'],
  ['application/vnd.api+json', '{"_method":"GET"}'],
  [MULTIPART, `${part('name="name"', 'x')}${part('name="_method"', 'GET')}--xx--`],
  [MULTIPART, `${part('name=_method; filename=y', 'get')}--xx--`],
  [MULTIPART, `${part('name="\t_method "', 'GET')}--xx--`],
  // Express and Rack take the brackets off.
  [FORM, '[_method]=GET'],
  [FORM, '_method]=GET'],
  [MULTIPART, `${part('name="[_method]"', 'GET')}--xx--`],
  [MULTIPART, `--xx\r\nX: y\r\ncontent-disposition: form-data; name="_method"\r\nZ: 1\r\n\r\nGET\r\n--xx--`],
  // Rack takes a body without a type for a form, and a Content-ID for a name.
  ['', '_method=GET'],
  ['multipart/mixed; boundary=xx', `--xx\r\nContent-ID: <_method>\r\n\r\nGET\r\n--xx--`],
  // Laravel looks for `/json` anywhere.
  ['text/plain; a=/json', '{"_method":"GET"}'],
];
/** Bodies that do not. */
const WRITING: readonly (readonly [type: string, body: string])[] = [
  [FORM, '_method=PUT&name=x'],
  [FORM, '_method=&a_method=GET&name=_method%3DGET&method=GET'],
  ['application/json', '{"_method":"DELETE"}'],
  ['application/json', '{"meta":{"_method":"GET"},"key":"_method","value":"GET","_method":null}'],
  ['application/json', '["_method","GET"]'],
  ['application/json', '{"_method":"GET"'],
  ['application/json', ''],
  [MULTIPART, `${part('name="_method"', 'PATCH')}${part('name="a"; filename="_method"', 'GET')}--xx--`],
  [MULTIPART, ''],
  ['application/octet-stream', '_method=GET'],
  ['text/plain', '{"_method":"GET"}'],
];

describe('_method in the body of a POST', () => {
  test.each(READING)('needs the read permission as well, in %s: %j', async (type, body) => {
    expect(verdict(await post(writer, type, body))).toEqual(NO_READ);
    expect(upstream.requests).toEqual([]);
    expect((await post(both, type, body)).status).toBe(200);
    expect(upstream.requests).toMatchObject([{ method: 'POST', body }]);
  });

  test.each(WRITING)('needs only the write permission, in %s: %j', async (type, body) => {
    expect((await post(writer, type, body)).status).toBe(200);
    expect(upstream.requests).toMatchObject([{ method: 'POST', body }]);
  });

  test.each([
    ['a multipart body with over 25,000 parts', MULTIPART, part('name=a', 'x').repeat(12_600)],
    [
      'a multipart body with over 25,000 names',
      MULTIPART,
      part(Array.from({ length: 300 }, (_, at) => `name=a${at}`).join('; '), '').repeat(50),
    ],
    [
      'a multipart body with over 25,000 headers',
      MULTIPART,
      `--xx\r\n${'A:\r\n'.repeat(1000)}\r\n`.repeat(30),
    ],
    ['a form with over 25,000 names', FORM, 'a&'.repeat(25_000)],
    ['a form with over 25,000 names after a ;', FORM, 'a;'.repeat(4_000_000)],
  ])('is not searched for in %s', async (_what, type, body) => {
    const answer = await post(writer, type, body);
    expect([answer.status, answer.json()]).toMatchObject([413, { code: 'rest_body_too_large' }]);
    expect(upstream.requests).toEqual([]);
  });

  test.each<[type: string, beginning: string, filling: string]>([
    [MULTIPART, '', `--xx\r\n${'A:\r\n'.repeat(1000)}\r\n\r\n`],
    ...['a', '\r\n', '\0\n', '--x', '\r\n--xx--'].map((filling): [string, string, string] => [
      MULTIPART,
      '--xx\r\nA: b\r\n\r\n',
      filling,
    ]),
    ...['a', ' name=', 'a: b\r\n'].map((filling): [string, string, string] => [
      MULTIPART,
      '--xx\r\n',
      filling,
    ]),
    [FORM, 'a', 'a'],
    [FORM, 'a', '%'],
    ['application/json', '"', 'a'],
    ['', 'a', '[a]'],
  ])('is looked for in little time in 8 MiB of %s: %j and many %j', async (type, beginning, filling) => {
    const body = beginning + filling.repeat(8_000_000 / filling.length);
    const began = process.cpuUsage();
    await post(writer, type, body);
    expect(process.cpuUsage(began).user / 1e6).toBeLessThan(2.5);
  });

  test.each([
    ['with a byte order mark', 'application/json', Buffer.from('\ufeff{"_method":"GET"}')],
    [
      'with a byte order mark and a charset',
      'application/json; charset=UTF-8',
      Buffer.from('\ufeff{"_method":"get"}'),
    ],
  ])('is found in JSON %s', async (_how, type, body) => {
    const headers = [basicHeader(writer), HTTPS, ['Content-Type', type]] as const;
    expect(verdict(await exchange(store.url, requestBytes('POST', PATH, headers, body)))).toEqual(NO_READ);
    expect(upstream.requests).toEqual([]);
  });

  describe('a body that this server cannot search', () => {
    const json = '{"_method":"GET"}';
    const utf16be = Buffer.from(json, 'utf16le').swap16();
    const [gzip, deflate] = [gzipSync, deflateSync] as const;
    test.each([
      ['application/json; charset=utf-16le', '', Buffer.from(json, 'utf16le')],
      ['application/json', '', Buffer.from(json, 'utf16le')],
      ['application/json', '', utf16be],
      ['application/json; charset="UTF-32"', '', Buffer.from(json)],
      [`${FORM}; charset=utf-7`, '', Buffer.from('+AF8-method=GET')],
      [`${FORM}; charset=ebcdic-int`, '', Buffer.from('x')],
      // Of two character sets, one parser takes the first and another the last.
      ['application/json; charset=utf-8; charset=utf-7', '', Buffer.from('{"+AF8-method":"GET"}')],
      ['application/json; x="; charset=utf-8"; charset=utf-7', '', Buffer.from('{"+AF8-method":"GET"}')],
      ['application/json; charset*=utf-7', '', Buffer.from('{"+AF8-method":"GET"}')],
      ['application/json; charset*0=utf-; charset*1=16', '', Buffer.from('{"+AF8-method":"GET"}')],
      // PHP cuts a media type at a comma or a blank.
      [`${FORM},/json`, '', Buffer.from('_method=GET')],
      [`${FORM} /json`, '', Buffer.from('_method=GET')],
      ['multipart/form-data,/json; boundary=xx', '', Buffer.from(`${part('name="_method"', 'GET')}--xx--`)],
      ['application/json', 'gzip', gzip(json)],
      ['application/json', ' GZIP ', gzip(json)],
      ['application/json', 'deflate', deflate(json)],
      ['application/json', 'identity, gzip', gzip(json)],
      ['application/json', 'br', Buffer.from('x')],
      [FORM, 'gzip', gzip('_method=GET')],
      [MULTIPART, 'gzip', gzip(`${part('name="_method"', 'GET')}--xx--`)],
    ])(
      'is rejected with a write-only key and passed on with any other: %s, %s',
      async (type, encoding, body) => {
        const send = (key: IssuedKey) => {
          const encoded = encoding === '' ? [] : [['Content-Encoding', encoding] as const];
          const headers = [basicHeader(key), HTTPS, ['Content-Type', type] as const, ...encoded];
          return exchange(store.url, requestBytes('POST', PATH, headers, body));
        };
        const rejected = await send(writer);
        expect([rejected.status, rejected.json()]).toMatchObject([
          415,
          { code: 'rest_unsupported_media_type' },
        ]);
        expect(upstream.requests).toEqual([]);
        expect((await send(both)).status).toBe(200);
      },
    );

    test.each([
      ['application/json; charset=utf-8', ''],
      ['application/json; charset=us-ascii', 'identity'],
      [`${FORM}; charset=ISO-8859-1`, ''],
    ])('does not include %s, %s', async (type, encoding) => {
      const encoded = encoding === '' ? [] : [['Content-Encoding', encoding] as const];
      const headers = [basicHeader(writer), HTTPS, ['Content-Type', type] as const, ...encoded];
      const body = type.startsWith(FORM) ? 'name=x' : '{"name":"x"}';
      expect((await exchange(store.url, requestBytes('POST', PATH, headers, body))).status).toBe(200);
    });
  });

  test.each([
    [FORM, '_method[]=GET'],
    [FORM, '_method=STEAL'],
    ['application/json', '{"_method":["GET"]}'],
    ['application/json', '{"_method":7}'],
  ])('is rejected as unknown, in %s: %j', async (type, body) => {
    expect(verdict(await post(writer, type, body))).toEqual(UNKNOWN_METHOD);
    expect(upstream.requests).toEqual([]);
  });

  test('is found in chunks, in a signed form and in a signed JSON body', async () => {
    const chunked = [
      basicHeader(writer),
      HTTPS,
      ['Content-Type', FORM],
      ['Transfer-Encoding', 'chunked'],
    ] as const;
    const body = '8\r\n_method=\r\n3\r\nGET\r\n0\r\n\r\n';
    expect(verdict(await exchange(store.url, requestBytes('POST', PATH, chunked, body)))).toEqual(NO_READ);

    const form = [['_method', 'GET']] as const;
    const signed = (key: IssuedKey) => signedTarget(key, { method: 'POST', path: PATH, form });
    const send = (target: string, type: string, text: string) =>
      exchange(store.url, requestBytes('POST', target, [['Content-Type', type]], text));
    expect(verdict(await send(signed(writer), FORM, query(form)))).toEqual(NO_READ);
    expect((await send(signed(both), FORM, query(form))).status).toBe(200);
    const json = signedTarget(writer, { method: 'POST', path: PATH });
    expect(verdict(await send(json, 'application/json', '{"_method":"GET"}'))).toEqual(NO_READ);
  });

  test('is not a use of the key when it is rejected', async () => {
    const own = await startTestStore({ env: { TRUST_PROXY: 'loopback' } });
    const key = await issueKey(own, 'write');
    const headers = [basicHeader(key), HTTPS, ['Content-Type', 'application/json']] as const;
    await exchange(own.url, requestBytes('POST', PATH, headers, '{"_method":"GET"}'));
    // Saves what is still in memory.
    await own.app.close();
    expect(await keyRow(own, key.keyId)).toMatchObject({ last_access: null });
    await own.close();
  });

  test('is looked for in up to 8 MiB; a larger body gets 413 with a write-only key and streams with any other', async () => {
    const fits = `{"a":"${'x'.repeat(8 * 1024 * 1024 - 8)}"}`;
    expect((await post(writer, 'application/json', fits)).status).toBe(200);
    expect((await post(writer, 'application/json', ` ${fits}`)).status).toBe(413);
    expect((await post(both, 'application/json', ` ${fits}`)).status).toBe(200);
    expect((await post(writer, 'application/octet-stream', ` ${fits}`)).status).toBe(200);
    expect(upstream.requests.map((request) => request.body.length)).toEqual([
      fits.length,
      fits.length + 1,
      fits.length + 1,
    ]);
  });
});

test.each([
  ['image/png', `_method=GET&${'&;'.repeat(25_000)}`, 200],
  ['text/plain', '_method=GET', 200],
  [FORM, '_method=GET', 401],
  ['', '_method=GET', 401],
])(
  'behind a parser that keeps the bytes, a body of %j is searched only if it can have a _method',
  async (type, body, status) => {
    const app = express();
    app.use(express.raw({ type: () => true }), store.app.requireConsumerKey(), (_request, response) => {
      response.end();
    });
    const base = await listening(app);
    const headers = [basicHeader(writer), HTTPS, ['Content-Type', type]] as const;
    expect((await exchange(base.url, requestBytes('POST', PATH, headers, body))).status).toBe(status);
    await base.close();
  },
);

test('rest_route in a form that the server reads names a second route', async () => {
  const TWO_ROUTES = rejected('The provided API key cannot be used to access this endpoint.');
  const send = (
    path: string,
    params: readonly (readonly [string, string])[],
    route: string,
    raw?: string,
  ) => {
    const form = [['rest_route', route]] as const;
    const target = signedTarget(both, { method: 'POST', path, params, form });
    return exchange(store.url, requestBytes('POST', target, [['Content-Type', FORM]], raw ?? query(form)));
  };
  const ROUTE = [['rest_route', '/wc/v3/products']] as const;
  expect(verdict(await send(PATH, [], '/wp/v2/users'))).toEqual(TWO_ROUTES);
  expect(verdict(await send('/', ROUTE, '/wp/v2/users'))).toEqual(TWO_ROUTES);
  expect(verdict(await send('/wp-json/', [], '/wp/v2/users'))).toEqual(TWO_ROUTES);
  expect(upstream.requests).toEqual([]);
  // WordPress accepts the same value in both places.
  expect((await send('/', ROUTE, '/wc/v3/products')).status).toBe(200);
});

test('OPTIONS with _method in its form needs a key', async () => {
  const bytes = requestBytes('OPTIONS', PATH, [HTTPS, ['Content-Type', FORM]], '_method=DELETE');
  expect((await exchange(store.url, bytes)).status).toBe(401);
  expect(upstream.requests).toEqual([]);
});
