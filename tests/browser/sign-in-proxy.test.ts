import type { Page } from 'playwright-core';
import { startHttpsReceiver, type HttpsReceiver } from '../support/http/https-receiver';
import { namedBlocks, startNginx } from '../support/recipes/recipe';
import { openBrowser, type Person, type RealBrowser } from '../support/scenes/browser';
import { approve } from '../support/scenes/demo-visit';
import { ask, route } from '../support/scenes/grant-scene';
import { startPopupApp, type PopupApp } from '../support/scenes/popup-app';
import type { SignInProxy } from '../support/sign-in/describe-proxy-recipe';
import { PROXY_ENV } from '../support/sign-in/proxy-scene';
import { startBesideAuthService } from '../support/sign-in/start-beside-auth-service';
import { tcpProxy, type TcpProxy } from '../support/store/tcp-proxy';
import { startTestStore, type TestStore } from '../support/store/test-store';

let store: TestStore;
let receiver: HttpsReceiver;
let proxy: SignInProxy;
let way: TcpProxy;
let app: PopupApp;
let browser: RealBrowser;
let person: Person;
beforeAll(async () => {
  way = await tcpProxy({ host: '127.0.0.1', port: 1 });
  const start = startBesideAuthService((ports, more) =>
    startNginx(namedBlocks('sign-in.md').get('sign-in-nginx.conf') ?? '', ports, more),
  );
  proxy = await start({ wcAuth: Number(new URL(way.through('http://127.0.0.1:1')).port) });
  const AUTH_PROXY_LOGOUT_URL = `${proxy.https}/oauth2/sign_out?rd=%2Flogin`;
  [store, receiver, browser] = await Promise.all([
    startTestStore({ env: { ...PROXY_ENV, STORE_URL: proxy.https, AUTH_PROXY_LOGOUT_URL } }),
    startHttpsReceiver(),
    openBrowser(),
  ]);
  way.moveTo({ host: '127.0.0.1', port: Number(new URL(store.url).port) });
  app = await startPopupApp();
});
afterAll(async () => {
  await Promise.all([browser.close(), app.stop(), proxy.stop(), receiver.stop(), way.stop()]);
  await store.close();
});
beforeEach(async () => {
  person = await browser.person({ ignoreHTTPSErrors: true });
});
afterEach(async () => {
  expect(person.complaints).toEqual([]);
  await person.leave();
});

const authorizeUrl = (callback: string) =>
  proxy.https + route('authorize', ask({ return_url: app.returnUrl, callback_url: receiver.url(callback) }));

async function enter(page: Page): Promise<void> {
  await page.getByLabel('Login').fill('ada');
  await page.getByRole('button', { name: 'Enter' }).click();
}

test('a manager connects an app through a proxy that signs people in', async () => {
  const { page } = person;
  await page.goto(authorizeUrl('/page'));
  await enter(page);
  await approve(page);
  await page.waitForURL(`${app.returnUrl}?success=1&user_id=42`);
  expect(receiver.received('/page')).toHaveLength(1);
});

test('a manager connects an app in a popup, and the app’s page learns the outcome', async () => {
  const { page } = person;
  await page.goto(app.url);
  const [popup] = await Promise.all([
    page.waitForEvent('popup'),
    page.evaluate(`void open(${JSON.stringify(authorizeUrl('/popup'))})`),
  ]);
  await enter(popup);
  await approve(popup);
  await page.waitForFunction('seen.length > 0');
  expect(await page.evaluate('seen')).toEqual(['?success=1&user_id=42']);
  expect(receiver.received('/popup')).toHaveLength(1);
});

test('a manager signs in again before raising permissions, and signs out of both systems', async () => {
  const { page } = person;
  await page.goto(authorizeUrl('/again').replace('scope=read_write', 'scope=read'));
  await enter(page);
  await approve(page);
  await page.waitForURL(`${app.returnUrl}*`);
  const [key] = await store.database.knex('consumer_keys').where({ permissions: 'read' }).select('key_id');
  await page.goto(`${proxy.https}/keys/${key.key_id}`);
  await page.getByText('Change', { exact: true }).click();
  await page.getByRole('link', { name: 'Sign in again' }).click();
  await enter(page);
  await page.waitForURL(`${proxy.https}/keys/${key.key_id}`);
  await page.goto(`${proxy.https}/wc-auth/v1/logout`);
  await page.getByRole('button', { name: 'Sign out' }).first().click();
  // The page in between leads on by itself.
  await page.getByLabel('Login').waitFor();
  expect(await store.database.knex('sessions').select()).toHaveLength(2);
});
