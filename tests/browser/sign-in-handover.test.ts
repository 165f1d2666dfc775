import type { Page } from 'playwright-core';
import { openBrowser, type Person, type RealBrowser } from '../support/scenes/browser';
import { approve } from '../support/scenes/demo-visit';
import { ask, route } from '../support/scenes/grant-scene';
import { startPopupApp, type PopupApp } from '../support/scenes/popup-app';
import { startHttpsReceiver, type HttpsReceiver } from '../support/http/https-receiver';
import { startBackEnd, type BackEnd } from '../support/sign-in/back-end';
import { HANDOVER } from '../support/sign-in/handover-scene';
import { startTestStore, type TestStore } from '../support/store/test-store';

// Chromium goes from an app's link through the store's back end, which is on another site, and back.

let store: TestStore;
let backEnd: BackEnd;
let receiver: HttpsReceiver;
let app: PopupApp;
let browser: RealBrowser;
let person: Person;
beforeAll(async () => {
  [backEnd, receiver, browser] = await Promise.all([startBackEnd(), startHttpsReceiver(), openBrowser()]);
  store = await startTestStore({ env: backEnd.env });
  backEnd.serve(store.url);
  app = await startPopupApp();
});
afterAll(async () => {
  await Promise.all([browser.close(), app.stop(), store.close(), receiver.stop(), backEnd.stop()]);
});
beforeEach(async () => {
  person = await browser.person();
});
afterEach(async () => {
  expect(person.complaints).toEqual([]);
  await person.leave();
});

const asked = () =>
  ask({
    app_name: 'Büro & "Söhne" + %2F ☃',
    return_url: `${app.returnUrl}?a=b%20c`,
    callback_url: receiver.url('/cb'),
  });
const enterTheOffice = (page: Page) => page.getByRole('button', { name: 'Enter the office' }).click();

test('connects an app through the back end, and sends the cookie with the step only', async () => {
  const { page } = person;
  const cookies = new Map<string, string>();
  page.on('request', (request) => {
    const { pathname, origin } = new URL(request.url());
    if (origin !== store.url || pathname !== HANDOVER) return;
    void request.allHeaders().then((headers) => cookies.set(request.method(), headers['cookie'] ?? 'none'));
  });
  const authorize = route('authorize', asked());
  await page.goto(store.url + authorize);
  await enterTheOffice(page);
  await page.locator('.wc-auth-approve').waitFor();
  expect(page.url()).toBe(store.url + authorize);
  expect(cookies.get('POST')).toBe('none');
  expect(cookies.get('GET')).toContain('wc_auth_sign_in=');
  await approve(page);
  await page.waitForURL(/\/done\?/);
  expect(new URL(page.url()).search).toBe('?a=b%20c&success=1&user_id=42');
  expect(receiver.received('/cb')).toHaveLength(1);
});

test('tells the app its outcome from a popup that went through the back end', async () => {
  const { page } = person;
  await page.goto(app.url);
  const url = store.url + route('authorize', asked());
  const [popup] = await Promise.all([
    page.waitForEvent('popup'),
    page.evaluate(`void (globalThis.popup = open(${JSON.stringify(url)}))`),
  ]);
  await enterTheOffice(popup);
  await popup.locator('.wc-auth-approve').waitFor();
  expect(await page.evaluate('popup.closed')).toBe(false);
  await approve(popup);
  await page.waitForFunction('seen.length > 0 && popup.closed');
  expect(await page.evaluate('seen')).toEqual(['?a=b%20c&success=1&user_id=42']);
});

test('does not sign a browser in with the step of another browser', async () => {
  const attacker = store.browser();
  const { location } = await attacker.get('/login');
  const [, token = ''] =
    /name="token" value="([^"]*)"/.exec((await attacker.get(`${location}&entered=1`)).body) ?? [];
  const { location: step } = await attacker.post(HANDOVER, { token }, { origin: backEnd.url });
  expect(step).toContain('?step=');
  await person.page.goto(step);
  await person.page.getByRole('heading', { name: 'This sign-in began in another browser' }).waitFor();
});

test('leads to the back end after a form of the console whose session has ended', async () => {
  const { page } = person;
  await page.goto(`${store.url}/login?redirect_to=/keys/new`);
  await enterTheOffice(page);
  await page.getByLabel('Description').fill('A key');
  await store.database.knex('sessions').delete();
  await page.locator('main form button').last().click();
  await page.getByText('You were signed out, so the form was not sent.').waitFor();
  // The back end still knows the browser.
  await page.locator('a[href*="/sign-in/handover"]').click();
  await page.waitForURL(`${store.url}/apps`);
});

test.each(['shop_manager', 'customer'])(
  'lets a %s sign out on the page of a grant, and come back to it',
  async (role) => {
    const { page } = person;
    const authorize = route('authorize', asked());
    await page.goto(store.url + authorize);
    await enterTheOffice(page);
    await page.locator('.wc-auth-approve').waitFor();
    await store.database.knex('users').where({ login: 'eve' }).update({ role });
    await page.reload();
    await page.locator('.wc-auth-logout').click();
    // The back end asks, because the person may want another account.
    await enterTheOffice(page);
    await page.locator('.wc-auth-approve').waitFor();
    expect(page.url()).toBe(store.url + authorize);
  },
);
