import type { Page } from 'playwright-core';
import {
  axeFindings,
  DESKTOP,
  openBrowser,
  overflow,
  PHONE,
  type Person,
  type RealBrowser,
} from '../support/scenes/browser';
import { seedKey } from '../support/scenes/console-scene';
import { storeInUse } from '../support/scenes/console-store';
import { PASSWORD, type TestStore } from '../support/store/test-store';

const DAY = 86_400_000;
const LIMITS = {
  resources: ['orders', 'customers'],
  addresses: ['203.0.113.0/24', '2001:db8::/32'],
} as const;
let store: TestStore;
let browser: RealBrowser;
let keys: Readonly<Record<'limited' | 'over' | 'free', number>>;
beforeAll(async () => {
  [store, browser] = await Promise.all([storeInUse(), openBrowser()]);
  const now = Date.now();
  const add = async (description: string, expiresAt: number | null, limits = {}) =>
    (await seedKey(store, { owner: 'maren', description, limits: { expiresAt, ...limits } })).keyId;
  keys = {
    limited: await add('Limited', now + 6 * DAY, LIMITS),
    over: await add('Over', now - 3 * DAY, LIMITS),
    free: await add('Free', null),
  };
});
afterAll(() => Promise.all([store.close(), browser.close()]));

async function signIn({ page }: Person): Promise<Page> {
  await page.goto(`${store.url}/login`);
  await page.fill('#username', 'maren');
  await page.fill('#password', PASSWORD);
  await page.click('main button[type=submit]');
  await page.waitForURL(/\/apps$/);
  return page;
}
const asItIs = () => Promise.resolve();
const save = (page: Page) => page.getByRole('button', { name: 'Save' }).click();
const facts = (page: Page) => page.locator('.facts').innerText();
const limitsOf = async (keyId: number) => (await store.app.consumerKeys.find(keyId))!.limits;

describe.each([true, false])('on a phone, with JavaScript: %s', (javaScriptEnabled) => {
  let person: Person;
  let page: Page;
  beforeEach(async () => {
    person = await browser.person({ viewport: PHONE, javaScriptEnabled });
    page = await signIn(person);
  });
  afterEach(async () => {
    expect(person.complaints).toEqual([]);
    await person.leave();
  });

  test('a manager limits a key, and sees what it may do', async () => {
    const { keyId } = await seedKey(store, { owner: 'maren', description: 'Phone', lastAccess: Date.now() });
    await page.goto(`${store.url}/keys/${keyId}`);
    await page.click('summary:has-text("Limit access")');
    for (const name of ['Coupons', 'Reports', 'Webhooks', 'Everything else'])
      await page.getByLabel(name, { exact: true }).uncheck();
    await page.fill('#addresses', (await page.locator('.seen').innerText()).replace(/\d+$/, '7/24'));
    await page.selectOption('#ends', '30');
    await save(page);
    expect(await page.locator('[role=alert]').innerText()).toContain(
      'For the whole range, write 203.0.113.0/24',
    );
    expect(await page.getByLabel('Reports').isChecked()).toBe(false);
    expect(await page.locator('#ends').inputValue()).toBe('30');
    await page.fill('#addresses', '203.0.113.0/24');
    await save(page);
    await page.waitForURL(/changed=1/);
    expect(await facts(page)).toMatch(
      /Ends\n\d{4}-\d\d-\d\d[\s\S]*Access to\nOrders, Customers, Products, Settings and system\nAddresses\n203\.0\.113\.0\/24/,
    );
    expect((await limitsOf(keyId)).addresses).toEqual(['203.0.113.0/24']);
  });

  test('a manager chooses a date, which appears only once it is asked for', async () => {
    await page.goto(`${store.url}/keys/new`);
    expect(await page.locator('#ends_on').isVisible()).toBe(false);
    await page.selectOption('#ends', 'date');
    expect(await page.locator('#ends_on').isVisible()).toBe(true);
    const day = new Date(Date.now() + 40 * DAY).toISOString().slice(0, 10);
    await page.fill('#ends_on', day);
    await page.fill('#description', 'Until a date');
    await page.click('main form button[type=submit]');
    await page.waitForSelector('#consumer_secret');
    await page.click('text=I have copied both');
    expect(await facts(page)).toContain(`${day} 00:00 UTC`);
  });

  test('a manager extends a key that has ended', async () => {
    const limits = { expiresAt: Date.now() - DAY };
    const { keyId } = await seedKey(store, { owner: 'maren', description: 'Late', limits });
    await page.goto(`${store.url}/keys/${keyId}`);
    await page.locator('.notice', { hasText: 'This key has ended' }).waitFor();
    await page.selectOption('#days', '90');
    await page.fill('#extend_password', PASSWORD);
    await page.getByRole('button', { name: 'Extend' }).click();
    await page.waitForURL(/extended=1/);
    expect(await page.locator('main .notice-good').innerText()).toBe('The key was extended.');
    expect(await page.locator('.state').innerText()).toBe('Active');
  });

  test('a manager replaces a key, and finds the old one by the notice above the list', async () => {
    const app = { appName: 'Shipper', callbackOrigin: 'https://ship.example' };
    const { keyId } = await seedKey(store, { owner: 'maren', description: 'Shipper - API', app });
    await page.goto(`${store.url}/keys/${keyId}`);
    await page.click('text=Replace…');
    expect(await page.locator('#overlap').inputValue()).toBe('7');
    await page.click('main button:has-text("Replace")');
    await page.waitForSelector('#consumer_secret');
    await page.click('text=I have copied both');
    await page.click(`.facts a:has-text("Key ${keyId}")`);
    expect(await page.locator('main').innerText()).toMatch(
      /This key ends in \d days\. Another key takes its place/,
    );
    await page.goto(`${store.url}/keys`);
    await page.click('.notice-ending a:has-text("within 14 days")');
    await page.waitForURL(/ends=14/);
    expect(await page.locator('.list .row-link').allInnerTexts()).toContain('Shipper - API');
  });
});

