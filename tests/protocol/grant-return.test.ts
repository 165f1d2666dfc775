import { approve, ask, deny, openConsent } from '../support/scenes/grant-scene';
import { linkHref, textOf, titleOf } from '../support/http/html-forms';
import type { Answer, HttpBrowser } from '../support/http/http-browser';
import { startHttpsReceiver, type HttpsReceiver } from '../support/http/https-receiver';
import { startTestStore, type TestStore } from '../support/store/test-store';

// A return to an app's own scheme uses a page, because a device without the app would show nothing
// (protocol 2.1).

let store: TestStore;
let app: HttpsReceiver;
let manager: HttpBrowser;
beforeAll(async () => {
  [store, app] = await Promise.all([startTestStore(), startHttpsReceiver()]);
  manager = await store.signIn();
});
afterAll(() => Promise.all([store.close(), app.stop()]));

const consent = (return_url: string, user_id = '42') =>
  openConsent(manager, ask({ return_url, user_id, callback_url: app.url() }));

/** Returns the targets of the page's automatic refresh and of its link. */
function leadsTo(page: Answer): (string | undefined)[] {
  const refresh = /<meta http-equiv="refresh" content="0;url=([^"]*)">/.exec(page.body)?.[1];
  return [refresh?.replaceAll('&amp;', '&').replaceAll('&#39;', "'"), linkHref(page.body, 'wc-auth-return')];
}

describe.each([
  ['myapp://done', 'myapp://done?'],
  ['MyApp://host.example/done?x=1#f', 'MyApp://host.example/done?x=1&'],
  ['com.example.app:/oauth2redirect', 'com.example.app:/oauth2redirect?'],
  ['com.example.app%3A%2Foauth2redirect', 'com.example.app:/oauth2redirect?'],
  ["com.example.app:/a'b;url=https://b.example", "com.example.app:/a'b;url=https://b.example?"],
  ['ftp://app.example/done', 'ftp://app.example/done?'],
  ['exp://192.168.1.4:19000/--/done', 'exp://192.168.1.4:19000/--/done?'],
])('the page that returns to %s', (returnUrl, back) => {
  const fragment = returnUrl.includes('#') ? '#f' : '';

  test('says after Approve that the app is connected, opens the app and links to it', async () => {
    const before = (await store.app.consumerKeys.list()).length;
    const page = await approve(manager, await consent(returnUrl));
    expect([page.status, page.location]).toEqual([200, '']);
    expect(leadsTo(page)).toEqual(Array(2).fill(`${back}success=1&user_id=42${fragment}`));
    expect(textOf(page.body)).toContain('Parcel Pilot is connected to My store');
    expect(titleOf(page.body)).toContain('Connected');
    expect(await store.app.consumerKeys.list()).toHaveLength(before + 1);
    expect(page.body).not.toMatch(/c[ks]_[0-9a-f]{7}|Error:/);
  });

  test('says after Deny that the app got no access, opens the app and links to it', async () => {
    const before = (await store.app.consumerKeys.list()).length;
    const page = await deny(manager, await consent(returnUrl));
    expect([page.status, page.location]).toEqual([200, '']);
    expect(leadsTo(page)).toEqual(Array(2).fill(`${back}success=0&user_id=42${fragment}`));
    expect(textOf(page.body)).toContain('Parcel Pilot has no access to My store');
    expect(await store.app.consumerKeys.list()).toHaveLength(before);
  });
});

test('the return page is the same for a second submit of a nonce, which creates nothing', async () => {
  const before = (await store.app.consumerKeys.list()).length;
  const opened = await consent('myapp://done');
  const pages = await Promise.all([approve(manager, opened), approve(manager, opened)]);
  pages.push(await approve(manager, opened), await deny(manager, opened));
  expect(new Set(pages.map(({ status, body }) => `${status} ${body}`)).size).toBe(1);
  expect(textOf(pages[0].body)).toContain('Parcel Pilot is connected to My store');
  expect(await store.app.consumerKeys.list()).toHaveLength(before + 1);
});

test('the failure page does not open an app whose callback fails', async () => {
  app.program({ status: 500 }, '/fails');
  const asked = ask({ return_url: 'myapp://done', callback_url: app.url('/fails') });
  const page = await approve(manager, await openConsent(manager, asked));
  expect([page.status, leadsTo(page)]).toEqual([401, [undefined, undefined]]);
  expect(linkHref(page.body, 'wc-auth-retry')).toContain('/wc-auth/v1/authorize?');
});

test('the return page has any user_id in its link', async () => {
  const userId = 'a"b\'c<d>&e=f #ü';
  const page = await deny(manager, await consent('myapp://done', userId));
  expect(leadsTo(page)).toEqual(
    Array(2).fill(`myapp://done?success=0&user_id=${encodeURIComponent(userId)}`),
  );
});

test.each(['https://app.example/done', 'http://app.example/done', 'HTTPS://APP.EXAMPLE/done'])(
  'a grant redirects to the web page %s at once',
  async (returnUrl) => {
    const page = await approve(manager, await consent(returnUrl));
    expect([page.status, page.location, page.body]).toEqual([302, `${returnUrl}?success=1&user_id=42`, '']);
  },
);
