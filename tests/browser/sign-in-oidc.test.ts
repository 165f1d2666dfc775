import type { Page } from 'playwright-core';
import { openBrowser, type Person, type RealBrowser } from '../support/scenes/browser';
import { approve } from '../support/scenes/demo-visit';
import { ask, route } from '../support/scenes/grant-scene';
import { startPopupApp, type PopupApp } from '../support/scenes/popup-app';
import { startHttpsReceiver, type HttpsReceiver } from '../support/http/https-receiver';
import { opsAccount, startOidcScene, type OidcScene } from '../support/sign-in/oidc-scene';

// The whole grant in Chromium, by a manager who signs in at oidc-provider. The provider and the store
// are on different sites, so cookies count as they do in production.

let scene: OidcScene;
let receiver: HttpsReceiver;
let app: PopupApp;
let browser: RealBrowser;
let person: Person;
beforeAll(async () => {
  [scene, receiver, browser] = await Promise.all([startOidcScene(), startHttpsReceiver(), openBrowser()]);
  await scene.provider.setAccount('tom', opsAccount('tom'));
  app = await startPopupApp('localhost');
});
afterAll(async () => {
  await Promise.all([browser.close(), app.stop(), scene.close(), receiver.stop()]);
});
beforeEach(async () => {
  person = await browser.person({ ignoreHTTPSErrors: true });
});
afterEach(async () => {
  expect(person.complaints).toEqual([]);
  await person.leave();
});

const asked = () =>
  ask({
    app_name: 'Büro & Söhne +1',
    return_url: `${app.returnUrl}?a=b%20c`,
    callback_url: receiver.url('/cb'),
  });
const grantUrl = () => scene.store.tlsUrl + route('authorize', asked());

async function signInAtProvider(page: Page): Promise<void> {
  await page.waitForURL(`${scene.provider.issuer}/**`);
  await page.getByLabel('Login').fill('tom');
  await page.getByRole('button', { name: 'Sign in' }).click();
}

test('a manager grants a key with the account of the provider', async () => {
  const { page } = person;
  await page.goto(grantUrl());
  await signInAtProvider(page);
  await page.locator('.wc-auth-approve').waitFor();
  expect(page.url()).toBe(grantUrl());
  await approve(page);
  await page.waitForURL(`${app.returnUrl}**`);
  expect(page.url()).toBe(`${app.returnUrl}?a=b%20c&success=1&user_id=42`);
});

test('an app learns the outcome of a grant in a popup, with the provider in between', async () => {
  const { page } = person;
  await page.goto(app.url);
  const [popup] = await Promise.all([
    page.waitForEvent('popup'),
    page.evaluate(`void open(${JSON.stringify(grantUrl())})`),
  ]);
  await signInAtProvider(popup);
  await popup.locator('.wc-auth-approve').waitFor();
  await approve(popup);
  await page.waitForFunction('seen.length > 0');
  expect(await page.evaluate('seen')).toEqual(['?a=b%20c&success=1&user_id=42']);
});

test('a sign-out leads to the provider and back to the store', async () => {
  const { page } = person;
  await page.goto(`${scene.store.tlsUrl}/login`);
  await signInAtProvider(page);
  await page.goto(`${scene.store.tlsUrl}/wc-auth/v1/logout`);
  await page.locator('.wc-auth-logout').click();
  // The page goes on by itself.
  await page.getByRole('button', { name: 'Yes, sign me out' }).click();
  await page.waitForURL(`${scene.store.tlsUrl}/login?logged_out=1`);
  await page.getByText('You are signed out.').waitFor();
});

test('a person who cancels at the provider can try again and goes on with the grant', async () => {
  const { page } = person;
  await page.goto(grantUrl());
  await page.waitForURL(`${scene.provider.issuer}/**`);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('link', { name: 'Try again' }).click();
  await signInAtProvider(page);
  await page.locator('.wc-auth-approve').waitFor();
  expect(page.url()).toBe(grantUrl());
});

test('a sensitive change asks for a fresh sign-in, and the provider asks for it again', async () => {
  const { page } = person;
  await page.goto(`${scene.store.tlsUrl}/login`);
  await signInAtProvider(page);
  await page.goto(`${scene.store.tlsUrl}/wc-auth/v1/sign-in/oidc?again=1&redirect_to=/keys`);
  await signInAtProvider(page);
  await page.waitForURL(`${scene.store.tlsUrl}/keys`);
});