test.each<[string, () => string]>([
  ['of a key', () => `/keys/${keys.free}`],
  ['of a new key', () => '/keys/new'],
])('Back to the page %s shows the limits that the browser restores', async (_page, path) => {
  const person = await browser.person({ viewport: DESKTOP });
  const page = await signIn(person);
  await page.goto(store.url + path());
  await page.click('summary:has-text("Limit access")');
  await page.getByLabel('Reports').uncheck();
  await page.goto(`${store.url}/apps`);
  await page.goBack();
  const restored = await page.locator('.limit input:checked').count();
  const open = await page.locator('details.limit').getAttribute('open');
  expect({ restored, open }).toEqual({ restored: 7, open: '' });
  expect(person.complaints).toEqual([]);
  await person.leave();
});

test.each([360, 390, 430, 768])('the facts of a key stay in their columns at %d pixels', async (width) => {
  const person = await browser.person({ viewport: { width, height: 800 } });
  const page = await signIn(person);
  await page.goto(`${store.url}/keys/${keys.limited}`);
  const widths = await page
    .locator('.facts > div')
    .evaluateAll((facts) =>
      (facts as unknown as readonly Width[]).map((fact) => fact.scrollWidth - fact.clientWidth),
    );
  expect(Math.max(...widths)).toBe(0);
  await person.leave();
});

interface Width {
  readonly scrollWidth: number;
  readonly clientWidth: number;
}

describe.each([
  ['phone', 'light'],
  ['phone', 'dark'],
  ['desktop', 'light'],
  ['desktop', 'dark'],
] as const)('on a %s in %s', (size, colorScheme) => {
  let visitor: Person;
  beforeAll(async () => {
    visitor = await browser.person({
      viewport: size === 'phone' ? PHONE : DESKTOP,
      colorScheme,
      bypassCSP: true,
    });
    await signIn(visitor);
  });
  afterAll(() => visitor.leave());

  test.each<[string, () => string, (page: Page) => Promise<void>]>([
    ['a key with everything set', () => `/keys/${keys.limited}`, asItIs],
    ['a key that has ended', () => `/keys/${keys.over}`, asItIs],
    ['a key that can be replaced', () => `/keys/${keys.limited}/replace`, asItIs],
    ['the list', () => '/keys', asItIs],
    ['the list of what ends soon', () => '/keys?ends=14', asItIs],
    ['the apps', () => '/apps', asItIs],
    ['keys to be revoked', () => `/keys/revoke?key_id[]=${keys.limited}&key_id[]=${keys.over}`, asItIs],
    ['a new key', () => '/keys/new', (page) => page.click('summary:has-text("Limit access")')],
    [
      'a form with a mistake',
      () => `/keys/${keys.free}`,
      async (page) => {
        await page.click('summary:has-text("Limit access")');
        await page.selectOption('#ends', 'date');
        for (const box of await page.locator('.groups input').all()) await box.uncheck();
        await save(page);
        await page.waitForSelector('[role=alert]');
      },
    ],
  ])('has no axe finding and no horizontal scrolling: %s', async (_what, path, before) => {
    const { page } = visitor;
    await page.goto(store.url + path());
    await before(page);
    expect(await axeFindings(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);
  });
});
