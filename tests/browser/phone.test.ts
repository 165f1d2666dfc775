import type { Page } from 'playwright-core';
import { axeFindings, openBrowser, overflow, type Person, type RealBrowser } from '../support/scenes/browser';
import { seedKey } from '../support/scenes/console-scene';
import { storeInUse } from '../support/scenes/console-store';
import { ask, route } from '../support/scenes/grant-scene';
import { PASSWORD, type TestStore } from '../support/store/test-store';

const SCREENS = {
  phone: { width: 390, height: 844 },
  desktop: { width: 1280, height: 720 },
} as const;

let store: TestStore;
let browser: RealBrowser;
beforeAll(async () => {
  [store, browser] = await Promise.all([storeInUse(), openBrowser()]);
  for (let i = 0; i < 2; i++)
    await seedKey(store, {
      owner: 'maren',
      description: `Bücherwurm - API (2026-01-0${i + 1} 09:05:07)`,
      app: { appName: 'Bücherwurm', callbackOrigin: 'https://localhost:1', appUserId: 'm-1' },
    });
  // With those of the scene, thirty.
  const { length } = await store.app.consumerKeys.list();
  for (let i = length; i < 30; i++)
    await seedKey(store, {
      owner: 'jonas',
      description: `Parcel Pilot - API (2026-02-${i} 09:05:07)`,
      permissions: 'read_write',
      app: { callbackOrigin: 'https://parcelpilot.example' },
      createdAt: Date.now() - i * 86_400_000,
      lastAccess: Date.now() - 36 * 60_000,
    });
});
afterAll(() => Promise.all([store.close(), browser.close()]));

async function signedIn(options: Parameters<RealBrowser['person']>[0]): Promise<Person> {
  const person = await browser.person({ reducedMotion: 'reduce', ...options });
  const { page } = person;
  await page.goto(`${store.url}/login`);
  await page.fill('#username', 'maren');
  await page.fill('#password', PASSWORD);
  await page.press('#password', 'Enter');
  await page.waitForURL(/\/apps$/);
  return person;
}

/**
 * Returns whether the whole element is on the screen, and nothing covers its corners and center.
 */
const isInView = (page: Page, selector: string) =>
  page.evaluate<boolean>(`(() => {
    const element = document.querySelector(${JSON.stringify(selector)});
    const box = element.getBoundingClientRect();
    const xs = [box.left + 3, (box.left + box.right) / 2, box.right - 3];
    const ys = [box.top + 3, (box.top + box.bottom) / 2, box.bottom - 3];
    const isAt = (x, y) => element.contains(document.elementFromPoint(x, y));
    return box.width > 0 && ys.every((y) => isAt(xs[1], y)) && xs.every((x) => isAt(x, ys[1]));
  })()`);

async function openConsent(page: Page, appName = 'Bücherwurm'): Promise<void> {
  const parameters = ask({
    app_name: appName,
    scope: 'read_write',
    user_id: 'm-1',
    callback_url: 'https://localhost:1/cb',
  });
  await page.goto(store.url + route('authorize', parameters));
  await page.waitForLoadState('load');
}

