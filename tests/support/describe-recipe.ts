import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { refused } from '../unit/oauth-fixtures';
import { exchange, requestBytes, type RawAnswer } from './raw-http';
import { canRun, type RecipePorts, type RunningProxy } from './recipe';
import { basicHeader, issueKey, query, signedTarget, startUpstream, type TestUpstream } from './rest-scene';
import { startTestStore, type TestStore } from './test-store';

type Headers = readonly (readonly [string, string])[];

export interface Recipe {
  readonly program: string;
  readonly start: (ports: Pick<RecipePorts, 'wcAuth' | 'api'>) => Promise<RunningProxy>;
  /** What a client gets while wc-auth-server does not answer. */
  readonly statusWhenDown: number;
}

const PATH = '/wp-json/wc/v3/products';
const MESSAGES = {
  wrong: refused('Consumer secret is invalid.'),
  unknown: refused('Consumer key is invalid.'),
  noWrite: refused('The API key provided does not have write permissions.'),
};

/** What every recipe of docs/ has to hold: the proxy, wc-auth-server and an API, all three for real. */
export function describeRecipe({ program, start, statusWhenDown }: Recipe): void {
  (canRun(program) ? describe : describe.skip)(`docs/${program}.md, run by ${program}`, () => {
    let store: TestStore;
    let api: TestUpstream;
    let proxy: RunningProxy;
    const closers: (() => Promise<unknown>)[] = [];
    let key: IssuedKey;
    let reader: IssuedKey;

    beforeAll(async () => {
      api = await startUpstream();
      closers.push(() => api.close());
      store = await startTestStore({ env: { TRUST_PROXY: '127.0.0.1' } });
      closers.push(() => store.close().catch(() => undefined));
      closers.push(() => store.app.close());
      key = await issueKey(store, 'read_write', {
        app: { appName: 'Parcel Pilot', callbackOrigin: 'https://app.example', appUserId: 'Zoë' },
      });
      reader = await issueKey(store, 'read');
      proxy = await start({ wcAuth: Number(new URL(store.url).port), api: api.port });
      closers.push(() => proxy.stop());
    }, 30_000);
    afterAll(async () => {
      for (const close of closers.reverse()) await close();
    });
    beforeEach(() => {
      api.requests.length = 0;
    });

    const now = () => Math.floor(Date.now() / 1000);
    const sent = (
      target: string,
      {
        method = 'GET',
        headers = [],
        body = '',
        base = proxy.https,
      }: { method?: string; headers?: Headers; body?: string | Buffer; base?: string } = {},
    ): Promise<RawAnswer> =>
      exchange(base, requestBytes(method, target, [['Host', new URL(base).host], ...headers], body));
    const passed = (answer: RawAnswer) => {
      expect(answer).toMatchObject({ status: 200, text: '{"from":"upstream"}' });
      expect(api.requests).toHaveLength(1);
      return api.requests[0]!;
    };
    const refusal = (answer: RawAnswer) => {
      expect(api.requests).toEqual([]);
      expect(answer.headers['content-type']).toMatch(/^application\/json/);
      const { code, message, data } = answer.json();
      expect(data).toEqual({ status: answer.status });
      return { status: answer.status, code, message };
    };

    test('a right key is let in, and the API is told whose it is', async () => {
      const { headers, target } = passed(await sent(`${PATH}?page=2`, { headers: [basicHeader(key)] }));
      const { userId } = await store.userOf();
      expect(target).toBe(`${PATH}?page=2`);
      expect(headers).toMatchObject({
        'x-wc-key-id': String(key.keyId),
        'x-wc-user-id': String(userId),
        'x-wc-permissions': 'read_write',
        'x-wc-app-user-id': 'Zo%C3%AB',
      });
    });

    test('a key is let in by the query, and by OAuth over HTTP and HTTPS', async () => {
      const pair = `consumer_key=${key.consumerKey}&consumer_secret=${key.consumerSecret}`;
      passed(await sent(`${PATH}?${pair}`));
      for (const base of [proxy.http, proxy.https]) {
        api.requests.length = 0;
        const params = [
          ['search', 'a b&c'],
          ['include[]', '1'],
        ] as const;
        passed(await sent(signedTarget(key, { origin: base, timestamp: now(), params }), { base }));
      }
    });

    test('the credential does not reach the API, however it was sent', async () => {
      const pair = `consumer_key=${key.consumerKey}&a[]=%C3%BC+1&consumer_secret=${key.consumerSecret}&b=2`;
      const signed = signedTarget(key, { origin: proxy.https, timestamp: now() });
      const asks: [string, Headers, string][] = [
        [PATH, [basicHeader(key)], PATH],
        [`${PATH}?${pair}`, [], `${PATH}?a[]=%C3%BC+1&b=2`],
        [signed, [], PATH],
        [
          PATH,
          [['Authorization', `OAuth ${signed.split('?')[1]!.replaceAll('&', '", ').replaceAll('=', '="')}"`]],
          PATH,
        ],
      ];
      // The same signed request twice would be a replay.
      asks.splice(2, 1);
      for (const [target, headers, expected] of asks) {
        api.requests.length = 0;
        const seen = passed(await sent(target, { headers }));
        expect(seen.target).toBe(expected);
        expect(JSON.stringify(seen)).not.toMatch(
          new RegExp(`${key.consumerSecret}|${key.consumerKey}|uthorization|oauth_|consumer_`),
        );
      }
    });

    test('a wrong secret, an unknown key, a revoked key and no key are refused in JSON', async () => {
      expect(
        refusal(await sent(PATH, { headers: [basicHeader({ ...key, consumerSecret: 'cs_wrong' })] })),
      ).toEqual(MESSAGES.wrong);
      expect(refusal(await sent(PATH, { headers: [basicHeader({ ...key, consumerKey: 'ck_x' })] }))).toEqual(
        MESSAGES.unknown,
      );
      const revoked = await issueKey(store);
      passed(await sent(PATH, { headers: [basicHeader(revoked)] }));
      api.requests.length = 0;
      await store.app.consumerKeys.remove(revoked.keyId);
      expect(refusal(await sent(PATH, { headers: [basicHeader(revoked)] }))).toEqual(MESSAGES.unknown);
      const answer = await sent(PATH);
      expect(refusal(answer)).toMatchObject({ status: 401, code: 'woocommerce_rest_cannot_view' });
      expect(answer.headers['www-authenticate']).toBe('Basic realm="WooCommerce API"');
    });

    test('a key whose owner lost the role is refused with 403', async () => {
      const leaver = await store.addUser('leaver', 'administrator');
      const theirs = await issueKey(store, 'read', { userId: leaver.userId });
      await store.app.users.setRole(leaver.userId, 'customer');
      expect(refusal(await sent(PATH, { headers: [basicHeader(theirs)] }))).toMatchObject({
        status: 403,
        code: 'woocommerce_rest_cannot_view',
      });
    });

    test('a read key may not write, whatever it calls it', async () => {
      const headers: Headers = [basicHeader(reader)];
      passed(await sent(PATH, { headers }));
      api.requests.length = 0;
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
        expect(refusal(await sent(PATH, { method, headers, body: '{}' }))).toEqual(MESSAGES.noWrite);
      expect(refusal(await sent(`${PATH}?_method=DELETE`, { headers }))).toEqual(MESSAGES.noWrite);
      expect(
        refusal(await sent(PATH, { headers: [...headers, ['X-HTTP-Method-Override', 'DELETE']] })),
      ).toEqual(MESSAGES.noWrite);
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
        refusal(await sent(PATH, { method: 'DELETE', headers: [...headers, basicHeader(reader)] })),
      ).toMatchObject({ status: expect.any(Number) });
      expect(refusal(await sent(PATH, { method: 'DELETE', headers })).status).not.toBe(200);
      const login = await sent('/wc-auth/v1/verify', { headers: [...headers, ['X-Forwarded-Uri', PATH]] });
      expect(login.status).toBeGreaterThan(400);
    });

    test('a key in clear over plain HTTP is refused, whatever the client says of its connection', async () => {
      const headers: Headers = [basicHeader(key), ['X-Forwarded-Proto', 'https'], ['X-Forwarded-Ssl', 'on']];
      expect(refusal(await sent(PATH, { headers, base: proxy.http }))).toMatchObject({
        status: 401,
        message: expect.stringContaining('https only'),
      });
    });

    test('a forged X-WC-* header does not reach the API, in any spelling, with a key or without', async () => {
      const names = [
        'X-WC-Key-Id',
        'x-wc-user-id',
        'X-WC-Permissions',
        'X-WC-App-User-Id',
        'X_WC_Key_Id',
        'X-WC_User_Id',
        'x_wc-permissions',
        'X.WC.Key.Id',
        'X-WC-Uri',
        'X-WC-Query',
      ];
      const forged: Headers = names.map((name) => [name, 'forged']);
      const plain = await issueKey(store, 'read');
      for (const [method, headers] of [
        ['GET', [basicHeader(plain)]],
        ['OPTIONS', []],
      ] as [string, Headers][]) {
        api.requests.length = 0;
        const seen = passed(await sent(PATH, { method, headers: [...forged, ...headers] }));
        expect(JSON.stringify(seen)).not.toContain('forged');
        const ours = seen.names.filter((name) => /^x.wc/.test(name)).sort();
        expect(
          ours.every((name) =>
            ['x-wc-key-id', 'x-wc-user-id', 'x-wc-permissions', 'x-wc-app-user-id'].includes(name),
          ),
        ).toBe(true);
        // Without a key they are empty, or not there.
        expect(seen.headers['x-wc-key-id'] ?? '').toBe(method === 'GET' ? String(plain.keyId) : '');
      }
    });

    test('bodies reach the API whole, and the target byte for byte', async () => {
      const headers: Headers = [basicHeader(key), ['Content-Type', 'application/json']];
      const target = `${PATH}/caf%C3%A9;a=1?filter[a]=%20+&x=%5B&y`;
      const body = JSON.stringify({ name: 'x'.repeat(5_000_000) });
      const seen = passed(await sent(target, { method: 'POST', headers, body }));
      expect(seen.target).toBe(target);
      expect(seen.body).toBe(body);
      api.requests.length = 0;
      const chunked: Headers = [...headers, ['Transfer-Encoding', 'chunked']];
      expect(
        passed(await sent(PATH, { method: 'PUT', headers: chunked, body: '2\r\n{}\r\n0\r\n\r\n' })).body,
      ).toBe('{}');
    });

    test('a signature that covers a form is refused, for the body is not seen', async () => {
      const form = [['name', 'x']] as const;
      const target = signedTarget(key, { method: 'POST', origin: proxy.https, timestamp: now(), form });
      const headers: Headers = [['Content-Type', 'application/x-www-form-urlencoded']];
      expect(refusal(await sent(target, { method: 'POST', headers, body: query(form) })).status).toBe(401);
    });

    test('a path that leads elsewhere is not let in without a key', async () => {
      for (const target of [
        '/wp-json/../wp-json/wc/v3/products',
        '/x/../wp-json/x',
        '//wp-json/x',
        '/wp-json/%2e%2e/wp-json/x',
      ])
        expect((await sent(target)).status).toBeGreaterThan(400);
      expect(api.requests).toEqual([]);
    });

    test('a path from which credentials could be cut out is not let in, with a key or without', async () => {
      await sent('/wp-json/.oauth_x./admin?oauth_x', { method: 'OPTIONS' });
      await sent('/wp-json/.consumer_key./admin?consumer_key', { headers: [basicHeader(key)] });
      expect(api.requests).toEqual([]);
    });

    test('pages and routes of wc-auth-server are reached through it', async () => {
      const login = await sent('/login', {});
      expect(login.status).toBe(200);
      expect(login.text).toMatch(/<form/);
    });

    // Last: afterwards wc-auth-server is gone.
    test('while wc-auth-server does not answer, nobody gets in', async () => {
      await store.close();
      const answer = await sent(PATH, { headers: [basicHeader(key)] });
      expect(answer.status).toBe(statusWhenDown);
      expect(api.requests).toEqual([]);
    });
  });
}
