import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { openBrowser, type Person, type RealBrowser } from '../support/scenes/browser';
import { startDemo, type Demo } from '../support/scenes/demo';
import { approve, authorizeUrl, connect, connectionUrl, deny, signIn } from '../support/scenes/demo-visit';

let demo: Demo;
let browser: RealBrowser;
let person: Person;
let keysBefore: number;

beforeAll(async () => {
  [demo, browser] = await Promise.all([startDemo(), openBrowser()]);
});
afterAll(() => Promise.all([browser.close(), demo.stop()]));
beforeEach(async () => {
  keysBefore = await keyCount();
  person = await browser.person();
});
afterEach(async () => {
  expect(person.complaints).toEqual([]);
  await person.leave();
});

const keyCount = async () => ((await demo.wcAuth('keys', 'list')) as unknown[]).length;

/** Returns how often the store posted to the callback of this URL. */
async function posts(page: Page, authorize: string): Promise<unknown> {
  return (await page.request.get(`${connectionUrl(demo, authorize)}/state`)).json();
}

test('a double click on Approve makes one key and one callback', async () => {
  const { page } = person;
  const authorize = await authorizeUrl(page, demo, { answer: 'slowly' });
  await page.goto(authorize);
  await signIn(page, demo);
  const sent: string[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/access_granted')) sent.push(request.method());
  });
  await page.locator('.wc-auth-approve').dblclick({ noWaitAfter: true });
  await page.getByRole('heading', { name: 'Your store is connected' }).waitFor();
  expect(sent).toEqual(['POST']);
  expect(await posts(page, authorize)).toEqual({ received: true, posts: 1 });
  expect(await keyCount()).toBe(keysBefore + 1);
});

test('a double click without JavaScript makes one key and one callback too', async () => {
  const plain = await browser.person({ javaScriptEnabled: false });
  const { page } = plain;
  const authorize = await authorizeUrl(page, demo, { answer: 'slowly' });
  await page.goto(authorize);
  await signIn(page, demo);
  await page.locator('.wc-auth-approve').dblclick({ noWaitAfter: true });
  await page.waitForURL((url) => url.searchParams.get('success') === '1');
  expect(await posts(page, authorize)).toEqual({ received: true, posts: 1 });
  expect(await keyCount()).toBe(keysBefore + 1);
  expect(plain.complaints).toEqual([]);
  await plain.leave();
});

test('the consent page says that the app takes its time, and no button can be pressed twice', async () => {
  const { page } = person;
  await connect(page, demo);
  await signIn(page, demo);
  await page.locator('.wc-auth-approve').waitFor();
  const before = await pressed(page);
  // Cancels the submit after the page's own handler has run, so that the page stays as it is while
  // the store works.
  await page.evaluate('addEventListener("submit", (event) => event.preventDefault())');
  await approve(page);
  expect(await pressed(page)).toEqual({
    approve: 'Connecting…',
    busy: 'true',
    denyDisabled: 'true',
    status: expect.stringMatching(/^Contacting localhost:\d+\. This can take a while/),
  });
  expect(before).toMatchObject({ approve: 'Approve', busy: null, denyDisabled: null });
});

const pressed = (page: Page) =>
  page.evaluate<Record<string, string | null>>(`(() => {
    const find = (selector) => document.querySelector(selector);
    return {
      approve: find('.wc-auth-approve').textContent,
      busy: find('.wc-auth-approve').getAttribute('aria-busy'),
      denyDisabled: find('.wc-auth-deny').getAttribute('aria-disabled'),
      status: find('.status-line').textContent,
    };
  })()`);

const APP_SCHEMES = ['myapp://done', 'com.example.app:/done'];

test.each(APP_SCHEMES)(
  'Approve opens an app at %s, and says on a page that it is connected',
  async (returnUrl) => {
    await expectLaunch(person.page, {
      decide: approve,
      returnUrl,
      success: 1,
      heading: 'Parcel Pilot is connected',
    });
  },
);

test.each(APP_SCHEMES)(
  'Deny opens an app at %s, and says on a page that it has no access',
  async (returnUrl) => {
    await expectLaunch(person.page, {
      decide: deny,
      returnUrl,
      success: 0,
      heading: 'Parcel Pilot has no access',
    });
  },
);

test('an app with its own scheme opens without JavaScript', async () => {
  const plain = await browser.person({ javaScriptEnabled: false });
  const returnUrl = 'myapp://done';
  await expectLaunch(plain.page, {
    decide: approve,
    returnUrl,
    success: 1,
    heading: 'Parcel Pilot is connected',
  });
  expect(plain.complaints).toEqual([]);
  await plain.leave();
});

// No program is registered for the scheme. The test sees that Chromium asks for it, and what the
// page shows meanwhile.
async function expectLaunch(
  page: Page,
  wanted: { decide: (page: Page) => Promise<void>; returnUrl: string; success: 0 | 1; heading: string },
): Promise<void> {
  const target = `${wanted.returnUrl}?success=${wanted.success}&user_id=m-1`;
  await page.goto(await authorizeUrl(page, demo, { return_url: wanted.returnUrl }));
  await signIn(page, demo);
  await page.locator('.wc-auth-approve').waitFor();
  const launched = page.waitForRequest((request) => !/^(?:https?|data):/.test(request.url()));
  await wanted.decide(page);
  expect((await launched).url()).toBe(target);
  await page.getByRole('heading', { level: 1, name: wanted.heading }).waitFor();
  expect(await page.getByText('Connecting…').count()).toBe(0);
  expect(await page.locator('a.wc-auth-return').getAttribute('href')).toBe(target);
}

test('an app that redirects further to a second origin is not blocked', async () => {
  const { page } = person;
  const landing = await listen((request, response) => {
    response.setHeader('Content-Type', 'text/html');
    response.end(`<title>Landed</title><p>${request.url?.replace(/[<&]/g, ' ') ?? ''}`);
  });
  const hop = await listen((request, response) => {
    const query = new URL(request.url ?? '', 'http://hop').search;
    response.writeHead(302, { Location: `http://localhost:${portOf(landing)}/landed${query}` }).end();
  });
  await page.goto(
    await authorizeUrl(page, demo, { return_url: `http://127.0.0.1:${portOf(hop)}/back?tab=2` }),
  );
  await signIn(page, demo);
  await approve(page);
  await page.waitForURL(`http://localhost:${portOf(landing)}/landed?tab=2&success=1&user_id=m-1`);
  for (const server of [landing, hop]) {
    server.close();
    server.closeAllConnections();
  }
});

const portOf = (server: Server) => (server.address() as AddressInfo).port;

async function listen(answer: RequestListener): Promise<Server> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
