import { axeFindings, openBrowser, PHONE, type Person, type RealBrowser } from '../support/scenes/browser';
import { storeInUse } from '../support/scenes/console-store';
import { PASSWORD, type TestStore } from '../support/store/test-store';

let store: TestStore;
let browser: RealBrowser;
let person: Person;
beforeAll(async () => {
  [store, browser] = await Promise.all([storeInUse(), openBrowser()]);
});
afterAll(() => Promise.all([store.close(), browser.close()]));
afterEach(async () => {
  expect(person.complaints).toEqual([]);
  await person.leave();
});

const toggles = () => person.page.getByRole('button', { name: 'Show password' });
const typeOf = (field: string) => person.page.locator(field).getAttribute('type');

async function signIn(): Promise<void> {
  await person.page.goto(`${store.url}/login`);
  await person.page.fill('#username', 'maren');
  await person.page.fill('#password', PASSWORD);
  await person.page.click('main button[type=submit]');
  await person.page.waitForURL(/\/(keys|apps)$/);
}

describe('the button beside a password', () => {
  test('shows what was typed and hides it again, by mouse and by keyboard', async () => {
    person = await browser.person();
    await person.page.goto(`${store.url}/login`);
    await person.page.fill('#password', 'half a passw');
    expect(await typeOf('#password')).toBe('password');
    expect(await toggles().getAttribute('aria-pressed')).toBe('false');

    await toggles().click();
    expect(await typeOf('#password')).toBe('text');
    expect(await toggles().getAttribute('aria-pressed')).toBe('true');
    expect(await person.page.inputValue('#password')).toBe('half a passw');

    await person.page.keyboard.press('Space');
    expect(await typeOf('#password')).toBe('password');
    expect(await toggles().getAttribute('aria-pressed')).toBe('false');
    expect(await person.page.inputValue('#password')).toBe('half a passw');
  });

  test('does not send the form, and a shown password signs in', async () => {
    person = await browser.person();
    const { page } = person;
    await page.goto(`${store.url}/login`);
    await page.fill('#username', 'maren');
    await page.fill('#password', PASSWORD);
    await toggles().click();
    expect(page.url()).toBe(`${store.url}/login`);
    // A browser may save what it sends from a text field.
    await page.evaluate(`document.querySelector('main form').addEventListener('submit', () => {
      document.cookie = 'sent_as=' + document.getElementById('password').type;
    })`);
    await page.press('#password', 'Enter');
    await page.waitForURL(/\/(keys|apps)$/);
    expect((await person.context.cookies()).find(({ name }) => name === 'sent_as')?.value).toBe('password');
  });

  test('belongs to one field only', async () => {
    person = await browser.person();
    await signIn();
    await person.page.goto(`${store.url}/account`);
    await toggles().nth(1).click();
    expect(await typeOf('#current_password')).toBe('password');
    expect(await typeOf('#new_password')).toBe('text');
    expect(await typeOf('#new_password_again')).toBe('password');
  });

  test.each(['/account', '/users/3', '/users/new', '/keys/1'])(
    'stands beside every password field of %s',
    async (path) => {
      person = await browser.person();
      await signIn();
      await person.page.goto(store.url + path);
      const fields = await person.page.locator('input[type=password]').count();
      expect(fields).toBeGreaterThan(0);
      expect(await toggles().count()).toBe(fields);
      for (const toggle of await toggles().all()) await toggle.click();
      expect(await person.page.locator('input[type=password]').count()).toBe(0);
    },
  );

  test.each(['light', 'dark'] as const)(
    'has no axe finding while it shows the password, in %s',
    async (colorScheme) => {
      person = await browser.person({ viewport: PHONE, colorScheme, bypassCSP: true });
      await person.page.goto(`${store.url}/login`);
      await person.page.fill('#password', 'x'.repeat(200));
      await toggles().click();
      expect(await axeFindings(person.page)).toEqual([]);
      const [field, button] = await Promise.all(
        ['#password', '.reveal'].map((selector) => person.page.locator(selector).boundingBox()),
      );
      expect(button!.width).toBeGreaterThanOrEqual(44);
      expect(button!.height).toBeGreaterThanOrEqual(44);
      expect(button!.x + button!.width).toBeLessThanOrEqual(field!.x + field!.width);
    },
  );

  test('is absent without JavaScript', async () => {
    person = await browser.person({ javaScriptEnabled: false });
    await person.page.goto(`${store.url}/login`);
    expect(await person.page.locator('.reveal').isVisible()).toBe(false);
    expect(await toggles().count()).toBe(0);
  });
});
