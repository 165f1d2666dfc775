import { basicHeader } from '../rest-scene';
import { PATH, type Headers, type RecipeScene } from './recipe-scene';

// Each character besides letters, digits and hyphens that a header's name may hold (RFC 9110 section 5.6.2).
const ODD_CHARACTERS = [..."!#$%&'*+.^_`|~"];
const IDENTITY = ['X-WC-Key-Id', 'X-WC-User-Id', 'X-WC-Permissions', 'X-WC-App-User-Id'];
const FORGED_NAMES = [
  ...IDENTITY,
  ...IDENTITY.map((name) => name.toLowerCase()),
  ...ODD_CHARACTERS.flatMap((odd) => IDENTITY.map((name) => name.replaceAll('-', odd))),
  ...ODD_CHARACTERS.flatMap((odd) => [`X-WC-Key${odd}Id`, `Shop${odd}Id`, `${odd}Shop`]),
  ...['X-WC-Uri', 'X-WC-Query', 'X-WC-Refusal', 'X-WC-Admin', 'X-WC-Later', 'x-wc-', 'X-WC-1'],
  ...['Forwarded', 'X-Real-IP', 'X-Forwarded-Prefix', 'X-Forwarded-Uri', 'X-Forwarded-Method'],
  ...['X-Forwarded-Server', 'X-Forwarded-Port', 'X-Forwarded-Scheme', 'X-Forwarded-User', 'X-Forwarded-Ssl'],
  ...['X-Original-Method', 'X-Original-URI', 'X-Original-URL', 'X-Original-Host', 'X-Original-For'],
  ...['X-Rewrite-URL', 'X-Rewrite-Uri', 'Proxy-Authorization', 'Proxy-Connection'],
];
const ORDINARY: Headers = [
  ['Accept', 'application/json'],
  ['Accept-Language', 'de'],
  ['Content-Type', 'application/json'],
  ['If-None-Match', '"7"'],
  ['Idempotency-Key', 'order-7'],
  ['Origin', 'https://app.example'],
  ['User-Agent', 'parcel-pilot/1'],
  ['X-WP-Nonce', '7'],
];

/** What a client says of itself that only the proxy and wc-auth-server may say. */
export function describeForgedHeaders(scene: RecipeScene): void {
  const { sent, passed, refusal } = scene;
  const asks: [string, () => Headers][] = [
    ['GET', () => [basicHeader(scene.reader)]],
    ['OPTIONS', () => []],
  ];

  test.each(asks)('no forged header reaches the API, in any spelling (%s)', async (method, credential) => {
    // In three requests, since a server takes so many headers of one request and no more.
    for (const third of [0, 1, 2]) {
      scene.api.forget();
      const forged = FORGED_NAMES.filter((_, index) => index % 3 === third).map(
        (name) => [name, 'forged'] as const,
      );
      const seen = passed(await sent(PATH, { method, headers: [...forged, ...credential()] }));
      expect(Object.entries(seen.headers).filter(([, value]) => String(value).includes('forged'))).toEqual(
        [],
      );
      expect(seen.names.filter((name) => !/^[a-z0-9-]+$/.test(name))).toEqual([]);
      expect(seen.names.filter((name) => /^x-wc-/.test(name) && !isIdentity(name))).toEqual([]);
      // Without a key they are empty, or not there.
      expect(seen.headers['x-wc-key-id'] ?? '').toBe(method === 'GET' ? String(scene.reader.keyId) : '');
    }
  });

  test('the API learns where the client is from the proxy alone', async () => {
    const forged: Headers = [
      ['X-Forwarded-For', '203.0.113.9'],
      ['X-Forwarded-Proto', 'gopher'],
      ['X-Forwarded-Host', 'evil.example'],
    ];
    const { headers } = passed(await sent(PATH, { headers: [...forged, basicHeader(scene.key)] }));
    expect(headers).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': new URL(scene.proxy.https).host,
    });
  });

  test('ordinary headers reach the API', async () => {
    const { headers } = passed(
      await sent(PATH, { method: 'POST', headers: [...ORDINARY, basicHeader(scene.key)], body: '{}' }),
    );
    expect(headers).toMatchObject(
      Object.fromEntries(ORDINARY.map(([name, value]) => [name.toLowerCase(), value])),
    );
  });

  test('a credential in the Referer does not reach the API', async () => {
    const pair = `consumer_key=${scene.key.consumerKey}&consumer_secret=${scene.key.consumerSecret}`;
    const referer = ['Referer', `https://shop.example${PATH}?${pair}`] as const;
    const seen = passed(await sent(PATH, { headers: [referer, basicHeader(scene.key)] }));
    expect(JSON.stringify(seen)).not.toContain(scene.key.consumerSecret);
  });

  test.each<[string, Headers]>([
    ['X-Forwarded-Method', [['X-Forwarded-Method', 'GET']]],
    ['X-Original-Method', [['X-Original-Method', 'GET']]],
    ['X-Forwarded-Uri', [['X-Forwarded-Uri', '/wp-json/']]],
    [
      'X-Original-URI and -URL',
      [
        ['X-Original-URI', '/wp-json/'],
        ['X-Original-URL', 'https://x/wp-json/'],
      ],
    ],
    [
      'all of them',
      [
        ['X-Forwarded-Method', 'OPTIONS'],
        ['X-Original-Method', 'OPTIONS'],
        ['X-Forwarded-Uri', '/wp-json/'],
        ['X-Original-URI', '/wp-json/'],
      ],
    ],
  ])('a client cannot speak for another request: %s', async (_, headers) => {
    expect(
      refusal(await sent(PATH, { method: 'DELETE', headers: [...headers, basicHeader(scene.reader)] })),
    ).toMatchObject({ status: expect.any(Number) });
    expect(refusal(await sent(PATH, { method: 'DELETE', headers })).status).not.toBe(200);
    const login = await sent('/wc-auth/v1/verify', {
      headers: [...headers, ['X-Forwarded-Uri', PATH]],
    });
    expect(login.status).toBeGreaterThan(400);
  });
}

const isIdentity = (name: string) => IDENTITY.some((ours) => ours.toLowerCase() === name);
