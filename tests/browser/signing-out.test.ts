import { openBrowser, type Person, type RealBrowser } from '../support/scenes/browser';
import { startDemo, type Demo } from '../support/scenes/demo';
import { approve, connect, connectAndApprove, signIn } from '../support/scenes/demo-visit';

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

test('signing out on the consent page leads back to the same request', async () => {
  const { page } = person;
  await connect(page, demo, { userId: 'merchant-7' });
  await signIn(page, demo);
  await page.locator('.wc-auth-logout').click();
  await page.getByText('An app that calls itself Parcel Pilot wants').waitFor();
  await signIn(page, demo);
  await approve(page);
  await page.getByRole('heading', { name: 'Your store is connected' }).waitFor();
  expect(new URL(page.url()).searchParams.get('user_id')).toBe('merchant-7');
});

test('the sign-out page asks first, and Cancel changes nothing', async () => {
  const { page } = person;
  await page.goto(`${demo.storeUrl}/login`);
  await signIn(page, demo);
  await page.goto(`${demo.storeUrl}/wc-auth/v1/logout`);
  await page.getByRole('heading', { name: 'Do you want to sign out?' }).waitFor();
  await page.getByRole('link', { name: 'Cancel' }).click();
  await page.waitForURL(/\/(apps|account)$/);
});

test('signing out ends the session and keeps app keys working', async () => {
  const { page, context } = person;
  await connectAndApprove(page, demo);
  const appTab = await context.newPage();
  await appTab.goto(page.url());

  await page.goto(`${demo.storeUrl}/wc-auth/v1/logout`);
  await page.getByRole('button', { name: 'Sign out' }).click();
  expect(await page.getByRole('status').textContent()).toContain('You are signed out.');
  await page.goto(`${demo.storeUrl}/account`);
  await page.waitForURL(/\/login/);

  await appTab.getByRole('button', { name: 'Call the API' }).click();
  await appTab.getByText('Blue teapot').waitFor();
});

test('one browser can sign out all the others', async () => {
  const other = await browser.person();
  for (const { page } of [person, other]) {
    await page.goto(`${demo.storeUrl}/login`);
    await signIn(page, demo);
    await page.waitForURL(/\/(apps|account)$/);
  }
  await person.page.goto(`${demo.storeUrl}/wc-auth/v1/logout`);
  await person.page.getByLabel('Sign out everywhere').check();
  await person.page.getByRole('button', { name: 'Sign out' }).click();
  await person.page.getByRole('status').waitFor();
  await other.page.reload();
  await other.page.waitForURL(/\/login/);
  await other.leave();
});

test('a customer is denied access and can sign in as someone else', async () => {
  const { page } = person;
  const { login, password } = (await demo.wcAuth(
    'users',
    'add',
    'carla',
    '--email',
    'carla@demo.example',
    '--role',
    'customer',
  )) as { login: string; password: string };
  await connect(page, demo);
  await signIn(page, { login, password });
  await page.getByText('You do not have permission to access this page.').waitFor();
  await page.locator('.wc-auth-logout').click();
  await signIn(page, demo);
  await page.locator('.wc-auth-approve').waitFor();
});
