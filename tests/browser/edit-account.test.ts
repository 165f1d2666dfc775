import { openBrowser, PHONE, type Person, type RealBrowser } from '../support/scenes/browser';
import { storeInUse } from '../support/scenes/console-store';
import { PASSWORD, type TestStore } from '../support/store/test-store';

let store: TestStore;
let browser: RealBrowser;
let person: Person;
beforeEach(async () => {
  [store, browser] = await Promise.all([storeInUse(), openBrowser()]);
});
afterEach(async () => {
  expect(person.complaints).toEqual([]);
  await person.leave();
  await Promise.all([store.close(), browser.close()]);
});

async function signIn(login: string): Promise<void> {
  const { page } = person;
  await page.goto(`${store.url}/login`);
  await page.fill('#username', login);
  await page.fill('#password', PASSWORD);
  await page.click('main button[type=submit]');
  await page.waitForURL(/\/(keys|apps|account)$/);
}

test('an administrator corrects an account, after a login that is taken', async () => {
  person = await browser.person();
  const { page } = person;
  await signIn('maren');
  await page.goto(`${store.url}/users`);
  await page.getByRole('link', { name: 'priya', exact: true }).click();
  await page.getByRole('link', { name: 'Edit account' }).click();
  await page.getByLabel('Login').fill('jonas');
  await page.getByLabel('Display name').fill('Priya R.');
  await page.getByRole('button', { name: 'Save' }).click();
  expect(await page.getByRole('alert').innerText()).toContain('Another account has the login "jonas".');
  expect(await page.getByLabel('Display name').inputValue()).toBe('Priya R.');
  await page.getByLabel('Login').fill('raman');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.waitForURL(/done=details/);
  expect(await page.locator('main').innerText()).toMatch(
    /The account was saved\.[\s\S]*Priya R\.[\s\S]*raman/,
  );
  await page.goto(`${store.url}/keys?owner=raman`);
  await page.getByText('Stock sync of the warehouse').waitFor();
  await page.goto(`${store.url}/history?event=user.changed`);
  await page.getByText('Login: priya → raman').waitFor();
});

test('a customer corrects the own email address on a phone without JavaScript', async () => {
  person = await browser.person({ viewport: PHONE, javaScriptEnabled: false });
  const { page } = person;
  await signIn('tom');
  await page.getByRole('link', { name: 'Edit account' }).click();
  await page.getByLabel('Email address').fill('tom.baker@tea.example');
  await page.getByLabel('Current password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Your account was saved.').waitFor();
  expect(await page.locator('main').innerText()).toContain('tom.baker@tea.example');
});
