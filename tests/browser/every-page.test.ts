import type { Page } from 'playwright-core';
import {
  axeFindings,
  DESKTOP,
  openBrowser,
  overflow,
  PHONE,
  type Person,
  type RealBrowser,
} from '../support/scenes/browser';
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
import { startHttpsReceiver } from '../support/http/https-receiver';
import { seedKey } from '../support/scenes/console-scene';
import { ask, route } from '../support/scenes/grant-scene';
import { PASSWORD, startTestStore } from '../support/store/test-store';

let demo: Demo;
let browser: RealBrowser;
let person: Person;
let closeStore: (() => Promise<void>) | undefined;
let customer: { login: string; password: string };

beforeAll(async () => {
  [demo, browser] = await Promise.all([startDemo(), openBrowser()]);
  await demo.wcAuth(
    'keys',
    'create',
    '--user',
    demo.login,
    '--permissions',
    'read',
    '--description',
    'Reports',
  );
  customer = (await demo.wcAuth(
    'users',
    'add',
    'carla',
    '--email',
    'carla@demo.example',
    '--role',
    'customer',
  )) as typeof customer;
});
afterAll(() => Promise.all([browser.close(), demo.stop()]));
beforeEach(async () => {
  // axe is injected into the page, which no page of ours allows. Motion is off, so that colors are
  // final.
  person = await browser.person({ bypassCSP: true, reducedMotion: 'reduce' });
});
afterEach(async () => {
  await person.leave();
  await closeStore?.();
  closeStore = undefined;
});

/** Starts with the narrowest width that WCAG 2.2, 1.4.10 requires. */
const WIDTHS = [{ width: 320, height: 640 }, PHONE, { width: 768, height: 1024 }, DESKTOP];

