import { once } from 'node:events';
import { openEndpoint } from '../support/http/endpoints';
import { connect, parseAnswer, requestBytes } from '../support/http/raw-http';
import { withRoutes } from '../support/http/routes';
import { startTestStore, type TestStore } from '../support/store/test-store';

let store: TestStore;
let ended: readonly (readonly [route: string, outcome: Promise<Outcome>])[];

interface Outcome {
  readonly received: Buffer;
  readonly sent: number;
}

/** More than the limit of any route. The trickle after it keeps the request open. */
const TOO_MUCH = 300 * 1024;
const TRICKLE_MS = 200;
/** Bytes that the trickle may send while the server still reads. */
const LINGERED = 10 * 1024;

/** Posts a form without an end until the server closes the connection. */
function post(path: string): Promise<Outcome> {
  const socket = connect(store.url);
  const received: Buffer[] = [];
  let sent = 0;
  const chunk = (size: number) => {
    socket.write(`${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`);
    sent += size;
  };
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: store.test\r\nContent-Type: application/x-www-form-urlencoded\r\n` +
      'Authorization: Bearer ck_1.cs_1\r\nTransfer-Encoding: chunked\r\n\r\n',
  );
  chunk(TOO_MUCH);
  const trickle = setInterval(() => {
    chunk(100);
  }, TRICKLE_MS);
  socket.on('data', (bytes: Buffer) => received.push(bytes));
  return new Promise((resolve) => {
    socket.once('close', () => {
      clearInterval(trickle);
      resolve({ received: Buffer.concat(received), sent });
    });
  });
}

/**
 * Returns the path of a route. `ALL` marks any method; a regular expression stands for the shopper
 * logout.
 */
const pathOf = (route: string) =>
  route
    .replace(/^(?:POST|ALL) /, '')
    .replace(/:\w+/g, '1')
    .replace(/^\/\^.*$/, '/shopper/auth/v1/organizations/o/oauth2/logout');

/** Routes that no router of Express lists, each with its status. */
const OTHERS = [
  ['/wc-auth/v1/authorize', 413],
  ['/wc-auth/v1/login', 413],
  ['/wc-auth/v1/access_granted', 413],
  ['/wc-auth/v1/access_denied', 413],
  // The parameters may belong to an OAuth signature, so the server reads the body.
  ['/wp-json/wc/v3/orders', 413],
  // These answer without reading the body.
  ['/wc-auth/v1/verify', 401],
  ['/nothing-here', 404],
] as const;

beforeAll(async () => {
  const [made, routes] = await withRoutes(() => startTestStore());
  store = made;
  const paths = routes.filter((route) => /^(?:POST|ALL) /.test(route)).map(pathOf);
  ended = [...new Set([...paths, ...OTHERS.map(([path]) => path)])].map((path) => [path, post(path)]);
});
afterAll(() => store.close());

test('ends an endless body at every route that accepts a POST with 413, and closes the connection soon', async () => {
  expect(ended.length).toBeGreaterThan(20);
  for (const [path, outcome] of ended) {
    const { received, sent } = await outcome;
    const expected = OTHERS.find(([other]) => other === path)?.[1] ?? 413;
    expect([path, parseAnswer(received).status]).toEqual([path, expected]);
    expect(sent).toBeLessThan(TOO_MUCH + LINGERED);
  }
});

test('rejects a body before it arrives when its Content-Length is too large', async () => {
  const head = requestBytes('POST', '/login', [
    ['Content-Type', 'application/x-www-form-urlencoded'],
    ['Content-Length', '1000000000'],
  ]);
  const socket = connect(store.url);
  socket.write(head);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(parseAnswer(answer).status).toBe(413);
  await once(socket, 'close');
});

test('rejects a large Content-Length in an Express app with the middleware', async () => {
  const endpoint = await openEndpoint('middleware', store);
  const answer = await endpoint.send({
    method: 'POST',
    target: '/orders?oauth_consumer_key=ck_1',
    headers: [
      ['Content-Type', 'application/x-www-form-urlencoded'],
      ['Content-Length', '1000000000'],
    ],
    body: 'a=1',
  });
  expect(answer.status).toBe(413);
  await endpoint.close();
});
