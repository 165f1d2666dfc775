import { ask, route } from '../support/scenes/grant-scene';
import type { Answer, HttpBrowser } from '../support/http/http-browser';
import { MANAGER, PASSWORD, startTestStore, type TestStore } from '../support/store/test-store';

const ENCODED = (target: string) => encodeURIComponent(target);
/** Targets as they are in a URL. Characters that are not escaped are part of the attack. */
const ELSEWHERE: readonly string[] = [
  'https://evil.example/',
  'HTTPS://evil.example',
  'https:evil.example',
  'https:/evil.example',
  'https:///evil.example',
  'https:\\\\evil.example',
  'http:evil.example',
  '//evil.example/',
  '///evil.example',
  '////evil.example',
  '/\\evil.example',
  '\\/evil.example',
  '\\\\evil.example',
  '/\\/evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  '/\r\n/evil.example',
  '\t//evil.example',
  ' //evil.example',
  '\u00a0//evil.example',
  '\u3000//evil.example',
  '\ufeff//evil.example',
  '/\u0000/evil.example',
  '/\u007f/evil.example',
  '//evil.example%2f..',
  '//evil%E3%80%82example',
  '//evil\u3002example/',
  '//evil\uff0eexample/',
  '\uff0f\uff0fevil.example',
  '/\uff0fevil.example',
  '//user@evil.example',
  '@evil.example',
  ':80@evil.example',
  '.evil.example',
  'evil.example',
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'java\tscript:alert(1)',
  '\u0001javascript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:x',
  'file:///etc/passwd',
  'blob:https://evil.example/1',
  'about:blank',
  'myapp://done',
  '/ok\r\nLocation: https://evil.example',
  '/..//evil.example',
  '/a/..//evil.example',
  '/.//evil.example',
  '/%2e%2e//evil.example',
  '/;//evil.example',
  '//[::1]/',
  '//2130706433/',
];

let store: TestStore;
let manager: HttpBrowser;
beforeAll(async () => {
  store = await startTestStore({ path: '/shop' });
  manager = await store.signIn();
});
afterAll(() => store.close());

/** Returns the URL that a browser at `from` would open. */
function landing(answer: Answer, from: string): URL {
  expect(answer.location).toMatch(/^[\x21-\x7e]+$/);
  return new URL(answer.location, from);
}
function expectHome(answer: Answer): void {
  const { origin, pathname } = landing(answer, store.url);
  expect(origin).toBe(new URL(store.url).origin);
  // Another parser could read such a path as a host.
  expect(pathname).not.toMatch(/^\/[/\\]/);
}

async function signInForm(target: string) {
  const browser = store.browser();
  const { fields } = (await browser.get(target)).form('wc_auth_csrf');
  return { browser, fields: { ...fields, username: MANAGER, password: PASSWORD } };
}

describe.each(ELSEWHERE)('a redirect_to of another site: %j', (target) => {
  test('is ignored at sign-in, in the URL or among the fields', async () => {
    const asked = `/login?redirect_to=${ENCODED(target)}`;
    const { browser, fields } = await signInForm(asked);
    expectHome(await browser.post('/login', fields));
    const other = await signInForm('/login');
    expectHome(await other.browser.post('/login', { ...other.fields, redirect_to: target }));
  });

  test('is ignored for a visitor who is already signed in', async () => {
    expectHome(await manager.get(`/login?redirect_to=${ENCODED(target)}`));
  });

  test('is ignored after signing out', async () => {
    const leaver = await store.signIn();
    const page = await leaver.get(`/wc-auth/v1/logout?redirect_to=${ENCODED(target)}`);
    const { fields } = page.form('_wpnonce');
    expectHome(await leaver.post('/wc-auth/v1/logout', { ...fields, redirect_to: target }));
  });

  test('is ignored when a page asks to sign in first', async () => {
    const asked = await store.browser().get(`/keys?search=${ENCODED(target)}`);
    expectHome(asked);
    const { browser, fields } = await signInForm(asked.location.slice(store.url.length));
    expectHome(await browser.post('/login', fields));
  });
});

const NO_RETURN_URL: readonly string[] = [
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'javascript://app.example/%0aalert(1)',
  'javascript%3A%2F%2Fapp.example%2F%250aalert(1)',
  'java\tscript://app.example/',
  '\u0001javascript://app.example/',
  'data:text/html,x',
  'data://text/html,x',
  'vbscript://x',
  'file:///etc/passwd',
  'blob:https://app.example/1',
  'about://blank',
  '//evil.example/',
  '/\\evil.example',
  '/path',
  'https:\\\\evil.example',
  'https:evil.example',
  'https:///evil.example',
  'https://app.example\\@evil.example/',
  'https://app.example@evil.example/',
  'https://user:pass@app.example/',
  'https://app.example%2f@evil.example/',
  'https://app%2eexample/',
  'https://app.example/\r\nLocation: https://evil.example',
  'https://app.example/\tx',
  'https://app.example/\u0000',
  'https://app.example/\u202ex',
];

describe.each(NO_RETURN_URL)('an invalid return_url: %j', (returnUrl) => {
  const parameters = ask({ return_url: returnUrl });
  test.each(['authorize', 'login', 'access_granted', 'access_denied'])(
    'is rejected by %s, and no link or redirect leads there',
    async (name) => {
      for (const browser of [store.browser(), manager]) {
        const answer = await browser.get(route(name, parameters));
        expect([answer.status, answer.location]).toEqual([401, '']);
        expect(answer.body).not.toMatch(/(?:href|action|formaction)="(?!\/shop)/);
      }
    },
  );
});

test('redirects to a return_url only after a decision', async () => {
  const parameters = ask({ return_url: 'https://evil.example/' });
  for (const browser of [store.browser(), manager])
    for (const name of ['authorize', 'login', 'access_granted', 'access_denied'])
      for (const answer of [
        await browser.get(route(name, parameters)),
        await browser.post(`/wc-auth/v1/${name}`, { ...parameters }),
        await browser.post(`/wc-auth/v1/${name}`, { ...parameters, wc_auth_nonce: 'x'.repeat(40) }),
      ])
        if (answer.location !== '') expectHome(answer);
});

test.each(['.evil.example', '@evil.example', 'evil.example:1', 'evil.example'])(
  'ignores the Host header %j in redirects',
  async (host) => {
    const named = host.startsWith('.') || host.startsWith('@') ? `shop.example${host}` : host;
    for (const target of ['/', '/keys', '/login', route('authorize', ask())]) {
      const answer = await store.browser().get(target, { host: named });
      if (answer.location !== '') expectHome(answer);
    }
  },
);
