import { encodeForm } from '../support/http/http-browser';
import { approve, ask, deny, openConsent, route, type Ask } from '../support/scenes/grant-scene';
import { linkHref } from '../support/http/html-forms';
import { startHttpsReceiver, type HttpsReceiver } from '../support/http/https-receiver';
import { PASSWORD, startTestStore, type TestStore } from '../support/store/test-store';

let store: TestStore;
let app: HttpsReceiver;
beforeAll(async () => {
  [store, app] = await Promise.all([startTestStore(), startHttpsReceiver()]);
});
afterEach(() => {
  app.clear();
});
afterAll(() => Promise.all([store.close(), app.stop()]));

const USER_IDS = [
  'c0a8012e-0000-4000-8000-000000000001',
  'owner+shop@app.example',
  'dXNlcg==',
  'a+b/c+d==',
  'a:b:c',
  '{"id":7,"next":"/x?y=1&z=2#w"}',
  'a&b=c',
  '50%25 off %2B',
  'Zoë ☕ 日本',
  '\'"<b>\\`',
  ' leading and trailing ',
  'line one\r\nline two\ttab',
];

const RETURN_URLS = [
  'https://app.example/done?state=a%20b+c&x=%2F%2f',
  'https://app.example/done?empty&=&a=b=c&&d',
  'https://app.example/%7Euser/a%2Fb?q=%C3%A9',
  'https://bücher.example/zurück?q=ü',
  'https://app.example/done?ids[]=1&ids[]=2#/route?tab=1',
  'myapp://done?token=x%3Dy',
  'app.example/done?a=1',
];

/** The query of a redirect's target, as an app parses it. */
const outcomeIn = (location: string) => new URL(location).searchParams;

describe('a user_id, byte for byte through every hop', () => {
  test.each(USER_IDS)('returns the user_id %j unchanged', async (userId) => {
    const asked = ask({ user_id: userId, callback_url: app.url() });
    const browser = store.browser();

    const toLogin = await browser.get(route('authorize', asked));
    expect(outcomeIn(toLogin.location).get('user_id')).toBe(userId);
    const login = await browser.get(toLogin.location);
    const cancel = linkHref(login.body, 'wc-auth-cancel') ?? '';
    expect(outcomeIn(cancel).get('user_id')).toBe(userId);

    const form = login.form('password');
    const toConsent = await browser.post(new URL(form.action, store.url).href, {
      ...form.fields,
      username: 'manager',
      password: PASSWORD,
    });
    expect(toConsent.location).toBe(store.url + route('authorize', asked));
    const page = await browser.get(toConsent.location);
    const { fields } = page.form('wc_auth_nonce');
    expect(fields['user_id']).toBe(userId);

    const back = await browser.post('/wc-auth/v1/access_granted', fields);
    expect(back.status).toBe(302);
    expect(Object.fromEntries(outcomeIn(back.location))).toEqual({ success: '1', user_id: userId });
    expect((JSON.parse(app.received()[0]!.body) as { user_id: string }).user_id).toBe(userId);
  });
});

describe('a return_url', () => {
  const outcomes: readonly [string, string][] = [
    ['https://app.example/done', 'https://app.example/done?success=1&user_id=42'],
    [
      'https://app.example/done?state=a%20b+c&x=%2F%2f',
      'https://app.example/done?state=a%20b+c&x=%2F%2f&success=1&user_id=42',
    ],
    ['https://app.example/?a=1#frag', 'https://app.example/?a=1&success=1&user_id=42#frag'],
    [
      'https://app.example/?success=9&a=1&user_id=old&b=2',
      'https://app.example/?a=1&b=2&success=1&user_id=42',
    ],
    ['https://app.example', 'https://app.example?success=1&user_id=42'],
    ['https://bücher.example/', 'https://xn--bcher-kva.example/?success=1&user_id=42'],
    ['app.example/done', 'https://app.example/done?success=1&user_id=42'],
    ['https%3A%2F%2Fapp.example%2Fdone%3Fa%3D1', 'https://app.example/done?a=1&success=1&user_id=42'],
  ];
  test.each(outcomes)(
    'keeps its query and gets the outcome before its fragment: %s becomes %s',
    async (returnUrl, expected) => {
      const asked = ask({ return_url: returnUrl, callback_url: app.url() });
      const browser = await store.signIn();
      expect((await approve(browser, await openConsent(browser, asked))).location).toBe(expected);
      expect((await deny(browser, await openConsent(browser, asked))).location).toBe(
        expected.replace('success=1', 'success=0'),
      );
    },
  );

  test.each(RETURN_URLS)('reaches the consent form unchanged: %s', async (returnUrl) => {
    const browser = await store.signIn();
    const { fields } = await openConsent(browser, ask({ return_url: returnUrl }));
    expect(fields['return_url']).toBe(returnUrl);
  });
});

test('calls the path and query of a callback_url as the app wrote them', async () => {
  const browser = await store.signIn();
  const callback = `${app.url('/a%2Fb/~x')}?sig=a+b%20c&empty=&t=%2F`;
  await approve(browser, await openConsent(browser, ask({ callback_url: callback })));
  expect(app.received()[0]?.path).toBe('/a%2Fb/~x?sig=a+b%20c&empty=&t=%2F');
});

describe('a URL that could run code, or that has two readings', () => {
  const rejected = [
    'javascript:alert(1)',
    'JavaScript://x/%0aalert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    'blob:https://app.example/1',
    'about:blank',
    'https://user:pw@app.example/',
    'https://user@app.example/',
    'https://app.example/a\nb',
    'https://app.example\\@evil.example/',
    'https://',
  ];
  const parameters: readonly (keyof Ask)[] = ['return_url', 'callback_url'];
  test.each(rejected.flatMap((url) => parameters.map((name) => [name, url] as const)))(
    'is rejected and never linked to: %s=%j',
    async (name, url) => {
      const answer = await store.browser().get(route('authorize', { ...ask(), [name]: url }));
      expect(answer.status).toBe(401);
      expect(answer.body).toContain('is not a valid URL.');
      expect(linkHref(answer.body, 'wc-auth-cancel')).toBeUndefined();
    },
  );
});

test('returns a user_id of 8,000 characters unchanged', async () => {
  const userId = 'x'.repeat(8_000);
  const answer = await store
    .browser()
    .get(`/wc-auth/v1/authorize?${encodeForm({ ...ask({ user_id: userId }) })}`);
  expect(outcomeIn(answer.location).get('user_id')).toBe(userId);
});