/** Opens each page. */
const pages: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  "the app's start": (page) => page.goto(demo.appUrl),
  "the app's form with a mistake": async (page) => {
    await page.goto(demo.appUrl);
    await page.fill('#store_url', 'no store');
    await page.getByRole('button', { name: 'Connect your store' }).click();
    await page.getByRole('alert').waitFor();
  },
  'the app waiting for a key': async (page) => page.goto(connectionUrl(demo, await authorizeUrl(page, demo))),
  'the app after Deny': async (page) => {
    await openConsent(page);
    await deny(page);
    await page.getByRole('heading', { name: 'The store denied the request' }).waitFor();
  },
  'the app without a key after a failed delivery': async (page) => {
    const connection = connectionUrl(demo, await authorizeUrl(page, demo, { answer: 'with_201' }));
    await page.goto(`${connection}?success=0`);
  },
  "the app's start with its faults": async (page) => {
    await page.goto(demo.appUrl);
    await page.getByText('Try what can go wrong').click();
  },
  'the app with a key': (page) => connectAndApprove(page, demo),
  'the app after a call': async (page) => {
    await connectAndApprove(page, demo);
    await page.getByRole('button', { name: 'Call the API' }).click();
    await page.getByText('Blue teapot').waitFor();
    await page.getByText('How it was signed').click();
  },
  "the app's start with connections": async (page) => {
    await connectAndApprove(page, demo);
    await page.goto(demo.appUrl);
  },
  'an unknown page of the app': (page) => page.goto(`${demo.appUrl}/connections/none`),
  'the sign-in page': (page) => page.goto(`${demo.storeUrl}/login`),
  'the sign-in page for an app': (page) => connect(page, demo),
  'the sign-in page after a wrong password': async (page) => {
    await connect(page, demo);
    await signIn(page, { login: demo.login, password: 'wrong' });
    await page.getByRole('alert').waitFor();
  },
  'the consent page': (page) => openConsent(page),
  'the consent page for an app with keys': async (page) => {
    await connectAndApprove(page, demo);
    await connect(page, demo);
    await page.getByText('This app already has').waitFor();
  },
  'the consent page while it waits': async (page) => {
    await connect(page, demo, { answer: 'slowly' });
    await signIn(page, demo);
    // Cancels the submit after the page's own handler has run, so that the page stays as it is
    // while the store works.
    await page.evaluate('addEventListener("submit", (event) => event.preventDefault())');
    await approve(page);
    await page.locator('.wc-auth-approve[aria-busy=true]').waitFor();
  },
  'the consent page with very long words': async (page) => {
    const name = `${'Donaudampfschifffahrtsgesellschaft'.repeat(6)} مرحبا بالعالم`;
    await page.goto(await authorizeUrl(page, demo, { app_name: name }));
    await signIn(page, demo);
    await page.locator('.wc-auth-approve').waitFor();
  },
  'the consent page that leads to a different website': async (page) => {
    const changes = { return_url: 'https://bücher.example/', user_id: '1'.repeat(400) };
    await page.goto(await authorizeUrl(page, demo, changes));
    await signIn(page, demo);
    await page.getByText('a different website').waitFor();
  },
  'the page after Approve for an app with a scheme of its own': async (page) => {
    await page.goto(await authorizeUrl(page, demo, { return_url: 'myapp://done' }));
    await signIn(page, demo);
    await approve(page);
    await page.locator('.wc-auth-return').waitFor();
  },
  'the page after Deny for an app with a scheme of its own': async (page) => {
    await page.goto(await authorizeUrl(page, demo, { return_url: 'myapp://done' }));
    await signIn(page, demo);
    await deny(page);
    await page.locator('.wc-auth-return').waitFor();
  },
  'the page after a failed delivery': async (page) => {
    await connect(page, demo, { answer: 'with_an_error' });
    await signIn(page, demo);
    await approve(page);
    await page.locator('.wc-auth-retry').waitFor();
  },
  'the page after a failed delivery, unfolded, to an app with a long name': async (page) => {
    const name = 'Donaudampfschifffahrtsgesellschaft'.repeat(4);
    await page.goto(await authorizeUrl(page, demo, { answer: 'with_an_error', app_name: name }));
    await signIn(page, demo);
    await approve(page);
    await page.getByText('Details for the app’s developer').click();
    await page.getByText('Request ID').waitFor();
  },
  'the rejection of a customer': async (page) => {
    await connect(page, demo);
    await signIn(page, customer);
    await page.getByText('You do not have permission').waitFor();
  },
  'the rejection of a wrong parameter': (page) =>
    page.goto(`${demo.storeUrl}/wc-auth/v1/authorize?app_name=x`),
  'the account of a customer': async (page) => {
    await page.goto(`${demo.storeUrl}/login`);
    await signIn(page, customer);
    await page.waitForURL(/\/(apps|account)$/);
  },
  'the form of a new key with a mistake': async (page) => {
    await openConsole(page, '/keys/new');
    await page.fill('#description', ' ');
    await page.getByRole('button', { name: 'Create key' }).click();
    await page.locator('#description[aria-invalid=true]').waitFor();
  },
  'the form of a new key without permissions': async (page) => {
    await openConsole(page, '/keys/new');
    await page.fill('#description', 'Reports');
    await page.evaluate("document.querySelector('input[name=permissions]:checked').value = 'all'");
    await page.getByRole('button', { name: 'Create key' }).click();
    await page.locator('#permissions[aria-invalid=true]').waitFor();
  },
  'the sign-out page': async (page) => {
    await page.goto(`${demo.storeUrl}/login`);
    await signIn(page, demo);
    await page.waitForURL(/\/(apps|account)$/);
    await page.goto(`${demo.storeUrl}/wc-auth/v1/logout`);
  },
  'the sign-in page after signing out': (page) => page.goto(`${demo.storeUrl}/login?logged_out=1`),
  'an unknown page of the store': (page) => page.goto(`${demo.storeUrl}/nowhere`),
};

