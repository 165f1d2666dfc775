import { startHttpsReceiver, type HttpsReceiver } from '../support/http/https-receiver';
import {
  axeFindings,
  openBrowser,
  overflow,
  PHONE,
  type Person,
  type RealBrowser,
} from '../support/scenes/browser';
import { ask, route } from '../support/scenes/grant-scene';
import { basicHeader } from '../support/scenes/rest-scene';
import { PASSWORD, startTestStore, type TestStore } from '../support/store/test-store';

let store: TestStore;
let app: HttpsReceiver;
let browser: RealBrowser;
beforeAll(async () => {
  [store, app, browser] = await Promise.all([
    startTestStore({ env: { TRUST_PROXY: 'loopback' } }),
    startHttpsReceiver(),
    openBrowser(),
  ]);
});
afterAll(() => Promise.all([store.close(), app.stop(), browser.close()]));

async function onConsent(options: Parameters<RealBrowser['person']>[0]): Promise<Person> {
  const person = await browser.person({ viewport: PHONE, reducedMotion: 'reduce', ...options });
  const { page } = person;
  await page.goto(`${store.url}/login`);
  await page.fill('#username', 'manager');
  await page.fill('#password', PASSWORD);
  await page.press('#password', 'Enter');
  await page.waitForURL(/\/apps$/);
  // The return_url is a page of this store, so that no test needs another server.
  await page.goto(
    store.url + route('authorize', ask({ callback_url: app.url(), return_url: `${store.url}/healthz` })),
  );
  return person;
}

/** Calls the API with the delivered key, over HTTPS as a proxy reports it. */
async function statusOf(method: string, path: string): Promise<number> {
  const sent = JSON.parse(app.received().at(-1)?.body ?? '{}') as Record<string, string>;
  const key = { consumerKey: sent['consumer_key'] ?? '', consumerSecret: sent['consumer_secret'] ?? '' };
  const headers = Object.fromEntries([basicHeader(key), ['X-Forwarded-Proto', 'https'] as const]);
  return (await fetch(store.url + path, { method, headers })).status;
}

describe.each([
  ['with JavaScript', true],
  ['without JavaScript', false],
] as const)('limiting an app on a phone %s', (_how, javaScriptEnabled) => {
  test('lowers what it may do, unticks a group and sets an end', async () => {
    const person = await onConsent({ javaScriptEnabled });
    const { page } = person;
    await page.selectOption('#access_ends', { label: 'In 90 days' });
    await page.getByText('Limit access').click();
    await page.getByLabel('Read', { exact: true }).check();
    await page.getByLabel('Customers').uncheck();
    await page.click('.wc-auth-approve');
    await page.waitForURL(/success=1/);
    expect(person.complaints).toEqual([]);
    await person.leave();

    const [key] = (await store.app.consumerKeys.list()).slice(-1);
    expect(key).toMatchObject({ permissions: 'read' });
    expect(key?.limits.resources).toEqual([
      'orders',
      'products',
      'coupons',
      'reports',
      'settings',
      'webhooks',
      'other',
    ]);
    expect(Math.round((key!.limits.expiresAt! - Date.now()) / 86_400_000)).toBe(90);
    expect(JSON.parse(app.received().at(-1)!.body)).toMatchObject({ key_permissions: 'read' });
    // There is no API behind this store, so what the key opens is not found.
    expect(await statusOf('GET', '/wp-json/wc/v3/orders')).toBe(404);
    expect(await statusOf('GET', '/wp-json/wc/v3/customers')).toBe(403);
    expect(await statusOf('POST', '/wp-json/wc/v3/orders')).toBe(401);
  });

  test('leaves the app everything that it asks for if the manager only approves', async () => {
    const person = await onConsent({ javaScriptEnabled });
    const { page } = person;
    await page.click('.wc-auth-approve');
    await page.waitForURL(/success=1/);
    await person.leave();
    const [key] = (await store.app.consumerKeys.list()).slice(-1);
    expect(key).toMatchObject({ permissions: 'read_write', limits: { resources: null, expiresAt: null } });
  });

  test('with no group left shows what to do, and Try again leads back', async () => {
    const person = await onConsent({ javaScriptEnabled });
    const { page } = person;
    const before = (await store.app.consumerKeys.list()).length;
    await page.getByText('Limit access').click();
    for (const box of await page.locator('input[name^="resources["]').all()) await box.uncheck();
    await page.click('.wc-auth-approve');
    await page.getByText('Error: Tick at least one group.').waitFor();
    expect(await store.app.consumerKeys.list()).toHaveLength(before);
    await page.click('.wc-auth-retry');
    await page.waitForSelector('.wc-auth-approve');
    expect(await page.locator('input[name^="resources["]:checked').count()).toBe(8);
    await person.leave();
  });
});

test('Back from the app shows the limits that the browser restores', async () => {
  const person = await onConsent({});
  const { page } = person;
  await page.getByText('Limit access').click();
  await page.getByLabel('Read', { exact: true }).check();
  await page.getByLabel('Customers').uncheck();
  await page.goto(`${store.url}/healthz`);
  await page.goBack();
  await page.waitForSelector('.wc-auth-approve');
  const restored = await page.locator('input[name^="resources["]:checked').count();
  const open = await page.locator('details.limit').getAttribute('open');
  expect({ restored, open }).toEqual({ restored: 7, open: '' });
  await person.leave();
});

test.each(['light', 'dark'] as const)(
  'the consent page with its limits open passes axe on a phone in %s and is not too wide',
  async (colorScheme) => {
    const person = await onConsent({ colorScheme, bypassCSP: true });
    const { page } = person;
    expect(await page.locator('details.limit').getAttribute('open')).toBeNull();
    await page.getByText('Limit access').click();
    await page.getByLabel('Everything else').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);
    const small = await page
      .locator('.limit .tick')
      .evaluateAll((labels) =>
        labels.map((label) => (label as unknown as { offsetHeight: number }).offsetHeight),
      );
    // WCAG 2.2, 2.5.8: at least 24 pixels.
    expect(Math.min(...small)).toBeGreaterThanOrEqual(24);
    await person.leave();
  },
);

test('the choices can be made with the keyboard', async () => {
  const person = await onConsent({});
  const { page } = person;
  await page.focus('#access_ends');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowDown');
  expect(await page.locator('input[name=key_permissions]:checked').inputValue()).toBe('write');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  expect(await page.getByLabel('Orders').isChecked()).toBe(false);
  await person.leave();
});
