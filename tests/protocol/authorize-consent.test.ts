import { approve, ask, grant, openConsent, route } from '../support/scenes/grant-scene';
import { htmlForms, textOf } from '../support/http/html-forms';
import type { HttpBrowser } from '../support/http/http-browser';
import { startHttpsReceiver, type HttpsReceiver } from '../support/http/https-receiver';
import { startTestStore, type TestStore } from '../support/store/test-store';

const PUBLIC_HOSTS = [
  'xn--bcher-kva.example',
  'app.example',
  'hooks.app.example',
  'one.co.uk',
  'one.herokuapp.com',
  'a.xn--55qx5d.cn',
];

let store: TestStore;
let app: HttpsReceiver;
let manager: HttpBrowser;
beforeAll(async () => {
  [store, app] = await Promise.all([
    startTestStore({
      hosts: {
        localhost: '127.0.0.1',
        ...Object.fromEntries(PUBLIC_HOSTS.map((host) => [host, '93.184.216.34'])),
      },
      env: { STORE_NAME: 'Tea & Co <b>' },
    }),
    startHttpsReceiver(),
  ]);
  manager = await store.signIn();
});
afterAll(() => Promise.all([store.close(), app.stop()]));

const consentText = async (changes: Parameters<typeof ask>[0] = {}) =>
  textOf((await openConsent(manager, ask(changes))).page.body);

