import { describeAddresses } from '../support/recipes/describe-addresses';
import { describeCookies } from '../support/recipes/describe-cookies';
import { describeForgedHeaders } from '../support/recipes/describe-forged-headers';
import { describeUpgrades } from '../support/recipes/describe-hop-by-hop';
import { describeKeys } from '../support/recipes/describe-keys';
import { HOSTILE_ADDRESSES } from '../support/recipes/hostile-addresses';
import { canRun, type RunningProxy } from '../support/recipes/recipe';
import { PATH, recipeScene, type RecipeScene } from '../support/recipes/recipe-scene';
import { startUpgradingUpstream, type UpgradingUpstream } from '../support/recipes/upgrading-upstream';
import { PROXIES, type StartBesideWordpress } from '../support/recipes/leave-wordpress-proxies';
import { isWooCommerceApi } from '../support/recipes/wordpress';
import { basicHeader } from '../support/scenes/rest-scene';

// The recipes of docs/leave-wordpress.md, with a stand-in for WordPress behind them.

/** Starts WordPress with a proxy in front, and stops it with the proxy. */
function besideWordpress(start: StartBesideWordpress) {
  const beside = {} as { wordpress: UpgradingUpstream };
  return {
    beside,
    async start({ wcAuth }: { readonly wcAuth: number }): Promise<RunningProxy> {
      const wordpress = await startUpgradingUpstream();
      Object.assign(beside, { wordpress });
      const proxy = await start({ wcAuth, wordpress: wordpress.port });
      return {
        ...proxy,
        stop: async () => {
          await proxy.stop();
          await wordpress.close();
        },
      };
    },
  };
}

/** Addresses of WordPress that stay there. */
const SHOP = [
  '/',
  '/?s=tea',
  '/shop/green-tea/?add-to-cart=7&attribute_size=100%20g',
  '/produkt/gr%C3%BCner-tee/',
  '/my-account/orders/',
  '/wp-login.php?redirect_to=https%3A%2F%2Fshop.example%2Fwp-admin%2F',
  '/wp-admin/admin-ajax.php?action=heartbeat',
  '/wp-content/plugins/woocommerce/assets/css/woocommerce.css?ver=10.5.0',
  '/wp-cron.php?doing_wp_cron=1',
  '/wp-json/',
  '/wp-json',
  '/wp-json/wp/v2/posts?per_page=2&filter%5Bx%5D=1',
  '/wp-json/wc/store/v1/cart',
  '/index.php/wp-json/wc/store/v1/cart',
  '/wp-json/wc-analytics/reports/orders/stats?after=2026-01-01',
  '/wp-json/wc-admin/onboarding/tasks',
  '/wc-api/WC_Gateway_Paypal/?id=7',
  '/?wc-api=WC_Gateway_Paypal',
  '/?wc-ajax=get_refreshed_fragments',
  '/feed/',
];
/** Addresses that only wc-auth-server may get. */
const OURS = [
  '/wc-auth/v1/authorize?app_name=x',
  '/index.php/wc-auth/v1/authorize',
  '//wc-auth//v1/authorize',
  '/WC-Auth/v1/login',
  '/wc%2Dauth/v1/login',
  '/%77c-auth%2Fv1/login',
  '/./wc-auth/v1/login',
  '/x/../wc-auth/v1/login',
  '/x/%2e%2e/wc-auth/v1/login',
  '/wc-auth/../wc-auth/v1/login',
  '/index.php/x/../wc-auth/v1/login',
  '/de/wc-auth/v1/login',
  '/?wc-auth-version=1&wc-auth-route=authorize',
  '/shop/?x=1&wc-auth-version=1&wc-auth-route=login',
  '/?wc%2dauth%2Dversion=1&wc-auth-route=login',
  '/?%77%63-%61uth-version=1&%77c-auth-route=login',
  '/wc-api/v3/orders',
  '/wc-api/v1',
  '//wc-api//v2/products',
  '/wc-api/./v3/orders',
  '/wc-api/x/%2e%2e/v3/orders',
  '/?wc-api-version=3&wc-api-route=/orders',
  '/?wc-%61pi-version=3&wc-api-route=/orders',
  '/wp-json/wc',
  '/wp-json/wc/',
  '/wp-json/wc/v3',
  '/wp-json/WC/V3/orders',
  '/wp-json//wc/v3/orders',
  '/wp-json/./wc/v3/orders',
  '/wp-json/%2e/wc/v3/orders',
  '/wp-json%2Fwc%2Fv3%2Forders',
  '/wp-json/w%63/v3/orders',
  '/wp-json/x/../wc/v3/orders',
  '/index.php/wp-json/x/%2E%2e/wc/v3/orders',
  '/wp-json/wc/store/../v3/orders',
  '/wp-json/wc/store/%2e%2e/v3/orders',
  '/wp-json/wc/store/..%2fv3/orders',
  '/wp-json/wc/store//../../wc/v3/orders',
  '/wp-json/wc/storefront',
  '/de/wp-json/wc/v3/orders',
  '/wordpress/index.php/wp-json/wc/v3/orders',
  '/wp-json/wc/v3/orders%0a',
  ...['/', '/shop/', '/index.php', '/wp-json/', '/wp-json/wp/v2/posts', '/wp-json/wc/store/v1/cart'].flatMap(
    (path) =>
      [
        'rest_route=/wc/v3/orders',
        'x=1&rest_route=%2Fwc%2Fv3%2Forders',
        'rest.route=/wc/v3/orders',
        'rest+route=/wc/v3/orders',
        'rest%20route=/wc/v3/orders',
        'rest[route=/wc/v3/orders',
        'rest%5broute=/wc/v3/orders',
        '%72%65%73%74%5F%72%6F%75%74%65=/wc/v3/orders',
        '+rest%5froute=/wc/v3/orders',
        '%20rest%2Eroute=/WC/v3/orders',
        'rest_route[]=/wc/v3/orders',
      ].map((query) => `${path}?${query}`),
  ),
];
/** Some of these mean nothing to WordPress without a plugin. */
const NOT_IN_WORDPRESS = /^\/de\/|^\/WC-Auth|storefront$|%0a$/;
/** Pages for managers. */
const PAGES = ['/login', '/keys', '/apps', '/history', '/history.csv', '/account', '/users', '/keys/'];

