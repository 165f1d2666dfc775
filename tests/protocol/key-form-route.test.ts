import express from 'express';
import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { NO_LIMITS } from '../../server/consumer-keys/key-limits';
import { rawPairs } from '../../server/http/php-params';
import { listening } from '../support/http/listening';
import { exchange, requestBytes } from '../support/http/raw-http';
import { verdict } from '../support/http/endpoints';
import { basicHeader, issueKey, NOW, signedTarget, type TestUpstream } from '../support/scenes/rest-scene';
import { startGateway, type TestGateway } from '../support/scenes/gateway-scene';
import { fakeClock, type TestStore } from '../support/store/test-store';
import { rejected } from '../unit/oauth-fixtures';

const ORDERS = '/wp-json/wc/v3/orders';
const HTTPS = ['X-Forwarded-Proto', 'https'] as const;
const FORM = 'application/x-www-form-urlencoded';
const MULTIPART = 'multipart/form-data; boundary=xx';
const TWO_ROUTES = rejected('The provided API key cannot be used to access this endpoint.');
const part = (name: string, value: string) =>
  `--xx\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;

/** A line that PHP reads in two pieces, the first of which ends like this. */
const longLine = (begin: string, end = '') => begin + 'a'.repeat(5120 - begin.length - end.length) + end;

/** Bodies that PHP 8.2 reads as `rest_route`, but few other readers (main/rfc1867.c). */
const UNUSUAL: readonly (readonly [type: string, body: string])[] = [
  ...[
    'Content-Disposition: form-data; na\r\nme="rest_route"\r\n\r\n',
    'Content-Disposition: form-data; name="rest_\r\nroute"\r\n\r\n',
    'Content-Disposition: form-data; name="rest\r\n route"\r\n\r\n',
    'Content-Disposition: form-data; name=rest_\r\nroute\r\nContent-Type: text/plain\r\n\r\n',
    'Content-Disposition: form-data; name="rest_route"\r\n\0\r\n',
    'Content-Disposition: form-data; name="rest_\0junk\r\nroute"\r\n\r\n',
    'Content-Disposition: form-data; name="rest[route"\n\n',
    'Content-Disposition: form-data; name=rest_ro\r\nute\r\nX\r:y\r\n\r\n',
    'Content-Disposition: form-data; name=rest_ro\0j\nute\r\0\nX\r\n\r\n',
    `${longLine('Content-Disposition: form-data; x=', '; name=rest_route')}Z:y\r\n\r\n`,
    `${longLine('Content-Disposition: form-data; name="rest_ro\0')}ute"\r\n\r\n`,
    `Content-Disposition: form-data; name="rest_route"\r\n${`X-Pad: ${'a'.repeat(90)}\r\n`.repeat(60)}\r\n`,
    // Parameters that only some readers find.
    'Content-Disposition:name="rest_route"\r\n\r\n',
    'Content-Disposition: form-data; name=="rest_route"\r\n\r\n',
    "Content-Disposition: form-data; name='rest_route'\r\n\r\n",
    'Content-Disposition: form-data; name= "rest_route"\r\n\r\n',
    'Content-Disposition: form-data; name ="rest_route"\r\n\r\n',
    'Content-Disposition: form-data; x-name="rest_route"\r\n\r\n',
    'Content-Disposition: form-data; name="rest_r\\oute"\r\n\r\n',
    'Content-Disposition: form-data; filename="a\\";name=rest_route;x="\r\n\r\n',
    // Rack reads the content as a head.
    '\r\nContent-Disposition: form-data; name="rest_route"\r\n\r\n',
    // Without a blank line, up to the end of the body.
    'Content-Disposition: form-data; name="rest_route"\r\n',
    // A reader that knows RFC 5987 would decode it.
    "Content-Disposition: form-data; name*=utf-8''rest%5Froute\r\n\r\n",
  ].map((head) => [MULTIPART, `--xx\r\n${head}/wc/v3/customers`] as const),
  // Two readers may take different boundaries.
  ...[
    'multipart/form-data',
    'multipart/form-data; boundary="x;x"',
    'multipart/form-data; boundary=xx; boundary=yy',
    'multipart/form-data; boundary=xx,yy',
    'multipart/form-data,/json; boundary=xx',
    `multipart/form-data; boundary=${'x'.repeat(5200)}`,
  ].map((type) => [type, `${part('rest_route', '/wc/v3/customers')}--xx--`] as const),
  [MULTIPART, `--xx\n${part('rest_route', '/wc/v3/customers').slice(6)}--xx--`],
  // Django reads what is before the first boundary, and after the last one.
  [MULTIPART, `${part('rest_route', '/wc/v3/customers').slice(6)}--xx--`],
  [MULTIPART, `--xx--\r\n${part('rest_route', '/wc/v3/customers').slice(6)}`],
  [MULTIPART, 'Content-Disposition: form-data; name="rest_route"\r\n\r\n/wc/v3/customers'],
  [MULTIPART, `x\n${part('rest_route', '/wc/v3/customers')}--xx--`],
];