describe.each([
  ['phone', 'light'],
  ['phone', 'dark'],
  ['desktop', 'light'],
  ['desktop', 'dark'],
] as const)('the consent page on a %s in %s, for Read/Write and an app with keys', (screen, colorScheme) => {
  let person: Person;
  let page: Page;
  beforeAll(async () => {
    person = await signedIn({ viewport: SCREENS[screen], colorScheme, bypassCSP: true });
    page = person.page;
  });
  beforeEach(() => openConsent(page));
  afterAll(() => person.leave());

  test('shows who gets the key, and Approve and Deny, without scrolling', async () => {
    expect(await page.locator('h1').innerText()).toMatch(/^Bücherwurm wants to connect/);
    expect(await page.locator('.choice').count()).toBe(2);
    expect(await page.evaluate('[scrollY, document.documentElement.scrollHeight > innerHeight]')).toEqual([
      0,
      true,
    ]);
    for (const selector of ['h1', '.host', '.wc-auth-approve', '.wc-auth-deny'])
      expect([selector, await isInView(page, selector)]).toEqual([selector, true]);
  });

  test('shows where the key goes beside Approve when the app has a very long name', async () => {
    await openConsent(page, 'W'.repeat(190));
    for (const selector of ['h1', '.decide-facts .badge', '.decide-facts bdi', '.wc-auth-approve'])
      expect([selector, await isInView(page, selector)]).toEqual([selector, true]);
    expect(await page.locator('.decide-facts').innerText()).toMatch(/Read\/Write\s+localhost/);
    await page.getByText('Show the whole name').click();
    expect(await page.locator('.whole-name p').innerText()).toBe('W'.repeat(190));
    expect(await axeFindings(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);
  });

  test('has no axe finding and no horizontal scrolling', async () => {
    expect(await axeFindings(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);
  });

  test('never hides what has the focus behind the buttons', async () => {
    const stops: string[] = [];
    for (;;) {
      await page.keyboard.press('Tab');
      if ((await page.locator(':focus').count()) === 0) break;
      const stop = await page.evaluate<string>('document.activeElement.outerHTML.slice(0, 60)');
      stops.push(stop);
      expect([stop, await isInView(page, ':focus')]).toEqual([stop, true]);
    }
    expect(stops).toHaveLength(9);
  });

  test('says in view that it contacts the app', async () => {
    await page.evaluate('addEventListener("submit", (event) => event.preventDefault())');
    await page.click('.wc-auth-approve');
    expect(await page.locator('.status-line').innerText()).toMatch(/^Contacting localhost:1\./);
    expect(await isInView(page, '.status-line')).toBe(true);
  });
});

describe.each([
  ['phone', 'light'],
  ['phone', 'dark'],
  ['desktop', 'light'],
  ['desktop', 'dark'],
] as const)('the list of keys on a %s in %s', (screen, colorScheme) => {
  let person: Person;
  let page: Page;
  const isPhone = screen === 'phone';
  beforeAll(async () => {
    person = await signedIn({
      viewport: SCREENS[screen],
      colorScheme,
      bypassCSP: true,
      ...(isPhone ? { isMobile: true, hasTouch: true } : {}),
    });
    page = person.page;
  });
  beforeEach(async () => {
    await page.goto(`${store.url}/keys`);
  });
  afterAll(() => person.leave());

  test('keeps the bar with the actions in view, from the first key to the last', async () => {
    expect(await page.locator('.total').innerText()).toBe('30 keys');
    for (const row of ['tr:nth-child(2)', 'tr:nth-child(15)', 'tr:nth-child(30)']) {
      await page.locator(`tbody ${row}`).scrollIntoViewIfNeeded();
      for (const selector of ['.selection .tick', '.selection button'])
        expect([row, selector, await isInView(page, selector)]).toEqual([row, selector, true]);
    }
  });

  test('selects all keys and none, and counts those that are selected', async () => {
    const boxes = page.locator('tbody input');
    const button = page.locator('.selection button');
    await page.getByLabel('Select all 30').check();
    expect(await page.locator('tbody input:checked').count()).toBe(30);
    expect(await button.innerText()).toBe('Revoke 30 selected…');
    await boxes.first().uncheck();
    expect(await button.innerText()).toBe('Revoke 29 selected…');
    expect(await page.locator('.selection input:indeterminate').count()).toBe(1);
    await page.getByLabel('Select all 30').check();
    await page.getByLabel('Select all 30').uncheck();
    expect(await button.innerText()).toBe('Revoke selected…');
    await boxes.nth(1).check();
    await boxes.nth(2).check();
    await button.click();
    expect(await page.locator('h1').innerText()).toBe('Revoke 2 keys?');
    await page.goBack();
    expect(await button.innerText()).toBe('Revoke 2 selected…');
  });

  test(isPhone ? 'folds the filters, and says how many are in use' : 'shows all filters', async () => {
    expect(await page.locator('#owner').isVisible()).toBe(!isPhone);
    if (isPhone) await page.getByText('Filters', { exact: true }).tap();
    await page.fill('#owner', 'jonas');
    await page.click('.filter button');
    await page.waitForURL(/owner=jonas/);
    expect(await page.locator('#owner').inputValue()).toBe('jonas');
    expect(await page.locator('#owner').isVisible()).toBe(!isPhone);
    expect(await page.getByText('Filters (1)').isVisible()).toBe(isPhone);
    expect(await axeFindings(page)).toEqual([]);
  });

  test('opens the exact time with a tap or a click', async () => {
    const time = page.locator('tbody .when').first();
    expect(await time.locator('.exact').isVisible()).toBe(false);
    await (isPhone ? time.locator('summary').tap() : time.locator('summary').click());
    expect(await time.locator('.exact').innerText()).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/);
    expect(await isInView(page, 'tbody .exact')).toBe(true);
    expect(await overflow(page)).toBe(0);
    expect(await axeFindings(page)).toEqual([]);
  });

  if (isPhone)
    test('has compact rows, of which two or more fit the first screen', async () => {
      const second = await page.locator('tbody tr').nth(1).boundingBox();
      expect(second!.height).toBeLessThan(170);
      expect(await isInView(page, 'tbody tr:nth-child(2) .what')).toBe(true);
      expect(await isInView(page, 'tbody tr:nth-child(2) .time')).toBe(true);
    });
});

test('the list of keys can be selected and revoked without JavaScript', async () => {
  const person = await signedIn({ viewport: SCREENS.phone, javaScriptEnabled: false });
  const { page } = person;
  await page.goto(`${store.url}/keys?search=B%C3%BCcherwurm`);
  await page.getByText('Filters', { exact: true }).click();
  expect(await page.locator('#owner').isVisible()).toBe(true);
  await page.locator('tbody .when summary').first().click();
  expect(await page.locator('tbody .exact').first().isVisible()).toBe(true);
  await page.getByRole('link', { name: 'Select all' }).click();
  await page.getByRole('button', { name: 'Revoke selected…' }).click();
  expect(await page.locator('h1').innerText()).toMatch(/^Revoke \d keys\?$/);
  await person.leave();
});

test('the consent page leaves the whole of a very low window to its text', async () => {
  const person = await signedIn({ viewport: { width: 640, height: 320 } });
  await openConsent(person.page);
  expect(await isInView(person.page, '.wc-auth-approve')).toBe(false);
  await person.page.locator('.wc-auth-approve').scrollIntoViewIfNeeded();
  expect(await isInView(person.page, '.wc-auth-approve')).toBe(true);
  await person.leave();
});
