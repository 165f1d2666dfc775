import { connect, untilClosed } from '../http/raw-http';
import { basicHeader } from '../scenes/rest-scene';
import { HOP_BY_HOP_NAMES } from './forged-names';
import { PATH, type Headers, type RecipeScene } from './recipe-scene';

// curl sends these for `--http2` (RFC 7540 section 3.2).
const H2C: Headers = [
  ['Connection', 'Upgrade, HTTP2-Settings'],
  ['Upgrade', 'h2c'],
  ['HTTP2-Settings', 'AAMAAABkAARAAAAAAAIAAAAA'],
];
const WEBSOCKET: Headers = [
  ['Connection', 'keep-alive, Upgrade'],
  ['Upgrade', 'websocket'],
  ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
  ['Sec-WebSocket-Version', '13'],
];
const UPGRADES: readonly (readonly [string, Headers])[] = [
  ['h2c', H2C],
  ['h2c, Connection: Upgrade alone', [['Connection', 'Upgrade'], ...H2C.slice(1)]],
  ['h2c, in lower case', H2C.map(([name, value]) => [name.toLowerCase(), value.toLowerCase()])],
  ['WebSocket', WEBSOCKET],
  ['two Connection headers', [['Connection', 'keep-alive'], ...H2C]],
  [
    'two protocols',
    [
      ['Connection', 'upgrade'],
      ['Upgrade', 'websocket, h2c'],
    ],
  ],
  [
    'another protocol',
    [
      ['Connection', 'upgrade'],
      ['Upgrade', 'IRC/6.9'],
    ],
  ],
];
const FORGED: Headers = [
  ['X-WC-Key-Id', '1'],
  ['X-WC-User-Id', '1'],
  ['X-WC-Permissions', 'read_write'],
];

interface HopByHop {
  /** Methods and targets of the requests that ask for an upgrade. */
  readonly asks: readonly (readonly [string, string])[];
  readonly bases: () => readonly string[];
  /** Returns the upgrades that the upstream granted. */
  readonly upgrades: () => readonly string[];
}

/**
 * Tests that no client gets a tunnel through the proxy. What comes through one is neither verified
 * nor cleaned.
 */
export function describeUpgrades({ asks, bases, upgrades }: HopByHop): void {
  const all = asks.flatMap(([method, target]) =>
    UPGRADES.map(([name, headers]) => [`${method} ${target}`, name, method, target, headers] as const),
  );
  test.each(all)('%s does not open a tunnel (%s)', async (_, __, method, target, headers) => {
    for (const base of bases()) {
      const answers = await throughTunnel(base, head(method, target, base, headers));
      expect(answers).not.toMatch(/^HTTP\/1\.1 101|tunnelled/);
    }
    expect(upgrades()).toEqual([]);
  });
}

/**
 * Asks for an upgrade and, after the first answer, for the orders, with forged identity headers.
 */
async function throughTunnel(base: string, asking: string): Promise<string> {
  const socket = connect(base);
  const second = head('GET', '/wp-json/wc/v3/orders', base, [...FORGED, ['Connection', 'close']]);
  let seen = '';
  socket.on('data', function answered(bytes: Buffer) {
    seen += bytes.toString('latin1');
    if (!seen.includes('\r\n\r\n')) return;
    socket.off('data', answered);
    socket.write(second);
  });
  socket.write(asking);
  return (await untilClosed(socket)).toString('latin1');
}

function head(method: string, target: string, base: string, headers: Headers): string {
  const lines = [['Host', new URL(base).host] as const, ...headers].map((pair) => pair.join(': '));
  return `${method} ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
}

/**
 * Tests headers that are only for the proxy, and headers that `Connection` names (RFC 9110 section
 * 7.6.1).
 */
export function describeHopByHop(scene: RecipeScene): void {
  describeUpgrades({
    asks: [
      ['OPTIONS', PATH],
      ['GET', '/wp-json/'],
      ['GET', '/login'],
    ],
    bases: () => [scene.proxy.https, scene.proxy.http],
    upgrades: () => scene.api.upgrades,
  });

  test('a correct key does not open a tunnel', async () => {
    const headers: Headers = [basicHeader(scene.key), ...H2C];
    const answers = await throughTunnel(scene.proxy.https, head('GET', PATH, scene.proxy.https, headers));
    expect(answers).not.toMatch(/^HTTP\/1\.1 101|tunnelled/);
    expect(scene.api.upgrades).toEqual([]);
    expect(scene.api.requests.map(({ target }) => target)).toEqual([PATH]);
  });

  test.each([
    'X-WC-Key-Id, X-WC-User-Id, X-WC-Permissions, X-WC-App-User-Id',
    'x-wc-key-id,x-wc-user-id,x-wc-permissions,x-wc-app-user-id, close',
    'X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, X-Forwarded-Method, X-Forwarded-Uri',
    'X-Original-Method, X-Original-URI, X-WC-Uri, X-WC-Query, Authorization, Host, Content-Length',
  ])('the API gets its headers despite Connection: %s', async (connection) => {
    const headers: Headers = [['Connection', connection], ['Connection', 'close'], basicHeader(scene.reader)];
    const seen = scene.passed(await scene.sent(`${PATH}?page=2`, { headers }));
    expect(seen.target).toBe(`${PATH}?page=2`);
    expect(seen.headers).toMatchObject({
      'x-wc-key-id': String(scene.reader.keyId),
      'x-wc-user-id': String((await scene.store.userOf()).userId),
      'x-wc-permissions': 'read',
      'x-wc-app-user-id': 'Zo%C3%AB',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': new URL(scene.proxy.https).host,
    });
  });

  test('a read key does not write by naming its method override in Connection', async () => {
    const headers: Headers = [
      ['Connection', 'X-HTTP-Method-Override, Content-Type, close'],
      ['X-HTTP-Method-Override', 'DELETE'],
      basicHeader(scene.reader),
    ];
    expect(scene.rejection(await scene.sent(PATH, { headers })).status).toBe(401);
  });

  test('hop-by-hop headers do not reach the API', async () => {
    const headers: Headers = [
      ['Connection', 'close, X-Nominated, TE'],
      ...HOP_BY_HOP_NAMES.map((name) => [name, name === 'te' ? 'trailers' : 'X-WC-Key-Id'] as const),
      basicHeader(scene.key),
    ];
    const { names } = scene.passed(await scene.sent(PATH, { headers }));
    expect(names.filter((name) => HOP_BY_HOP_NAMES.includes(name))).toEqual([]);
  });

  test('a trailer does not reach the API', async () => {
    const headers: Headers = [
      ['Transfer-Encoding', 'chunked'],
      ['Trailer', 'X-WC-Key-Id'],
      basicHeader(scene.key),
    ];
    const body = '2\r\n{}\r\n0\r\nX-WC-Key-Id: forged\r\n\r\n';
    const seen = scene.passed(await scene.sent(PATH, { method: 'POST', headers, body }));
    // Caddy still announces it in a `Trailer` header, but does not send it.
    expect(seen.trailers).toEqual([]);
    expect(seen.headers['x-wc-key-id']).toBe(String(scene.key.keyId));
  });
}
