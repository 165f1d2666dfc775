import { once } from 'node:events';
import { openEndpoint } from '../support/endpoints';
import { connect, parseAnswer, requestBytes } from '../support/raw-http';
import { withRoutes } from '../support/routes';
import { startTestStore, type TestStore } from '../support/test-store';

let store: TestStore;
let ended: readonly (readonly [route: string, outcome: Promise<Outcome>])[];

interface Outcome {
  readonly received: Buffer;
  readonly sent: number;
}

/** Larger than any body that is read here; the trickle after it keeps the request unended. */
const TOO_MUCH = 300 * 1024;
const TRICKLE_MS = 200;
/** What can be said in the time in which a body is still read on. */
const LINGERED = 10 * 1024;

/** Posts a form without an end, until the server closes the connection. */
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

/** `ALL` stands for a route of every method, a regular expression for the one route that is none. */
const pathOf = (route: string) =>
  route
    .replace(/^(?:POST|ALL) /, '')
    .replace(/:\w+/g, '1')
    .replace(/^\/\^.*$/, '/shopper/auth/v1/organizations/o/oauth2/logout');

/** Those that no router of Express knows one by one, and what each of them answers. */
const OTHERS = [
  ['/wc-auth/v1/authorize', 413],
  ['/wc-auth/v1/login', 413],
  ['/wc-auth/v1/access_granted', 413],
  ['/wc-auth/v1/access_denied', 413],
  // Its parameters may be an OAuth signature's, so it is read.
  ['/wp-json/wc/v3/orders', 413],
  // Answered without a look at the body.
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

test('every route that takes a POST ends a body without an end: 413, and soon no connection any more', async () => {
  expect(ended.length).toBeGreaterThan(20);
  for (const [path, outcome] of ended) {
    const { received, sent } = await outcome;
    const expected = OTHERS.find(([other]) => other === path)?.[1] ?? 413;
    expect([path, parseAnswer(received).status]).toEqual([path, expected]);
    expect(sent).toBeLessThan(TOO_MUCH + LINGERED);
  }
});

test('a body that says beforehand that it is too large is refused before it comes', async () => {
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

test('an Express app of one’s own is told too', async () => {
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
