import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { httpBrowser, type HttpBrowser } from '../support/http/http-browser';
import { startHttpsReceiver, type HttpsReceiver } from '../support/http/https-receiver';
import { exchange, requestBytes } from '../support/http/raw-http';
import { dumpOf, madePair } from '../support/import/wordpress-dump';
import { PROXIES } from '../support/recipes/leave-wordpress-proxies';
import { canRun, type RunningProxy } from '../support/recipes/recipe';
import { startUpgradingUpstream, type UpgradingUpstream } from '../support/recipes/upgrading-upstream';
import { ask, grant } from '../support/scenes/grant-scene';
import { freePort } from '../support/http/free-port';
import { basicHeader } from '../support/scenes/rest-scene';
import { processStore, type ProcessStore } from '../support/store/process-store';

// A move of docs/leave-wordpress.md from the import to a new app, while the REST API of WooCommerce
// still runs in WordPress, behind the bridge.

// shop.example of the page, as a name that the tests' certificate has.
const NAME = 'app.example';
const STORE = `https://${NAME}`;
const PASSWORD = 'maria in WordPress';
const PATH = '/wp-json/wc/v3/orders';

for (const { program, start } of PROXIES) {
  (canRun(program) ? describe : describe.skip)(`a move of docs/leave-wordpress.md behind ${program}`, () => {
    const pair = madePair();
    const reader = madePair();
    let store: ProcessStore;
    let wordpress: UpgradingUpstream;
    let app: HttpsReceiver;
    let proxy: RunningProxy;
    let bridge: string;

    beforeAll(async () => {
      app = await startHttpsReceiver();
      wordpress = await startUpgradingUpstream();
      const bridgePort = await freePort();
      bridge = `http://127.0.0.1:${bridgePort}`;
      store = await processStore({ STORE_URL: STORE, TRUST_PROXY: '127.0.0.1', UPSTREAM_URL: bridge });
      const dump = join(store.folder, 'dump.sql');
      const users = [{ id: 2, login: 'maria', pass: createHash('md5').update(PASSWORD).digest('hex') }];
      const keys = [
        { id: 5, userId: 2, ...pair },
        { id: 6, userId: 2, permissions: 'read', ...reader },
      ];
      writeFileSync(dump, [...dumpOf({ users, keys, options: { home: STORE, gmt_offset: '0' } })].join(''));
      const { code, stderr } = await store.command(['import', '--from', dump]);
      if (code !== 0) throw new Error(`The import failed: ${stderr}`);
      const server = await store.serve();
      proxy = await start({
        wcAuth: Number(new URL(server.url).port),
        wordpress: wordpress.port,
        bridge: bridgePort,
      });
    }, 60_000);
    afterAll(async () => {
      await proxy.stop();
      await store.clear();
      await wordpress.close();
      await app.stop();
    });
    beforeEach(() => wordpress.forget());

    const send = (method: string, target: string, key?: typeof pair) =>
      exchange(
        proxy.https,
        requestBytes(method, target, [['Host', NAME], ...(key ? [basicHeader(key)] : [])]),
      );

    /** A browser that reaches the proxy by the name of the store. */
    function browser(): HttpBrowser {
      const plain = httpBrowser(proxy.https);
      return {
        ...plain,
        get: (target, headers) => plain.get(target, { host: NAME, ...headers }),
        post: (target, form, headers) => plain.post(target, form, { host: NAME, origin: STORE, ...headers }),
      };
    }

    test('an app reaches the API of WordPress with the key that it had, and WordPress sees that of the bridge', async () => {
      expect(await send('GET', `${PATH}?page=2`, pair)).toMatchObject({
        status: 200,
        text: '{"from":"upstream"}',
      });
      expect(wordpress.requests).toEqual([
        expect.objectContaining({ method: 'GET', target: `${PATH}?page=2` }),
      ]);
      expect(wordpress.requests[0]?.headers).toMatchObject({
        host: 'shop.example',
        authorization: 'Basic BRIDGE_KEY',
        'x-wc-auth-bridge': 'BRIDGE_SECRET',
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'shop.example',
        'x-forwarded-for': '127.0.0.1',
        'x-wc-key-id': '5',
        'x-wc-permissions': 'read_write',
      });
    });

    test('the permission of the key counts, not that of the bridge', async () => {
      expect((await send('GET', PATH, reader)).status).toBe(200);
      wordpress.forget();
      expect((await send('POST', PATH, reader)).status).toBe(401);
      expect((await send('GET', PATH)).status).toBe(401);
      expect((await send('GET', PATH, { ...pair, consumerSecret: reader.consumerSecret })).status).toBe(401);
      expect(wordpress.requests).toEqual([]);
    });

    test.each([
      '/wp-json/wp/v2/users',
      '/wp-json/wc/store/v1/cart',
      '/wp-json/wc-analytics/orders',
      '/wp-json/batch/v1',
      '/wp-json/wc/v3/../../wp/v2/users',
      '/?rest_route=/wp/v2/users',
    ])('the bridge does not pass on %s', async (target) => {
      const direct = requestBytes('GET', target, [['Host', new URL(bridge).host]]);
      expect((await exchange(bridge, direct)).status).toBe(404);
      await send('GET', target.replace('/wp-json/', '//wp-json/'), pair);
      expect(wordpress.requests.filter(({ headers }) => 'x-wc-auth-bridge' in headers)).toEqual([]);
    });

    test('the index of WooCommerce is that of wc-auth-server, with the routes of WordPress', async () => {
      const answer = await send('GET', '/wp-json/wc/v3');
      expect(answer.json()).toMatchObject({ namespace: 'wc/v3' });
      expect((await send('GET', '/wp-json/')).text).toBe('{"from":"upstream"}');
    });

    test('a manager signs in with the password of WordPress, and connects an app whose key works', async () => {
      const maria = browser();
      const { fields } = (await maria.get('/login')).form('wc_auth_csrf');
      await maria.post('/login', { ...fields, username: 'maria', password: PASSWORD });
      const outcome = await grant(maria, ask({ callback_url: app.url('/keys') }));
      expect(outcome.status).toBe(302);
      const [delivered] = app.received('/keys');
      const key = JSON.parse(delivered?.body ?? '') as { consumer_key: string; consumer_secret: string };
      const answer = await send('GET', PATH, {
        consumerKey: key.consumer_key,
        consumerSecret: key.consumer_secret,
      });
      expect(answer.status).toBe(200);
    });
  });
}
