import type { Page } from 'playwright-core';
import {
  axeFindings,
  openBrowser,
  overflow,
  PHONE,
  type Person,
  type RealBrowser,
} from '../support/scenes/browser';
import { storeInUse } from '../support/scenes/console-store';
import { PASSWORD, type TestStore } from '../support/store/test-store';

let store: TestStore;
let browser: RealBrowser;
let person: Person;
let page: Page;
beforeAll(async () => {
  [store, browser] = await Promise.all([storeInUse(), openBrowser()]);
});
afterAll(() => Promise.all([store.close(), browser.close()]));

async function signIn(who: Person, login = 'maren'): Promise<void> {
  await who.page.goto(`${store.url}/login`);
  await who.page.fill('#username', login);
  await who.page.fill('#password', PASSWORD);
  await who.page.click('main button[type=submit]');
  await who.page.waitForURL(/\/(apps|account)$/);
}
const go = (path: string) => page.goto(store.url + path);
const rows = () => page.locator('.list tbody tr');
const mainShows = (text: RegExp) => page.locator('main', { hasText: text }).waitFor();
const alertText = () => page.locator('[role=alert]').innerText();
const statusText = () => page.locator('main .notice-good').innerText();

describe('the console in a browser', () => {
  beforeEach(async () => {
    person = await browser.person({ permissions: ['clipboard-read', 'clipboard-write'] });
    page = person.page;
    await signIn(person);
  });
  afterEach(async () => {
    expect(person.complaints).toEqual([]);
    await person.leave();
  });

  test('lets a manager search, filter, sort and clear the list of keys', async () => {
    await go('/keys');
    const all = await rows().count();
    expect(all).toBeGreaterThanOrEqual(8);
    await page.fill('#search', 'parcel');
    await page.press('#search', 'Enter');
    await page.waitForURL(/search=parcel/);
    expect(await rows().count()).toBe(2);
    await page.fill('#owner', 'jonas');
    await page.click('.filter button');
    await page.waitForURL(/owner=jonas/);
    expect(await rows().count()).toBe(1);
    await page.click('text=Clear filters');
    await page.waitForURL(/\/keys$/);
    await page.check('[name=unused]');
    await page.click('.filter button');
    await page.waitForURL(/unused=90/);
    expect(await rows().locator('.row-link').allInnerTexts()).toEqual(
      expect.arrayContaining(['Old import script', expect.stringMatching(/^Mailbird/)]),
    );
    await go('/keys');
    await page.click('th a:has-text("Description")');
    await page.waitForURL(/sort=description-asc/);
    expect(await page.locator('th[aria-sort=ascending]').innerText()).toBe('Description');
    const names = await rows().locator('.row-link').allInnerTexts();
    expect(names).toEqual([...names].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)));
  });

  test('shows the exact UTC time of a relative time on hover and with the keyboard', async () => {
    await go('/keys');
    const time = rows().first().locator('.when').first();
    const exact = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/;
    expect(await time.locator('summary').getAttribute('title')).toMatch(exact);
    expect(await time.innerText()).toMatch(/ago|now|yesterday|last/);
    expect(await time.locator('.exact').isVisible()).toBe(false);
    await rows().first().locator('.row-link').focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await time.locator('.exact').innerText()).toMatch(exact);
  });

  test('lets a manager create a key, copy it, scan its QR code, change it, replace it and revoke it', async () => {
    await go('/keys');
    await page.click('text=New key');
    await page.fill('#description', 'Warehouse robot');
    await page.check('input[value=read_write]');
    await page.click('main button[type=submit]');
    await page.waitForSelector('#consumer_secret');
    const pair = await page.locator('.once').allInnerTexts();
    expect(pair).toEqual([
      expect.stringMatching(/^ck_[0-9a-f]{40}$/),
      expect.stringMatching(/^cs_[0-9a-f]{40}$/),
    ]);
    for (const [i, name] of ['consumer key', 'consumer secret'].entries()) {
      await page.getByRole('button', { name: `Copy ${name}` }).click();
      await page.waitForSelector('[data-copy-status]:has-text("Copied")', { state: 'attached' });
      expect(await page.evaluate('navigator.clipboard.readText()')).toBe(pair[i]);
    }
    const drawn = await page
      .locator('.qr img')
      .evaluate((img) => (img as unknown as { naturalWidth: number }).naturalWidth);
    expect(drawn).toBeGreaterThan(0);

    await page.reload();
    expect(await page.locator('h1').innerText()).toBe('This form was already used');
    await go('/keys?search=Warehouse+robot');
    expect(await rows().count()).toBe(1);
    await page.click('.row-link');
    expect(await page.content()).not.toMatch(/c[ks]_[0-9a-f]{40}/);

    await page.fill('#description', 'Warehouse robot 2');
    await page.check('input[value=read]');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.waitForURL(/changed=1/);
    expect(await statusText()).toBe('The key was saved.');
    await page.check('input[value=write]');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.waitForSelector('[role=alert]');
    expect(await alertText()).toMatch(/also enter your password/);
    await page.fill('#password', PASSWORD);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.waitForURL(/changed=1/);
    expect(await page.locator('.facts').innerText()).toMatch(/Write/);

    await page.click('text=Replace…');
    await page.selectOption('#overlap', '0');
    await page.click('main button:has-text("Replace")');
    await page.waitForSelector('#consumer_secret');
    expect(await page.locator('.once').allInnerTexts()).not.toEqual(pair);
    await page.click('text=I have copied both');
    await page.click('text=Revoke…');
    await mainShows(/Revoke 1 key\?[\s\S]*Warehouse robot 2/);
    await page.click('button:has-text("Revoke 1 key")');
    await page.waitForURL(/revoked=1/);
    expect(await statusText()).toBe('The key is revoked. It no longer works.');
    await go('/history?event=key.changed');
    expect(await rows().first().innerText()).toMatch(
      /Key changed Warehouse robot 2[\s\S]*Permissions: Read → Write/,
    );
  });

  test('revokes several ticked keys, and none after Cancel', async () => {
    for (const description of ['Tick A', 'Tick B', 'Tick C'])
      await store.app.consumerKeys.issue({ userId: 2, description, permissions: 'read', now: Date.now() });
    await go('/keys?search=Tick');
    await page.check('[aria-label="Select Tick A"]');
    await page.check('[aria-label="Select Tick C"]');
    await page.click('text=Revoke 2 selected');
    await page.click('main >> text=Cancel');
    await go('/keys?search=Tick');
    expect(await rows().count()).toBe(3);
    await page.check('[aria-label="Select Tick A"]');
    await page.check('[aria-label="Select Tick C"]');
    await page.click('text=Revoke 2 selected');
    await page.click('button:has-text("Revoke 2 keys")');
    await page.waitForURL(/revoked=2/);
    await go('/keys?search=Tick');
    expect(await rows().locator('.row-link').allInnerTexts()).toEqual(['Tick B']);
  });

  test('disconnects an app', async () => {
    const app = { appName: 'Short-lived', callbackOrigin: 'https://short.example', appUserId: '1' };
    const { userId } = await store.userOf('maren');
    await store.app.consumerKeys.issue({
      userId,
      description: 'x',
      permissions: 'read',
      now: Date.now(),
      app,
    });
    await go('/apps');
    await page.getByRole('link', { name: 'Disconnect Short-lived' }).click();
    expect(await page.locator('h1').innerText()).toBe('Disconnect Short-lived?');
    await mainShows(/1 app loses its access[\s\S]*short\.example/);
    await page.click('main >> text=Cancel');
    await page.getByRole('link', { name: 'Disconnect Short-lived' }).click();
    await page.getByRole('button', { name: 'Disconnect Short-lived' }).click();
    await page.waitForURL(/disconnected=/);
    expect(await statusText()).toBe('Short-lived is disconnected.');
    expect(await page.locator('.apps').innerText()).not.toMatch(/Short-lived/);
  });

  test("starts at everyone's apps, and searches them", async () => {
    expect(new URL(page.url()).pathname).toBe('/apps');
    expect(await page.locator('.apps h2').allInnerTexts()).toEqual(
      expect.arrayContaining(['Bücherwurm', 'Kassenwart POS', 'Mailbird Campaigns']),
    );
    await page.fill('#search', 'xn--bcher');
    await page.press('#search', 'Enter');
    await page.waitForURL(/search=xn--bcher/);
    expect(await page.locator('.apps h2').allInnerTexts()).toEqual(['Bücherwurm']);
    expect(await page.locator('.apps li').innerText()).toMatch(
      /bücher\.example \(xn--bcher-kva\.example\)[\s\S]*by maren[\s\S]*Never used/,
    );
    await page.getByRole('link', { name: 'My apps' }).click();
    await page.waitForURL(/who=me/);
    expect(await page.locator('#search').inputValue()).toBe('xn--bcher');
  });

  test('exports the history as a file', async () => {
    await go('/history');
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('text=Export as CSV')]);
    expect(download.suggestedFilename()).toBe('history.csv');
  });

  test('signs out another browser and changes the password', async () => {
    const elsewhere = await browser.person();
    await signIn(elsewhere, 'priya');
    const here = await browser.person();
    await signIn(here, 'priya');
    await here.page.goto(`${store.url}/account`);
    await here.page.locator('.browser', { hasNotText: 'This browser' }).getByRole('button').click();
    await here.page.waitForURL(/done=signed_out/);
    await elsewhere.page.reload();
    expect(elsewhere.page.url()).toMatch(/\/login/);
    await here.page.fill('#current_password', PASSWORD);
    await here.page.fill('#new_password', 'a new password');
    await here.page.fill('#new_password_again', 'a new password');
    await here.page.click('button:has-text("Change password")');
    await here.page.waitForURL(/done=password/);
    expect(await store.app.users.authenticate('priya', 'a new password')).toBeDefined();
    await Promise.all([elsewhere.leave(), here.leave()]);
  });

  test('adds a user, disables the account after a warning, and enables it', async () => {
    await go('/users');
    await page.click('text=New user');
    await page.fill('#login', 'nina');
    await page.fill('#email', 'nina@tea.example');
    await page.fill('#password', PASSWORD);
    await page.click('button:has-text("Add user")');
    await page.waitForURL(/done=added/);
    const { userId } = await store.userOf('nina');
    const app = { appName: 'Kite', callbackOrigin: 'https://kite.example', appUserId: '1' };
    await store.app.consumerKeys.issue({
      userId,
      description: 'Kite key',
      permissions: 'read',
      now: Date.now(),
      app,
    });
    await page.click('a:has-text("Disable")');
    await mainShows(/Disable nina\?[\s\S]*1 app loses its access[\s\S]*Kite/);
    await page.click('button:has-text("Disable nina")');
    await page.waitForURL(/done=disabled/);
    await page.click('button:has-text("Enable")');
    await page.waitForURL(/done=enabled/);
  });

  test('works with the keyboard alone: skip link, tabs, a key made with Enter', async () => {
    await go('/keys');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.className')).toBe('skip');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent.trim()')).toBe('New key');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#description');
    await page.focus('#description');
    await page.keyboard.type('By keyboard');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#consumer_secret');
  });
});

