import { httpBrowser, type Answer, type HttpBrowser } from '../http/http-browser';
import { startHttpsReceiver, type HttpsReceiver } from '../http/https-receiver';
import { canRun, type RunningProxy } from '../recipes/recipe';
import { ask, approve, route } from '../scenes/grant-scene';
import { startUpstream, type TestUpstream } from '../scenes/rest-scene';
import { tcpProxy, type TcpProxy } from '../store/tcp-proxy';
import { startTestStore, type TestStore } from '../store/test-store';
import { behindProxy, countsOf, PROXY_ENV } from './proxy-scene';

/** A proxy that signs people in, started before the store, whose address it gets. */
export interface ProxyRecipe {
  readonly program: string;
  readonly start: (ports: { readonly wcAuth: number }) => Promise<SignInProxy>;
  /** AUTH_PROXY_LOGOUT_URL of docs/sign-in.md, after the origin. */
  readonly logoutPath: string;
}

/** It knows `ada`, who is in the group `ops`. */
export interface SignInProxy extends Pick<RunningProxy, 'https' | 'stop'> {
  readonly output: () => string;
}

const ODD = Array.from("_.!#$%&'*+^`|~");
const NAMES = ['Remote-User', 'Remote-Email', 'Remote-Name', 'Remote-Groups'];
const VALUES = ['boss', 'boss@corp.test', 'forged', 'store-admins'];

/** The names of all headers in many spellings, in portions that every proxy accepts. */
const FORGED: readonly Readonly<Record<string, string>>[] = [
  (name: string) => name,
  (name: string) => name.toLowerCase(),
  (name: string) => name.toUpperCase(),
  ...ODD.map((odd) => (name: string) => name.replace('-', odd)),
  ...ODD.map((odd) => (name: string) => name.toLowerCase().replace('-', odd)),
].map((spell) => Object.fromEntries(NAMES.map((name, index) => [spell(name), VALUES[index] ?? ''])));

/** Follows redirects and enters a login wherever a form asks for one. Returns the last answer. */
export async function entered(
  browser: HttpBrowser,
  target: string,
  login: string,
): Promise<Answer & { readonly url: string }> {
  let url = target;
  let answer = await browser.get(url);
  for (let step = 0; step < 20; step++) {
    if (answer.location !== '') {
      url = new URL(answer.location, url).href;
      // The app's page is not there.
      if (url.startsWith('https://app.example')) break;
      answer = await browser.get(url);
    } else if (answer.body.includes('name="login"')) {
      const { action, fields } = answer.form('login');
      url = new URL(action === '' ? url : action, url).href;
      answer = await browser.post(url, {
        ...fields,
        login,
        ...(url.includes('/interaction/') ? { do: 'sign-in' } : {}),
      });
    } else break;
  }
  return { ...answer, url };
}

