import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { DESKTOP, openBrowser, PHONE } from '../scenes/browser';
import { seedKey } from '../scenes/console-scene';
import { storeInUse } from '../scenes/console-store';
import { ask, route } from '../scenes/grant-scene';
import { startHttpsReceiver } from '../http/https-receiver';
import { PASSWORD, startTestStore } from '../store/test-store';
import { takeReadmePictures } from './readme-pictures';

// Takes screenshots of every page in Chromium: phone and desktop, light and dark. `npm run
// screenshots`. Also takes the pictures of README.md; `npm run screenshots -- readme` takes only
// those.

const folder = join(process.cwd(), 'screenshots');
const only = process.argv[2];

type Shot = (name: string, path: string, before?: (page: Page) => Promise<void>) => Promise<void>;

async function signIn(page: Page, url: string, login: string): Promise<void> {
  await page.goto(`${url}/login`);
  await page.fill('#username', login);
  await page.fill('#password', PASSWORD);
  await page.click('button[type=submit]');
  await page.waitForLoadState();
}

interface Scene {
  readonly url: string;
  readonly emptyUrl: string;
  /** Answers 200. */
  readonly callbackUrl: string;
  /** Has a self-signed certificate, which the app or the operator of the store can fix. */
  readonly selfSignedUrl: string;
  readonly oldKeyId: number;
}

async function shoot(
  { url, emptyUrl, callbackUrl, selfSignedUrl, oldKeyId }: Scene,
  shot: Shot,
  page: Page,
): Promise<void> {
  const params = (changes: Parameters<typeof ask>[0] = {}) =>
    route('authorize', ask({ app_name: 'Parcel Pilot', callback_url: 'https://localhost:1/cb', ...changes }));
  await shot('login', `${url}/login`);
  await shot('login-error', `${url}/login`, async () => {
    await page.fill('#username', 'maren');
    await page.fill('#password', 'wrong password');
    await page.click('button[type=submit]');
  });
  await shot('login-grant', url + params());
  await shot('access-denied', url + params({ scope: 'everything' }));
  await shot('not-found', `${url}/nothing-here`);
  await shot('first-run', `${emptyUrl}/login`);

  await signIn(page, url, 'maren');
  await shot('consent', url + params({ return_url: 'http://localhost/done' }));
  await shot('consent-limits', url + params({ return_url: 'http://localhost/done' }), async () => {
    await page.click('.limit > summary');
  });
  await shot('consent-elsewhere', url + params({ user_id: JSON.stringify({ account: 'x'.repeat(300) }) }));
  await shot('consent-failed', url + params(), async () => {
    await page.click('.wc-auth-approve');
    await page.waitForSelector('.wc-auth-retry');
    await page.click('summary');
  });
  await shot('consent-failed-operator', url + params({ callback_url: selfSignedUrl }), async () => {
    await page.click('.wc-auth-approve');
    await page.waitForSelector('.wc-auth-retry');
  });
  await shot('consent-first-screen', url + params());
  await shot('logout', `${url}/wc-auth/v1/logout`);
  await shot('keys', `${url}/keys`);
  await shot('keys-first-screen', `${url}/keys`);
  await shot('keys-filtered', `${url}/keys?search=parcel&owner=maren&sort=used-desc`);
  await shot('keys-nothing-found', `${url}/keys?search=zzz`);
  await shot('keys-out-of-range', `${url}/keys?paged=999`);
  await shot('new-key', `${url}/keys/new`);
  await shot('secret', `${url}/keys/new`, async () => {
    await page.fill('#description', 'Warehouse robot');
    await page.click('main form button[type=submit]');
    await page.waitForSelector('#consumer_secret');
  });
  await shot('key', `${url}/keys/1`);
  await shot('key-error', `${url}/keys/2`, async () => {
    await page.check('input[value=read_write]');
    await page.click('main form button[type=submit]');
    await page.waitForSelector('[role=alert]');
  });
  await shot('key-stopped', `${url}/keys/${oldKeyId}`);
  await shot('replace', `${url}/keys/1/replace`);
  await shot('revoke-several', `${url}/keys/revoke?key_id[]=1&key_id[]=3&key_id[]=7`);
  await shot('revoke-one', `${url}/keys/revoke?key_id=6`);
  await shot('apps', `${url}/apps`);
  await shot('apps-mine', `${url}/apps?who=me`);
  await shot('apps-nothing-found', `${url}/apps?search=zzz`);
  await shot('disconnect', `${url}/apps`, async () => {
    await page.getByRole('link', { name: 'Disconnect Parcel Pilot' }).first().click();
    await page.getByRole('heading', { name: 'Disconnect Parcel Pilot?' }).waitFor();
  });
  await shot('history', `${url}/history`);
  await shot('account', `${url}/account`);
  await shot('account-edit', `${url}/account/edit`);
  await shot('users', `${url}/users`);
  await shot('new-user', `${url}/users/new`);
  await shot('user', `${url}/users/3`);
  await shot('user-edit', `${url}/users/3/edit`);
  await shot('user-disable', `${url}/users/3/disable`);
  await shot('user-role', `${url}/users/3/role?role=customer`);
  await shot('form-expired', `${url}/keys/new`, async () => {
    await page.$eval('main input[name=_wpnonce]', (field) => {
      (field as unknown as { value: string }).value = 'x';
    });
    await page.fill('#description', 'x');
    await page.click('main form button[type=submit]');
  });
  // This is the last page, because Chromium asks whether to open the app and blocks the page until
  // that is answered.
  for (const [name, selector] of [
    ['return-connected', '.wc-auth-approve'],
    ['return-denied', '.wc-auth-deny'],
  ] as const)
    await shot(name, url + params({ return_url: 'myapp://done', callback_url: callbackUrl }), async () => {
      await page.$eval(selector, (button) => {
        (button as unknown as { click(): void }).click();
      });
      await page.waitForSelector('.wc-auth-return');
    });
}