/** Pages of the console, as its manager sees them. */
const CONSOLE = [
  '/keys',
  '/keys/new',
  '/keys/1',
  '/apps',
  '/history',
  '/users',
  '/users/new',
  '/users/1',
  '/users/1/edit',
  '/account',
  '/account/edit',
];

async function openConsole(page: Page, path: string): Promise<void> {
  await page.goto(`${demo.storeUrl}/login`);
  await signIn(page, demo);
  await page.waitForURL('**/apps');
  const answer = await page.goto(demo.storeUrl + path);
  expect(answer?.status()).toBe(200);
}

async function openConsent(page: Page): Promise<void> {
  await connect(page, demo);
  await signIn(page, demo);
  await page.locator('.wc-auth-approve').waitFor();
}

async function expectAccessible(page: Page): Promise<void> {
  // The controls appear before the stylesheet is loaded.
  await page.waitForLoadState('load');
  for (const viewport of WIDTHS) {
    await page.setViewportSize(viewport);
    expect({ viewport, overflow: await overflow(page) }).toEqual({ viewport, overflow: 0 });
  }
  for (const viewport of [PHONE, DESKTOP])
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      expect({ viewport, colorScheme, findings: await axeFindings(page) }).toEqual({
        viewport,
        colorScheme,
        findings: [],
      });
    }
}

test.each(Object.keys(pages))(
  '%s fits every width, without an axe finding in light and dark',
  async (name) => {
    await pages[name]!(person.page);
    await expectAccessible(person.page);
  },
);

test.each(CONSOLE)('the page %s fits every width, without an axe finding in light and dark', async (path) => {
  await openConsole(person.page, path);
  await expectAccessible(person.page);
});

test('the first page of a store without users and an account without keys fit every width, without an axe finding', async () => {
  const store = await startTestStore({ empty: true });
  closeStore = () => store.close();
  await person.page.goto(`${store.url}/login`);
  await expectAccessible(person.page);
  await store.addUser('manager', 'administrator');
  await person.page.goto(`${store.url}/login`);
  await signIn(person.page, { login: 'manager', password: 'correct horse battery' });
  await person.page.waitForURL(/\/(apps|account)$/);
  await expectAccessible(person.page);
});

test.each(['/nowhere', '/wc-auth/v1/authorize?app_name=x'])(
  'the page %s with a link to HELP_URL fits every width, without an axe finding',
  async (path) => {
    const store = await startTestStore({ env: { HELP_URL: 'https://help.example/errors' } });
    closeStore = () => store.close();
    await person.page.goto(store.url + path);
    const link = person.page.getByRole('link', { name: 'Help with this error' });
    expect(await link.getAttribute('href')).toMatch(
      /^https:\/\/help\.example\/errors#(?:wp_die|bad_request)$/,
    );
    await expectAccessible(person.page);
  },
);

test('the page of a failed delivery that both sides can fix has space above each heading, fits every width, without an axe finding', async () => {
  const [store, app] = await Promise.all([
    startTestStore(),
    startHttpsReceiver({ certificate: 'selfSigned' }),
  ]);
  closeStore = async () => {
    await Promise.all([store.close(), app.stop()]);
  };
  const asked = ask({ callback_url: app.url() });
  await seedKey(store, { app: { appName: asked.app_name, callbackOrigin: new URL(app.url()).origin } });
  const { page } = person;
  await page.goto(store.url + route('authorize', asked));
  await signIn(page, { login: 'manager', password: PASSWORD });
  await page.getByRole('checkbox').check();
  await approve(page);
  await page.getByText('What the store’s operator can do').waitFor();
  await page.getByText('Select them again').waitFor();
  const gaps = await page.evaluate<number[]>(
    `[...document.querySelectorAll('h2 ~ h2, .actions')].map((one) =>
      one.getBoundingClientRect().top - one.previousElementSibling.getBoundingClientRect().bottom)`,
  );
  expect(gaps).toHaveLength(3);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(12);
  await expectAccessible(page);
});