const PAGES = [
  '/keys',
  '/keys?search=zzz',
  '/keys?paged=99',
  '/keys/new',
  '/keys/1',
  '/keys/1/replace',
  '/keys/revoke?key_id[]=1&key_id[]=3',
  '/apps',
  '/apps?who=me&search=zzz',
  '/apps/disconnect?app=Parcel%20Pilot&user_id=2',
  '/history',
  '/account',
  '/account/edit',
  '/users',
  '/users/new',
  '/users/4',
  '/users/4/edit',
  '/users/4/disable',
  '/users/4/role?role=customer',
];

describe.each([
  ['phone', 'light'],
  ['phone', 'dark'],
  ['desktop', 'light'],
  ['desktop', 'dark'],
] as const)('every page on a %s in %s', (size, colorScheme) => {
  let visitor: Person;
  beforeAll(async () => {
    const viewport = size === 'phone' ? { viewport: PHONE } : {};
    visitor = await browser.person({ ...viewport, colorScheme, bypassCSP: true });
    await signIn(visitor);
  });
  afterAll(() => visitor.leave());

  test.each(PAGES)('has no axe finding and no horizontal scrolling on %s', async (path) => {
    await visitor.page.goto(store.url + path);
    expect(await axeFindings(visitor.page)).toEqual([]);
    expect(await overflow(visitor.page)).toBe(0);
  });

  test('has no axe finding and no horizontal scrolling on the page with the secret', async () => {
    await visitor.page.goto(`${store.url}/keys/new`);
    await visitor.page.fill('#description', 'Axe');
    await visitor.page.click('main button[type=submit]');
    await visitor.page.waitForSelector('#consumer_secret');
    expect(await axeFindings(visitor.page)).toEqual([]);
    expect(await overflow(visitor.page)).toBe(0);
  });
});

describe('the console without JavaScript', () => {
  test('creates a key, shows it whole, changes it and revokes it', async () => {
    const plain = await browser.person({ javaScriptEnabled: false, viewport: PHONE });
    await signIn(plain);
    await plain.page.goto(`${store.url}/keys/new`);
    await plain.page.fill('#description', 'No script');
    await plain.page.click('main button[type=submit]');
    const secret = await plain.page.locator('#consumer_secret').innerText();
    expect(secret).toMatch(/^cs_[0-9a-f]{40}$/);
    expect(await plain.page.locator('[data-copy]').first().isVisible()).toBe(false);
    await plain.page.click('text=I have copied both');
    await plain.page.fill('#description', 'No script at all');
    await plain.page.getByRole('button', { name: 'Save' }).click();
    await plain.page.waitForURL(/changed=1/);
    await plain.page.click('text=Revoke…');
    await plain.page.click('button:has-text("Revoke 1 key")');
    await plain.page.waitForURL(/revoked=1/);
    await plain.leave();
  });
});
