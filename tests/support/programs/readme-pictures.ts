import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openBrowser } from '../scenes/browser';
import { ask, route } from '../scenes/grant-scene';
import { PASSWORD, startTestStore } from '../store/test-store';

const FOLDER = join(__dirname, '../../../docs/images');
const STORE_URL = 'https://shop.example';
const APP = 'parcelpilot.example';

/**
 * Takes the pictures of the consent page that README.md shows, light and dark. Returns how many.
 */
export async function takeReadmePictures(): Promise<number> {
  const store = await startTestStore({
    tls: true,
    env: { STORE_URL, STORE_NAME: 'Tea & Kettle' },
    // Nothing connects to this address.
    hosts: { [APP]: '93.184.215.14' },
  });
  await store.app.users.add({
    login: 'maren',
    name: 'Maren Okafor',
    role: 'shop_manager',
    email: 'maren@tea.example',
    password: PASSWORD,
    now: Date.now(),
  });
  const browser = await openBrowser([
    `--host-resolver-rules=MAP shop.example:443 ${new URL(store.tlsUrl).host}`,
  ]);
  mkdirSync(FOLDER, { recursive: true });
  const schemes = ['light', 'dark'] as const;
  for (const colorScheme of schemes) {
    const person = await browser.person({
      colorScheme,
      ignoreHTTPSErrors: true,
      viewport: { width: 640, height: 900 },
      deviceScaleFactor: 1.25,
    });
    const parameters = ask({
      user_id: 'maren@tea.example',
      return_url: `https://${APP}/connected`,
      callback_url: `https://${APP}/keys`,
    });
    const { page } = person;
    await page.goto(STORE_URL + route('authorize', parameters));
    await page.fill('#username', 'maren');
    await page.fill('#password', PASSWORD);
    await page.click('button[type=submit]');
    await page.waitForSelector('.wc-auth-approve');
    await page.screenshot({ path: join(FOLDER, `consent-${colorScheme}.png`) });
    await person.leave();
  }
  await browser.close();
  await store.close();
  return schemes.length;
}