async function main(): Promise<void> {
  const store = await storeInUse();
  const empty = await startTestStore({ empty: true });
  const fresh = await startTestStore();
  const receiver = await startHttpsReceiver();
  const selfSigned = await startHttpsReceiver({ certificate: 'selfSigned' });
  const scene = {
    url: store.url,
    emptyUrl: empty.url,
    callbackUrl: receiver.url(),
    selfSignedUrl: selfSigned.url(),
  };
  const { keyId } = await seedKey(store, {
    owner: 'tom',
    description: 'Bridge of the old shop',
    createdAt: Date.now() - 500 * 86_400_000,
  });
  const browser = await openBrowser();
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  let count = 0;
  for (const [size, viewport] of [
    ['phone', PHONE],
    ['desktop', DESKTOP],
  ] as const)
    for (const colorScheme of ['light', 'dark'] as const) {
      const person = await browser.person({ viewport, colorScheme, deviceScaleFactor: 1 });
      const { page } = person;
      const shot: Shot = async (name, path, before) => {
        if (only !== undefined && !name.startsWith(only)) return;
        await page.goto(path);
        await before?.(page);
        // What sticks to the edge of the window belongs at the end of a picture of the whole page.
        const height = name.endsWith('-first-screen')
          ? viewport.height
          : await page.evaluate<number>('document.documentElement.scrollHeight');
        await page.setViewportSize({ width: viewport.width, height: Math.max(height, viewport.height) });
        await page.screenshot({ path: join(folder, `${name}.${size}.${colorScheme}.png`) });
        await page.setViewportSize(viewport);
        count++;
      };
      await shoot({ ...scene, oldKeyId: keyId }, shot, page);
      await person.leave();
      const customer = await browser.person({ viewport, colorScheme });
      const customerShot: Shot = async (name, path) => {
        if (only !== undefined && !name.startsWith(only)) return;
        await customer.page.goto(path);
        await customer.page.screenshot({
          path: join(folder, `${name}.${size}.${colorScheme}.png`),
          fullPage: true,
        });
        count++;
      };
      await signIn(customer.page, store.url, 'tom');
      await customerShot('account-customer', `${store.url}/account`);
      await customerShot('keys-customer', `${store.url}/keys`);
      await signIn(customer.page, fresh.url, 'manager');
      await customerShot('keys-empty', `${fresh.url}/keys`);
      await customerShot('apps-empty', `${fresh.url}/apps`);
      await customer.leave();
    }
  await browser.close();
  await Promise.all([store.close(), empty.close(), fresh.close(), receiver.stop(), selfSigned.stop()]);
  console.log(`${count} pictures in ${folder}`);
  if (only === undefined || only === 'readme')
    console.log(`${await takeReadmePictures()} pictures in docs/images`);
}

void main();
