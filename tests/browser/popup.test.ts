import type { Page } from 'playwright-core';
import { openBrowser, type Person, type RealBrowser } from '../support/scenes/browser';
import { approve, deny, signIn } from '../support/scenes/demo-visit';
import { ask, route } from '../support/scenes/grant-scene';
import { startPopupApp, type PopupApp } from '../support/scenes/popup-app';
import { startHttpsReceiver, type HttpsReceiver } from '../support/http/https-receiver';
import { MANAGER, PASSWORD, startTestStore, type TestStore } from '../support/store/test-store';

// Apps run the grant in a popup: their page watches `popup.closed`, and their return page sends it
// the outcome through `window.opener` (protocol 2.2).

let store: TestStore;
let receiver: HttpsReceiver;
let app: PopupApp;
let browser: RealBrowser;
let person: Person;
beforeAll(async () => {
  [store, receiver, browser] = await Promise.all([startTestStore(), startHttpsReceiver(), openBrowser()]);
  app = await startPopupApp();
});
afterAll(async () => {
  await Promise.all([browser.close(), app.stop(), store.close(), receiver.stop()]);
});
beforeEach(async () => {
  person = await browser.person();
});
afterEach(async () => {
  expect(person.complaints).toEqual([]);
  await person.leave();
});

/** Opens the grant in a popup of the app's page. Returns the popup at the sign-in form. */
async function openPopup(callback: string): Promise<Page> {
  const { page } = person;
  await page.goto(app.url);
  const asked = ask({ return_url: app.returnUrl, callback_url: receiver.url(callback) });
  const [popup] = await Promise.all([
    page.waitForEvent('popup'),
    page.evaluate(`connect(${JSON.stringify(store.url + route('authorize', asked))})`),
  ]);
  return popup;
}

/**
 * Returns what the app's page has seen at the end. The popup's last message may come after it has
 * closed.
 */
async function seenAtTheEnd(): Promise<unknown> {
  await person.page.waitForFunction('seen.length >= 2');
  return person.page.evaluate('seen.sort()');
}

const credentials = { login: MANAGER, password: PASSWORD };

test.each([
  ['Approve', approve, 1],
  ['Deny', deny, 0],
] as const)(
  'an app learns the outcome of %s from its return page in a popup, which counts as open until then',
  async (_name, decide, success) => {
    const popup = await openPopup('/cb');
    await signIn(popup, credentials);
    await popup.locator('.wc-auth-approve').waitFor();
    expect(await person.page.evaluate('seen')).toEqual([]);
    await decide(popup);
    expect(await seenAtTheEnd()).toEqual([`?success=${success}&user_id=42`, 'closed']);
  },
);

test('an app learns the outcome from a popup that had a wrong password, a failed delivery and a change of account', async () => {
  receiver.program({ status: 500 }, '/fails');
  const popup = await openPopup('/fails');
  await signIn(popup, { ...credentials, password: 'wrong' });
  await popup.getByRole('alert').waitFor();
  await signIn(popup, credentials);
  await approve(popup);
  await popup.locator('.wc-auth-retry').waitFor();
  receiver.program({ status: 200 }, '/fails');
  await popup.locator('.wc-auth-retry').click();
  await popup.locator('.wc-auth-logout').click();
  await signIn(popup, credentials);
  await popup.locator('.wc-auth-approve').waitFor();
  expect(await person.page.evaluate('seen')).toEqual([]);
  await approve(popup);
  expect(await seenAtTheEnd()).toEqual(['?success=1&user_id=42', 'closed']);
});
