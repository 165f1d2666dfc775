import { basicHeader } from '../scenes/rest-scene';
import { FORGED_NAMES, IDENTITY_NAMES } from './forged-names';
import { PATH, type Headers, type RecipeScene } from './recipe-scene';

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

/** Tests the headers that only the proxy and wc-auth-server may set. */
export function describeForgedHeaders(scene: RecipeScene): void {
  const { sent, passed, rejection } = scene;
  const asks: [string, () => Headers][] = [
    ['GET', () => [basicHeader(scene.reader)]],
    ['OPTIONS', () => []],
  ];

  test.each(asks)(
    'a forged header does not reach the API, in any spelling (%s)',
    async (method, credential) => {
      // In three requests, because a server accepts a limited number of headers.
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
        // Without a key they are empty or missing.
        expect(seen.headers['x-wc-key-id'] ?? '').toBe(method === 'GET' ? String(scene.reader.keyId) : '');
      }
    },
  );

  test('only the proxy tells the API where the client is', async () => {
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
  ])('a client cannot replace the request that is verified: %s', async (_, headers) => {
    expect(
      rejection(await sent(PATH, { method: 'DELETE', headers: [...headers, basicHeader(scene.reader)] })),
    ).toMatchObject({ status: expect.any(Number) });
    expect(rejection(await sent(PATH, { method: 'DELETE', headers })).status).not.toBe(200);
    const login = await sent('/wc-auth/v1/verify', {
      headers: [...headers, ['X-Forwarded-Uri', PATH]],
    });
    expect(login.status).toBeGreaterThan(400);
  });
}

const isIdentity = (name: string) => IDENTITY_NAMES.some((ours) => ours.toLowerCase() === name);
