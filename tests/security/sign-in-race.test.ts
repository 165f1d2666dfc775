import { submit } from '../support/scenes/console-scene';
import { formWith } from '../support/http/html-forms';
import type { HttpBrowser } from '../support/http/http-browser';
import { MANAGER, PASSWORD, startTestStore, type TestStore } from '../support/store/test-store';

const NEW_PASSWORD = 'battery staple horse';
const VISITORS = 8;

let store: TestStore;
beforeEach(async () => {
  store = await startTestStore();
});
afterEach(() => store.close());

/** Opens the sign-in form in a browser and returns a function that posts it. */
async function openForm(): Promise<{ browser: HttpBrowser; post: () => Promise<unknown> }> {
  const browser = store.browser();
  const { fields } = formWith((await browser.get('/login')).body, 'password');
  return {
    browser,
    post: () => browser.post('/login', { ...fields, username: MANAGER, password: PASSWORD }),
  };
}

test('ends every session that signed in with the old password during a change of the password', async () => {
  const manager = await store.signInByForm();
  const change = { current_password: PASSWORD, new_password: NEW_PASSWORD, new_password_again: NEW_PASSWORD };
  const changing = { done: false };
  const tried: HttpBrowser[] = [];
  // Sign-ins without a pause, so that some passwords are checked at the moment of the change.
  const signInRepeatedly = async () => {
    while (!changing.done) {
      const { browser, post } = await openForm();
      tried.push(browser);
      await post();
    }
  };
  const visitors = Array.from({ length: VISITORS }, signInRepeatedly);
  const changed = await submit(manager, '/account', change).finally(() => (changing.done = true));
  await Promise.all(visitors);
  expect(changed.status).toBe(303);
  const answers = await Promise.all(tried.map(async (browser) => (await browser.get('/account')).status));
  expect(answers).toEqual(Array(tried.length).fill(302));
});
