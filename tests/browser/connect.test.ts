import { openBrowser, type Person, type RealBrowser } from '../support/scenes/browser';
import { startDemo, type Demo } from '../support/scenes/demo';
import {
  approve,
  authorizeUrl,
  connect,
  connectAndApprove,
  connectionUrl,
  deny,
  signIn,
} from '../support/scenes/demo-visit';

let demo: Demo;
let browser: RealBrowser;
let person: Person;

beforeAll(async () => {
  [demo, browser] = await Promise.all([startDemo(), openBrowser()]);
});
afterAll(() => Promise.all([browser.close(), demo.stop()]));
beforeEach(async () => {
  person = await browser.person();
});
afterEach(async () => {
  expect(person.complaints).toEqual([]);
  await person.leave();
});

test('a manager connects an app, and the app uses its key', async () => {
  const { page } = person;
  await connect(page, demo, { scope: 'read', userId: 'shop + 1 & "co" = ü' });
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Sign in to Corner Shop');
  await signIn(page, demo);

  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(
    'Parcel Pilot wants to connect to Corner Shop',
  );
  expect(await page.getByText('See orders:').isVisible()).toBe(true);
  await approve(page);

  await page.getByRole('heading', { name: 'Your store is connected' }).waitFor();
  expect(new URL(page.url()).searchParams.get('success')).toBe('1');
  expect(new URL(page.url()).searchParams.get('user_id')).toBe('shop + 1 & "co" = ü');
  const pair = await page.locator('.pair dd').allTextContents();
  expect(pair).toEqual([
    expect.stringMatching(/^\d+$/),
    'shop + 1 & "co" = ü',
    expect.stringMatching(/^ck_[0-9a-f]{40}$/),
    expect.stringMatching(/^cs_••••[0-9a-f]{4}$/),
    'read',
  ]);

  await page.getByRole('button', { name: 'Call the API' }).click();
  await page.getByText('Blue teapot').waitFor();
  expect(await page.locator('.answer .badge').textContent()).toBe('200');

  await page.getByRole('button', { name: 'Add a product' }).click();
  await page.getByText('does not have write permissions').waitFor();
  expect(await page.locator('.answer .badge').textContent()).toBe('401');
});

test('a write key can add a product and cannot list products', async () => {
  const { page } = person;
  await connectAndApprove(page, demo, { scope: 'write' });
  await page.getByRole('button', { name: 'Add a product' }).click();
  await page.getByText('"added_by_key"').waitFor();
  expect(await page.locator('.answer .badge').textContent()).toBe('201');
  await page.getByRole('button', { name: 'Call the API' }).click();
  await page.getByText('does not have read permissions').waitFor();
});

test('the app sees its key pair arrive while another tab is at the store', async () => {
  const { page, context } = person;
  const authorize = await authorizeUrl(page, demo);
  const appTab = await context.newPage();
  await appTab.goto(connectionUrl(demo, authorize));
  await appTab.getByRole('heading', { name: 'Waiting for the key' }).waitFor();

  await page.goto(authorize);
  await signIn(page, demo);
  await approve(page);
  await appTab.getByRole('heading', { name: 'Your store is connected' }).waitFor();
});

test('after Deny the app has no key', async () => {
  const { page } = person;
  await connect(page, demo);
  await signIn(page, demo);
  await deny(page);
  await page.getByRole('heading', { name: 'The store denied the request' }).waitFor();
  expect(new URL(page.url()).searchParams.get('success')).toBe('0');
  expect(await (await page.request.get(`${page.url().split('?')[0] ?? ''}/state`)).json()).toEqual({
    received: false,
    posts: 0,
  });
});

test('Cancel on the sign-in page leads back to the app', async () => {
  const { page } = person;
  await connect(page, demo);
  await page.locator('.wc-auth-cancel').click();
  await page.getByRole('heading', { name: 'The store denied the request' }).waitFor();
});

test('a wrong password shows an error, keeps the user name and can be corrected', async () => {
  const { page } = person;
  await connect(page, demo);
  await signIn(page, { login: demo.login, password: 'wrong' });
  expect(await page.getByRole('alert').textContent()).toContain('Wrong username or password');
  expect(await page.getByLabel('Username or email address').inputValue()).toBe(demo.login);
  expect(await page.getByLabel('Password').inputValue()).toBe('');
  await signIn(page, demo);
  await page.locator('.wc-auth-approve').waitFor();
});

test('an app that answers 500 gets no key, and the manager can try again', async () => {
  const { page } = person;
  await connect(page, demo, { answer: 'with_an_error' });
  await signIn(page, demo);
  await approve(page);
  await page.getByText('unable to send the consumer data').waitFor();
  expect(await page.locator('main').textContent()).toContain('500');
  await page.locator('.wc-auth-retry').click();
  await page.locator('.wc-auth-approve').waitFor();
});

test('the page of a failed delivery works with the keyboard alone and leads back to the app', async () => {
  const { page } = person;
  await connect(page, demo, { answer: 'with_an_error' });
  await signIn(page, demo);
  await approve(page);
  await page.getByRole('heading', { level: 1, name: 'Parcel Pilot could not be connected' }).waitFor();
  const focused = () => page.evaluate<string>('document.activeElement.textContent.trim()');
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('Try again');
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('Back to Parcel Pilot');
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('Details for the app’s developer');
  expect(await page.getByText('Request ID').isVisible()).toBe(false);
  await page.keyboard.press('Enter');
  await page.getByText('Request ID').waitFor();
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'No key arrived' }).waitFor();
  expect(await page.locator('main').textContent()).toContain('with an error (500)');
});

test('an app that disconnects cannot use its key any more', async () => {
  const { page } = person;
  await connectAndApprove(page, demo);
  await page.getByRole('button', { name: 'Disconnect' }).click();
  await page.getByRole('heading', { name: 'Disconnected' }).waitFor();
  expect(await page.locator('.answer .badge').textContent()).toBe('200');
  expect(await page.locator('.answer pre').textContent()).toContain('"message": "Successfully logged out"');

  await page.getByRole('button', { name: 'Call the API' }).click();
  await page.getByText('Consumer key is invalid.').waitFor();
  expect(await page.locator('.answer .badge').textContent()).toBe('401');
});