for (const { program, start } of PROXIES) {
  (canRun(program) ? describe : describe.skip)(`docs/leave-wordpress.md, run by ${program}`, () => {
    const { beside, ...recipe } = besideWordpress(start);
    const scene = recipeScene(recipe, (apiUrl) => ({ UPSTREAM_URL: apiUrl }));
    beforeEach(() => beside.wordpress.forget());

    describeShop(scene, beside);
    describeKeys(scene);
    describeForgedHeaders(scene);
    describeCookies(scene);
    describeAddresses(scene);
    describeUpgrades({
      asks: [
        ['GET', '/'],
        ['GET', '/wp-json/'],
        ['GET', '/login'],
        ['OPTIONS', PATH],
        ['GET', '/?rest_route=/wc/v3/products'],
      ],
      bases: () => [scene.proxy.https, scene.proxy.http],
      upgrades: () => [...scene.api.upgrades, ...beside.wordpress.upgrades],
    });

    // This test is the last, because it stops wc-auth-server.
    test('WordPress does not answer for wc-auth-server while that is down', async () => {
      await scene.store.close();
      for (const target of [PATH, '/wc-auth/v1/authorize', '/login', '/?rest_route=/wc/v3/products']) {
        const answer = await scene.sent(target, { headers: [basicHeader(scene.key)] });
        expect(answer.status).toBe(502);
      }
      expect(beside.wordpress.requests).toEqual([]);
    });
  });
}

function describeShop(scene: RecipeScene, beside: { readonly wordpress: UpgradingUpstream }): void {
  test.each(SHOP)('%s stays with WordPress', async (target) => {
    const answer = await scene.sent(target, { headers: [['Authorization', 'Basic c2hvcDpwYXNz']] });
    expect(answer).toMatchObject({ status: 200, text: '{"from":"upstream"}' });
    expect(scene.api.requests).toEqual([]);
    expect(beside.wordpress.requests).toEqual([
      expect.objectContaining({
        method: 'GET',
        target,
        headers: expect.objectContaining({ authorization: 'Basic c2hvcDpwYXNz' }),
      }),
    ]);
  });

  test('a form and its body reach WordPress', async () => {
    const body = 'log=mara&pwd=secret';
    await scene.sent('/wp-login.php', {
      method: 'POST',
      headers: [['Content-Type', 'application/x-www-form-urlencoded']],
      body,
    });
    expect(beside.wordpress.requests).toEqual([
      expect.objectContaining({ method: 'POST', target: '/wp-login.php', body }),
    ]);
  });

  test('WordPress learns where the client is, and gets no cookie of wc-auth-server', async () => {
    await scene.sent('/my-account/', {
      headers: [
        ['X-Forwarded-For', '203.0.113.9'],
        ['X-Forwarded-Proto', 'gopher'],
        ['X-Forwarded-Host', 'evil.example'],
        ['Cookie', 'woocommerce_cart_hash=7; __Host-wc_auth_session=secret; wordpress_logged_in_1=x'],
      ],
    });
    const { host } = new URL(scene.proxy.https);
    expect(beside.wordpress.requests[0]?.headers).toMatchObject({
      host,
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': host,
      cookie: 'woocommerce_cart_hash=7; wordpress_logged_in_1=x',
    });
  });

  test.each(PAGES)('%s is a page of wc-auth-server', async (target) => {
    const { status } = await scene.sent(target);
    expect([200, 302]).toContain(status);
    expect(beside.wordpress.requests).toEqual([]);
  });

  test.each(OURS)('%s does not reach WordPress', async (target) => {
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      await scene.sent(target, { method, headers: [basicHeader(scene.key)] });
      expect(beside.wordpress.requests).toEqual([]);
    }
  });

  test.each([...HOSTILE_ADDRESSES, `${PATH}/../../../../shop/`])(
    'WordPress does not read %s as the REST API of WooCommerce',
    async (target) => {
      for (const base of [scene.proxy.https, scene.proxy.http])
        for (const method of ['GET', 'POST'])
          await scene.sent(target, { method, headers: [basicHeader(scene.key)], base });
      const read = beside.wordpress.requests.map((request) => request.target);
      expect(read.filter(isWooCommerceApi)).toEqual([]);
    },
  );
}

test.each([...OURS.filter((target) => !NOT_IN_WORDPRESS.test(target)), PATH])(
  'the stand-in for WordPress reads %s as the REST API or the connect page of WooCommerce',
  (target) => {
    expect(isWooCommerceApi(target)).toBe(true);
  },
);
test.each(SHOP)('the stand-in for WordPress reads %s as an address of its own', (target) => {
  expect(isWooCommerceApi(target)).toBe(false);
});
