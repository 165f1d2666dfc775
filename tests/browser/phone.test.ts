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

/** Returns whether the whole element is on the screen, and nothing covers its corners and centre. */
const isInView = (page: Page, selector: string) =>
  page.evaluate<boolean>(`(() => {
    const element = document.querySelector(${JSON.stringify(selector)});
    const box = element.getBoundingClientRect();
    const xs = [box.left + 3, (box.left + box.right) / 2, box.right - 3];
    const ys = [box.top + 3, (box.top + box.bottom) / 2, box.bottom - 3];
    const isAt = (x, y) => element.contains(document.elementFromPoint(x, y));
    return box.width > 0 && ys.every((y) => isAt(xs[1], y)) && xs.every((x) => isAt(x, ys[1]));
  })()`);

async function openConsent(page: Page): Promise<void> {
  const parameters = ask({
    app_name: 'Bücherwurm',
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
    expect(stops).toHaveLength(6);
  });

  test('says in view that it contacts the app', async () => {
    await page.evaluate('addEventListener("submit", (event) => event.preventDefault())');
    await page.click('.wc-auth-approve');
    expect(await page.locator('.status-line').innerText()).toMatch(/^Contacting localhost:1\./);
    expect(await isInView(page, '.status-line')).toBe(true);
  });
});

test('the consent page leaves the whole of a very low window to its text', async () => {
  const person = await signedIn({ viewport: { width: 640, height: 320 } });
  await openConsent(person.page);
  expect(await isInView(person.page, '.wc-auth-approve')).toBe(false);
  await person.page.locator('.wc-auth-approve').scrollIntoViewIfNeeded();
  expect(await isInView(person.page, '.wc-auth-approve')).toBe(true);
  await person.leave();
});
