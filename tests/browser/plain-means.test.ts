import type { Page } from 'playwright-core';
import { openBrowser, PHONE, type RealBrowser } from '../support/scenes/browser';
import { startDemo, type Demo } from '../support/scenes/demo';
import { connect, connectAndApprove, signIn } from '../support/scenes/demo-visit';

let demo: Demo;
let browser: RealBrowser;

beforeAll(async () => {
  [demo, browser] = await Promise.all([startDemo(), openBrowser()]);
});
afterAll(() => Promise.all([browser.close(), demo.stop()]));

test('the whole flow works without JavaScript', async () => {
  const person = await browser.person({ javaScriptEnabled: false });
  const { page } = person;
  await connectAndApprove(page, demo);
  await page.getByRole('button', { name: 'Call the API' }).click();
  await page.getByText('Blue teapot').waitFor();
  await page.goto(`${demo.storeUrl}/wc-auth/v1/logout`);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByText('You are signed out.').waitFor();
  expect(person.complaints).toEqual([]);
  await person.leave();
});

test('the whole flow works on a phone by touch', async () => {
  const person = await browser.person({ viewport: PHONE, isMobile: true, hasTouch: true });
  const { page } = person;
  await page.goto(demo.appUrl);
  await page.getByRole('button', { name: 'Connect your store' }).tap();
  await page.getByLabel('Username or email address').fill(demo.login);
  await page.getByLabel('Password').fill(demo.password);
  await page.getByRole('button', { name: 'Sign in' }).tap();
  await page.locator('.wc-auth-approve').tap();
  await page.getByRole('heading', { name: 'Your store is connected' }).waitFor();
  expect(person.complaints).toEqual([]);
  await person.leave();
});

describe('the flow with the keyboard alone', () => {
  /**
   * Presses Tab through the page and returns the name of each stop. Every stop must show that it
   * has the focus.
   */
  async function tabStops(page: Page): Promise<string[]> {
    const stops: string[] = [];
    // The controls appear before the stylesheet is loaded.
    await page.waitForLoadState('load');
    for (;;) {
      await page.keyboard.press('Tab');
      const stop = await page.evaluate<{ name: string; outline: string } | null>(`(() => {
        const at = document.activeElement;
        if (!at || at === document.body || at.seen) return null;
        at.seen = true;
        const name = at.getAttribute('name') ?? at.textContent.trim();
        return { name, outline: getComputedStyle(at).outlineStyle };
      })()`);
      if (stop === null) return stops;
      expect(stop).toEqual({ name: stop.name, outline: 'solid' });
      stops.push(stop.name);
    }
  }

  async function tabTo(page: Page, selector: string): Promise<void> {
    const there = async () => (await page.locator(`${selector}:focus`).count()) === 1;
    for (let presses = 0; presses < 30 && !(await there()); presses += 1) await page.keyboard.press('Tab');
    expect(await there()).toBe(true);
  }

  test('stops at the controls of a page from top to bottom', async () => {
    const person = await browser.person();
    const { page } = person;
    await page.goto(demo.appUrl);
    expect(await tabStops(page)).toEqual([
      'Parcel Pilot',
      'store_url',
      'scope',
      'user_id',
      'Try what can go wrong',
      'Connect your store',
      ...(await page.locator('.list a').allTextContents()),
    ]);
    await connect(page, demo);
    await page.locator('#password').waitFor();
    expect(await tabStops(page)).toEqual([
      'username',
      'password',
      'Show password',
      'Sign in',
      'Cancel and go back to the app',
    ]);
    await signIn(page, demo);
    await page.locator('.wc-auth-approve').waitFor();
    const [first, ...others] = await tabStops(page);
    expect(first).toBe('Sign out and use another account');
    expect(others.slice(-2)).toEqual(['Approve', 'Deny']);
    await page.goto(`${demo.storeUrl}/wc-auth/v1/logout`);
    expect(await tabStops(page)).toEqual(['everywhere', 'Sign out', 'Cancel']);
    await person.leave();
  });

  test('lets a manager connect an app', async () => {
    const person = await browser.person();
    const { page } = person;
    await page.goto(demo.appUrl);
    await tabTo(page, '#user_id');
    await page.keyboard.press('Enter');
    await page.locator('#username').waitFor();
    await tabTo(page, '#username');
    await page.keyboard.type(demo.login);
    await page.keyboard.press('Tab');
    await page.keyboard.type(demo.password);
    await page.keyboard.press('Enter');
    await page.locator('.wc-auth-approve').waitFor();
    await tabTo(page, '.wc-auth-approve');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Your store is connected' }).waitFor();
    expect(person.complaints).toEqual([]);
    await person.leave();
  });
});