/** Defines the tests that every recipe of docs/sign-in.md for a trusted proxy must pass. */
export function describeProxyRecipe({ program, start, logoutPath }: ProxyRecipe): void {
  (canRun(program) ? describe : describe.skip)(`docs/sign-in.md, run by ${program}`, () => {
    let store: TestStore;
    let proxy: SignInProxy;
    let api: TestUpstream;
    let receiver: HttpsReceiver;
    let way: TcpProxy;
    let browser: HttpBrowser;
    beforeAll(async () => {
      way = await tcpProxy({ host: '127.0.0.1', port: 1 });
      proxy = await start({ wcAuth: Number(new URL(way.through('http://127.0.0.1:1')).port) });
      [api, receiver] = await Promise.all([startUpstream(), startHttpsReceiver()]);
      store = await startTestStore({
        env: {
          ...PROXY_ENV,
          STORE_URL: proxy.https,
          UPSTREAM_URL: api.url,
          AUTH_PROXY_LOGOUT_URL:
            proxy.https + logoutPath.replaceAll('ORIGIN', encodeURIComponent(proxy.https)),
        },
      });
      way.moveTo({ host: '127.0.0.1', port: Number(new URL(store.url).port) });
    }, 60_000);
    afterAll(async () => {
      await proxy.stop();
      await Promise.all([store.app.close(), api.close(), receiver.stop(), way.stop()]);
      await store.close();
    });
    beforeEach(() => {
      browser = pageBrowser();
      api.requests.length = 0;
    });
    // mod_auth_openidc leads only a browser that accepts pages to the provider.
    const pageBrowser = () => behindProxy(httpBrowser(proxy.https), { accept: 'text/html' });
    const at = (path: string) => proxy.https + path;
    const forgedAtApi = () =>
      api.requests
        .flatMap(({ headers }) => Object.entries(headers))
        .filter(([name, value]) => name.startsWith('remote') || VALUES.includes(String(value)));

    test('a manager grants a key, and the key works', async () => {
      const asked = ask({
        callback_url: receiver.url('/cb'),
        app_name: 'Zoë & Söhne + 1',
        user_id: 'a&b=c%2F',
      });
      const page = await entered(browser, at(route('authorize', asked)), 'ada');
      expect([page.status, page.url]).toEqual([200, at(route('authorize', asked))]);
      const { fields } = page.form('wc_auth_nonce');
      const done = await approve(browser, { page, fields, nonce: '' });
      expect(done.location).toBe(
        `https://app.example/done?success=1&user_id=${encodeURIComponent(asked.user_id)}`,
      );
      const key = JSON.parse(receiver.received('/cb')[0]?.body ?? '{}') as Record<string, string>;
      const authorization = `Basic ${Buffer.from(`${key['consumer_key']}:${key['consumer_secret']}`).toString('base64')}`;
      for (const forged of FORGED) {
        const answer = await httpBrowser(proxy.https).get('/wp-json/wc/v3/products', {
          ...forged,
          authorization,
        });
        expect([answer.status, answer.body]).toEqual([200, '{"from":"upstream"}']);
      }
      expect(api.requests).toHaveLength(FORGED.length);
      expect(forgedAtApi()).toEqual([]);
    });

    test.each([
      ...[
        '/login',
        '/LOGIN',
        '//login',
        '/%6cogin',
        '/index.php/login',
        '/?wc-auth-version=1&wc-auth-route=login',
      ],
      ...['/wc-auth/v1/sign-in/proxy', '/WC-AUTH/v1/sign-in/proxy', '//wc-auth/v1/sign-in/proxy'],
      ...['/index.php/wc-auth/v1/sign-in/proxy', '/wc-auth/v1//sign-in/proxy', '/wp-json/../login'],
      ...['/', '/wp-json/', '/wp-json/wc/v3/products', '/?rest_route=/wc/v3/products', '/healthz'],
      ...['/wc-auth/v1/verify', '/wc-auth/v1/revoke', '/wc-auth/v1/oidc/callback', '/wc-auth/v1/handover'],
    ])('forged headers sign no person in at %s', async (path) => {
      const before = await countsOf(store);
      for (const forged of FORGED) {
        const stranger = pageBrowser();
        await stranger.get(path, forged);
        expect([...stranger.cookies.keys()].filter((name) => name.endsWith('wc_auth_session'))).toEqual([]);
      }
      expect(await countsOf(store)).toEqual(before);
      expect(forgedAtApi()).toEqual([]);
    });

    test('forged headers do not make a signed-in person someone else', async () => {
      expect((await entered(browser, at('/account'), 'ada')).body).toContain('ada@corp.test');
      for (const forged of FORGED)
        for (const path of ['/account', '/wc-auth/v1/sign-in/proxy?redirect_to=/account']) {
          await browser.get(path, forged);
          expect((await browser.get('/account', forged)).body).toContain('ada@corp.test');
        }
      const accounts = await store.database.knex('users').select('email', 'role').orderBy('user_id');
      expect(accounts).toEqual([
        { email: 'manager@store.test', role: 'administrator' },
        { email: 'ada@corp.test', role: 'shop_manager' },
      ]);
    });

    test('signing out ends the session of the proxy too', async () => {
      await entered(browser, at('/account'), 'ada');
      const question = await browser.get('/wc-auth/v1/logout');
      const page = await browser.post('/wc-auth/v1/logout', question.form('_wpnonce').fields);
      const [, href = ''] = /class="wc-auth-onward[^>]*href="([^"]*)"/.exec(page.body) ?? [];
      await signedOut(href.replaceAll('&amp;', '&'));
      expect((await browser.get('/account')).body).not.toContain('ada@corp.test');
    });

    test('a fresh sign-in leads through the proxy’s sign-out back to the page', async () => {
      await entered(browser, at('/account'), 'ada');
      const left = await browser.get('/wc-auth/v1/sign-in/proxy?again=1&redirect_to=%2Fkeys%3Fx%3D1');
      await signedOut(left.location);
      const back = await entered(browser, at('/login'), 'ada');
      expect([back.status, back.url]).toEqual([200, at('/keys?x=1')]);
    });

    /** Follows the sign-out, and confirms it where the provider asks. */
    async function signedOut(href: string): Promise<void> {
      let [url, answer] = [href, await browser.get(href)];
      for (let step = 0; step < 10; step++) {
        if (answer.location !== '') {
          url = new URL(answer.location, url).href;
          if (url === at('/login')) return;
          answer = await browser.get(url);
        } else if (answer.body.includes('name="xsrf"')) {
          const { action, fields } = answer.form('xsrf');
          answer = await browser.post(new URL(action, url).href, { ...fields, logout: 'yes' });
        } else throw new Error(`${url} answered ${answer.status}: ${answer.body}\n${proxy.output()}`);
      }
    }
  });
}