describe('the consent page', () => {
  test('names the app, the store and the host that receives the keys', async () => {
    const text = await consentText({ callback_url: 'https://localhost:8443/cb?x=1' });
    expect(text).toContain('Parcel Pilot wants to connect to Tea & Co <b>');
    expect(text).toContain('Where the key is sent localhost:8443');
  });

  test('shows an international host name in punycode too', async () => {
    const text = await consentText({ callback_url: 'https://bücher.example/cb' });
    expect(text).toContain('bücher.example Also written as xn--bcher-kva.example');
  });

  test('names an international host in both forms when it cannot be used', async () => {
    const { body } = await manager.get(route('authorize', ask({ callback_url: 'https://käse.example/cb' })));
    expect(textOf(body)).toContain('The callback host käse.example (xn--kse-qla.example) cannot be found');
  });

  test.each([
    ['42', '42'],
    ['jane@shop.test', 'jane@shop.test'],
    ['<b>7</b> & "co"', '<b>7</b> & "co"'],
    ['\u202eten\u0007.te\u200bst\u2066 \u00ad7', 'ten .test 7'],
    ['x'.repeat(200), 'x'.repeat(200)],
    ['x'.repeat(5000), `${'x'.repeat(200)}…`],
    ['\u3164\u200b', 'An account with an unreadable ID'],
  ])('shows which account at the app will be connected: %#', async (userId, shown) => {
    const { page, fields } = await openConsent(manager, ask({ user_id: userId }));
    expect(textOf(page.body)).toContain(`Account at the app ${shown} The app will connect`);
    expect(fields['user_id']).toBe(userId);
  });

  test.each([
    ['https://hooks.app.example/cb', 'https://app.example/done'],
    ['https://app.example:8443/cb', 'http://www.app.example/done'],
    ['https://APP.example./cb', 'app.example/done'],
    ['https://bücher.example/cb', 'https://www.xn--bcher-kva.example/done'],
    ['https://localhost:8443/cb', 'http://localhost:3000/done'],
    ['https://93.184.216.34/cb', 'https://93.184.216.34:8080/done'],
    ['https://one.co.uk/cb', 'https://www.one.co.uk/done'],
    ['https://one.herokuapp.com/cb', 'https://one.herokuapp.com/done'],
    ['https://app.example/cb', 'myapp://done'],
    ['https://app.example/cb', 'myapp://other.test/done'],
    ['https://app.example/cb', 'com.example.app:/done'],
  ])(
    'shows no warning when the key goes to %s and the manager returns to %s',
    async (callback_url, return_url) => {
      expect(await consentText({ callback_url, return_url })).not.toContain('a different website');
    },
  );

  test.each([
    ['https://app.example/cb', 'https://other.test/done', 'other.test'],
    ['https://app.example/cb', 'https://app.example.other.test/done', 'app.example.other.test'],
    ['https://app.example/cb', 'notapp.example', 'notapp.example'],
    ['https://app.example/cb', 'ftp://other.test/done', 'other.test'],
    ['https://app.example/cb', 'https://other.test:8443/done', 'other.test:8443'],
    ['https://app.example/cb', 'https://bücher.test/', 'bücher.test (xn--bcher-kva.test)'],
    ['https://one.co.uk/cb', 'https://two.co.uk/done', 'two.co.uk'],
    ['https://one.herokuapp.com/cb', 'https://two.herokuapp.com/done', 'two.herokuapp.com'],
    ['https://a.xn--55qx5d.cn/cb', 'https://b.xn--55qx5d.cn/done', 'b.公司.cn (b.xn--55qx5d.cn)'],
    ['https://localhost/cb', 'https://127.0.0.1/done', '127.0.0.1'],
    ['https://93.184.216.34/cb', 'https://93.184.216.35/done', '93.184.216.35'],
  ])(
    'warns, and says what to do, when the key goes to %s and the manager returns to %s',
    async (callback_url, return_url, shown) => {
      const text = await consentText({ callback_url, return_url });
      expect(text).toContain(`After this page you go to ${shown} . That is a different website`);
      expect(text).toContain('choose Deny');
    },
  );

  test.each([
    ['read', 'Read', 'See orders', 'Add, change or delete anything'],
    ['write', 'Write', 'Create, change, refund and delete orders', 'Browse or look up'],
    ['read_write', 'Read/Write', 'See, create, change, refund and delete orders', 'See your password'],
  ])('lists what the scope %s allows and what it does not', async (scope, word, can, cannot) => {
    const text = await consentText({ scope });
    const [, allowed = ''] = text.split('This app will be able to');
    const [able = '', unable = ''] = allowed.split('It will not be able to');
    expect(able).toContain(`${word} ${can}`);
    expect(unable).toContain(cannot);
    expect(able).not.toContain(cannot);
  });

  test('names the user who is signed in', async () => {
    expect(await consentText()).toMatch(/Signed in as M manager manager Sign out and use another account/);
  });

  test.each([
    ['<script>alert(1)</script>Parcel <b>Pilot</b>', 'Parcel Pilot'],
    ['\u202egnp.exe\u202c\u0007 Tool', 'gnp.exe Tool'],
    ['<img src=x onerror=alert(1)>', 'An app without a name'],
    ['Tom & Jerry\'s "A < B"', 'Tom & Jerry\'s "A < B"'],
  ])('shows the app name %j as %j', async (appName, shown) => {
    const { page, fields } = await openConsent(manager, ask({ app_name: appName }));
    expect(textOf(page.body)).toContain(`${shown} wants to connect to`);
    expect(page.body).not.toMatch(/<script>|<img src=x/);
    expect(fields['app_name']).toBe(appName);
  });
});