/** Bodies from which WordPress, or an API that splits at `;`, reads another route than the address has. */
const NAMING: readonly (readonly [type: string, body: string])[] = [
  [FORM, 'rest_route=/wc/v3/customers&email=a@example.com'],
  [FORM, 'email=a@example.com&rest%5Froute=%2Fwc%2Fv3%2Fcustomers'],
  [FORM, 'rest.route=/wc/v3/customers'],
  [FORM, 'rest_route[]=/wc/v3/customers'],
  [FORM, 'status=x;rest_route=/wc/v3/customers'],
  [`${FORM}; charset=utf-8`, 'rest_route=/wc/v3/customers'],
  ...['rest_route ', 'rest_route; filename=x', '"rest route"', '"rest[ route"', '"rest[\t\troute"'].map(
    (name) =>
      [
        MULTIPART,
        `--xx\r\nContent-Disposition: form-data; name=${name}\r\n\r\n/wc/v3/customers\r\n--xx--`,
      ] as const,
  ),
  [MULTIPART, `${part('status', 'x')}${part('rest_route', '/wc/v3/customers')}--xx--`],
  ...[
    `Content-Disposition: form-data; name="rest_route['x']"`,
    'X: name=\r\nContent-Disposition: form-data; name=rest_route',
    'CONTENT-DISPOSITION:form-data;NAME="rest_route"',
    'Content-Disposition: form-data; filename="name=rest_route"; name="a"',
  ].map((head) => [MULTIPART, `--xx\r\n${head}\r\n\r\n/wc/v3/customers\r\n--xx--`] as const),
  ['multipart/form-data; charset=utf-8; boundary="xx"', `${part('rest_route', '/wc/v3/customers')}--xx--`],
  // WooCommerce's legacy API takes its route from the form as well.
  [FORM, 'wc-api-version=3&wc-api-route=/customers'],
  [MULTIPART, `${part('wc-api-version', '3')}${part('wc-api-route', '/customers')}--xx--`],
];
const HARMLESS: readonly (readonly [type: string, body: string])[] = [
  [FORM, 'status=completed'],
  [FORM, 'note=rest_route&a_rest_route=x'],
  [MULTIPART, `${part('status', 'completed')}--xx--`],
  [MULTIPART, `${part('status', 'rest_route\r\nname=rest_route')}--xx--`],
  // A file may have any content.
  [
    MULTIPART,
    `--xx\r\nContent-Disposition: form-data; name="f"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n${'\0a\r\n\r\nname=rest_route\n'.repeat(30_000)}\r\n--xx--\r\n`,
  ],
  [MULTIPART, `\r\n${part('naïve', 'ü')}--xx--\r\n`],
  [MULTIPART, '--xx\r\n\r\n--xx--\r\n'],
  ['multipart/form-data; charset="utf-8"; boundary=xx;', `${part('status', 'completed')}--xx--`],
  ['multipart/form-data; boundary="x/=x"', `--x/=x\r\n${part('status', 'x').slice(6)}--x/=x--`],
  [
    MULTIPART,
    '--xx\r\nContent-Disposition: form-data; name="f"; filename="C:\\b.png"; filename*=utf-8\'\'b.png\r\nContent-Type: image/png\r\n\r\nx\r\n--xx--',
  ],
  ['application/json', '{"rest_route":"/wc/v3/customers"}'],
];

