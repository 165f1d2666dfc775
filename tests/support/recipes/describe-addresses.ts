import { basicHeader, signedTarget } from '../scenes/rest-scene';
import { HOSTILE_ADDRESSES } from './hostile-addresses';
import { PATH, type RecipeScene } from './recipe-scene';

const ROUTE = PATH.replace('/wp-json', '');
const PAGE = ['page', '2'] as const;
const NAMED = [['rest_route', ROUTE], PAGE] as const;
/** Addresses that real clients use for one route (protocol 3.0): path and parameters. */
const ADDRESSES: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
  [PATH, [PAGE]],
  [`/${PATH}`, [PAGE]],
  [`//${PATH}`, [PAGE]],
  [`/index.php${PATH}`, [PAGE]],
  [`//index.php/${PATH}`, [PAGE]],
  ['/', NAMED],
  ['/', [...NAMED].reverse()],
  ['/index.php', NAMED],
  ['//', NAMED],
];

/** Requests that need no key. */
const INDEX = /^\/wp-json\/?$|^\/wp-json\/wc\/v[123]\/?$/;

/** Tests that the API gets the same address, however a client writes it. */
export function describeAddresses(scene: RecipeScene): void {
  const { sent, passed, rejection } = scene;

  describe.each(ADDRESSES)('the address %s with %j', (path, params) => {
    const target = `${path}?${params.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`;

    test('reaches the API in its canonical form with a key in the header and in the query', async () => {
      const pair = `consumer_key=${scene.key.consumerKey}&consumer_secret=${scene.key.consumerSecret}`;
      for (const [asked, headers] of [
        [target, [basicHeader(scene.key)]],
        [decodeURIComponent(target), [basicHeader(scene.key)]],
        [`${target}&${pair}`, []],
      ] as const) {
        scene.api.forget();
        expect(passed(await sent(asked, { headers })).target).toBe(`${PATH}?page=2`);
      }
    });

    test('reaches the API in its canonical form with a signature over the address as sent', async () => {
      for (const origin of [scene.proxy.http, scene.proxy.https]) {
        scene.api.forget();
        const timestamp = Math.floor(Date.now() / 1000);
        const signed = signedTarget(scene.key, { path, params, origin, timestamp });
        expect(passed(await sent(signed, { base: origin })).target).toBe(`${PATH}?page=2`);
      }
    });

    test('needs a key, and does not let a read key write', async () => {
      expect(rejection(await sent(target)).status).toBe(401);
      const headers = [basicHeader(scene.reader)];
      expect(rejection(await sent(target, { method: 'DELETE', headers })).status).toBe(401);
    });
  });

  test.each(HOSTILE_ADDRESSES)(
    'the API gets no request without a key or outside of /wp-json/ through %s',
    async (target) => {
      for (const base of [scene.proxy.https, scene.proxy.http]) {
        for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS']) {
          scene.api.forget();
          await sent(target, { method, base });
          for (const received of scene.api.requests) {
            expect(meaningOf(received.target)).toMatch(method === 'OPTIONS' ? /^\/wp-json(?:\/|$)/ : INDEX);
            expect(method).not.toBe('POST');
            expect(received.target).not.toMatch(/route|_method/i);
          }
        }
        scene.api.forget();
        await sent(target, { headers: [basicHeader(scene.key)], base });
        for (const received of scene.api.requests) {
          expect(meaningOf(received.target)).toMatch(/^\/wp-json(?:\/|$)/);
          expect(received.target).not.toMatch(/rest.?route/i);
        }
      }
    },
  );
}

/**
 * Returns the path that an API could find in a target: decoded, without path parameters, with `..`
 * resolved.
 */
function meaningOf(target: string): string {
  const [path = ''] = target.split('?');
  const plain = decodeURIComponent(path)
    .replaceAll('\\', '/')
    .replace(/;[^/]*/g, '');
  return new URL(plain.replace(/\/+/g, '/').replaceAll('#', '%23').replaceAll('?', '%3F'), 'http://x')
    .pathname;
}