describe('the controls of the consent page', () => {
  test('are form buttons with the classes that existing scripts look for', async () => {
    const { page } = await openConsent(manager, ask());
    const [signOut, decision] = htmlForms(page.body);
    expect(signOut).toMatchObject({ action: '/wc-auth/v1/logout', method: 'post' });
    expect(signOut?.buttons[0]?.classes).toContain('wc-auth-logout');
    expect(decision).toMatchObject({ action: '/wc-auth/v1/access_granted', method: 'post' });
    const [approveButton, denyButton] = decision?.buttons ?? [];
    expect(approveButton?.classes).toContain('wc-auth-approve');
    expect(denyButton).toMatchObject({ formaction: '/wc-auth/v1/access_denied' });
    expect(denyButton?.classes).toContain('wc-auth-deny');
  });

  test('are on a page with the classes of WooCommerce’s body, as on the sign-in form', async () => {
    const pages = [
      (await openConsent(manager, ask())).page,
      await store.browser().get(route('login', ask())),
      await store.browser().get('/login'),
    ];
    for (const { body } of pages) expect(body).toContain('<body class="wc-auth wp-core-ui">');
    for (const target of ['/keys', '/nothing', route('authorize', ask({ scope: 'x' }))])
      expect((await manager.get(target)).body).not.toContain('wp-core-ui');
  });

  test('sign the manager out and keep the request for the next sign-in', async () => {
    const browser = await store.signIn();
    const { page } = await openConsent(browser, ask({ user_id: "a'b+c=" }));
    const { action, fields } = page.form('_wpnonce');
    const out = await browser.post(action, fields);
    expect(out.status).toBe(303);
    expect(new URL(out.location).pathname).toBe('/wc-auth/v1/login');
    expect(Object.fromEntries(new URL(out.location).searchParams)).toEqual({ ...ask({ user_id: "a'b+c=" }) });
    expect((await browser.get(route('authorize', ask()))).status).toBe(302);
  });

  test('carry all five parameters', async () => {
    const { fields } = await openConsent(manager, ask());
    expect(fields).toMatchObject({ ...ask() });
  });
});

describe('the headers of the consent page', () => {
  const policyOf = async (returnUrl: string) =>
    String(
      (await openConsent(manager, ask({ return_url: returnUrl }))).page.headers['content-security-policy'],
    );

  test('let the form lead to any web page, because the app may redirect further', async () => {
    expect(await policyOf('https://app.example/done')).toContain("form-action 'self' https: http:;");
  });

  test('let the form lead to the app’s own scheme', async () => {
    expect(await policyOf('MyApp://done')).toContain("form-action 'self' https: http: myapp:;");
  });

  test('let no form lead to another site on any other page', async () => {
    const login = await store.browser().get(route('login', ask()));
    expect(login.headers['content-security-policy']).toContain("form-action 'self';");
  });

  test('keep the page out of frames, caches and the referrers of other sites, and allow no inline script', async () => {
    const { headers } = (await openConsent(manager, ask())).page;
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'same-origin',
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
    });
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['content-security-policy']).toContain("script-src 'self'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers['x-powered-by']).toBeUndefined();
  });
});

describe('the keys that the app already has', () => {
  test('are offered for revocation, unticked', async () => {
    const asked = ask({ app_name: 'Holder', callback_url: app.url() });
    await grant(manager, asked);
    const { page } = await openConsent(manager, asked);
    expect(textOf(page.body)).toContain('This app already has 1 key');
    const form = page.form('wc_auth_nonce');
    const keys = form.ticked.filter(({ name }) => name === 'revoke_key_ids');
    expect([form.unticked.length, keys.length]).toEqual([1, 0]);
    await approve(manager, { page, fields: form.fields, nonce: '' });
    expect(await store.app.consumerKeys.list()).toHaveLength(2);
  });

  test.each([
    ['another name', { app_name: 'Other' }],
    ['another id for the merchant', { user_id: '43' }],
    ['another callback origin', { callback_url: 'https://localhost:2/cb' }],
  ])('do not include those of an app with %s', async (_what, changes) => {
    const asked = ask({ app_name: 'Holder', callback_url: app.url(), ...changes });
    expect((await openConsent(manager, asked)).page.form('wc_auth_nonce').unticked).toEqual([]);
  });

  test('do not include those that another manager approved', async () => {
    await store.addUser('second', 'shop_manager');
    const second = await store.signIn('second');
    const asked = ask({ app_name: 'Holder', callback_url: app.url() });
    expect((await openConsent(second, asked)).page.form('wc_auth_nonce').unticked).toEqual([]);
  });
});