describe('`rest_route` in the form of a key that opens some groups', () => {
  let gateway: TestGateway;
  let upstream: TestUpstream;
  let store: TestStore;
  let limited: IssuedKey;
  let unlimited: IssuedKey;
  beforeAll(async () => {
    gateway = await startGateway({ clock: fakeClock(NOW * 1000) });
    ({ store, upstream } = gateway);
    limited = await issueKey(store, 'read_write', { limits: { ...NO_LIMITS, resources: ['orders'] } });
    unlimited = await issueKey(store);
  });
  beforeEach(() => {
    upstream.requests.length = 0;
  });
  afterAll(() => gateway.close());
  const post = (
    key: IssuedKey,
    type: string,
    body: string | Buffer,
    more: readonly [string, string][] = [],
    base = store.url,
  ) =>
    exchange(
      base,
      requestBytes('POST', ORDERS, [basicHeader(key), HTTPS, ['Content-Type', type], ...more], body),
    );

  test.each(NAMING)('opens no other group through the gateway, in %s: %j', async (type, body) => {
    expect(verdict(await post(limited, type, body))).toEqual(TWO_ROUTES);
    expect(upstream.requests).toEqual([]);
    expect((await post(unlimited, type, body)).status).toBe(200);
  });

  test.each(UNUSUAL)('is not searched for in an unusual body, of %s: %j', async (type, body) => {
    const answer = await post(limited, type, body);
    expect([answer.status, answer.json()]).toMatchObject([415, { code: 'rest_unsupported_media_type' }]);
    expect(upstream.requests).toEqual([]);
    expect((await post(unlimited, type, body)).status).toBe(200);
  });

  test.each(HARMLESS)('is not found where there is none, in %s: %j', async (type, body) => {
    expect((await post(limited, type, body)).status).toBe(200);
    expect(upstream.requests).toMatchObject([{ method: 'POST', body }]);
  });

  test('is not found in what fetch makes of a form with files', async () => {
    const form = new FormData();
    form.set('naïve "name"\r\n', 'ü');
    form.set('photo', new Blob(['\0\r\n\r\n--', 'name=rest_route']), 'C:\\"ö".png');
    const sent = new Response(form);
    const type = sent.headers.get('content-type') ?? '';
    expect((await post(limited, type, Buffer.from(await sent.arrayBuffer()))).status).toBe(200);
    form.set('rest_route', '/wc/v3/customers');
    const naming = new Response(form);
    const itsType = naming.headers.get('content-type') ?? '';
    expect(verdict(await post(limited, itsType, Buffer.from(await naming.arrayBuffer())))).toEqual(
      TWO_ROUTES,
    );
  });

  test.each(NAMING)('opens no other group behind the middleware either, in %s: %j', async (type, body) => {
    const app = express();
    app.use('/wp-json', store.app.requireConsumerKey()).use(store.app.listener);
    const base = await listening(app);
    expect(verdict(await post(limited, type, body, [], base.url))).toEqual(TWO_ROUTES);
    expect(upstream.requests).toEqual([]);
    expect((await post(unlimited, type, body, [], base.url)).status).toBe(200);
    expect(upstream.requests).toMatchObject([{ method: 'POST', body }]);
    await base.close();
  });

  test.each(HARMLESS)(
    'a form without it passes the middleware and the gateway, in %s: %j',
    async (type, body) => {
      const app = express();
      app.use('/wp-json', store.app.requireConsumerKey()).use(store.app.listener);
      const base = await listening(app);
      expect((await post(limited, type, body, [], base.url)).status).toBe(200);
      expect(upstream.requests).toMatchObject([{ method: 'POST', body }]);
      await base.close();
    },
  );

  test.each<[what: string, type: string, more: [string, string][], body: string]>([
    ['compressed', FORM, [['Content-Encoding', 'gzip']], 'x=1'],
    ['in UTF-7', `${FORM}; charset=utf-7`, [], '+AHI-est_route=/wc/v3/customers'],
    ['in UTF-7 after all', `${FORM}; charset=utf-8; charset=utf-7`, [], '+AHI-est_route=/wc/v3/customers'],
  ])('cannot be hidden in a form that is %s', async (_what, type, more, body) => {
    const headers: [string, string][] = [['Content-Type', type], ...more];
    const signed = signedTarget(limited, { method: 'POST', path: ORDERS, form: rawPairs(body) });
    for (const request of [
      requestBytes('POST', ORDERS, [basicHeader(limited), HTTPS, ...headers], body),
      requestBytes('POST', signed, headers, body),
    ]) {
      const answer = await exchange(store.url, request);
      expect([answer.status, answer.json()]).toMatchObject([415, { code: 'rest_unsupported_media_type' }]);
    }
    expect(upstream.requests).toEqual([]);
  });
});
