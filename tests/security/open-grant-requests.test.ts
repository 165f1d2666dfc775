import { statSync } from 'node:fs';
import { approve, ask, deny, openConsent, route, type Consent } from '../support/scenes/grant-scene';
import type { HttpBrowser } from '../support/http/http-browser';
import { testOnSqlite } from '../support/store/on-engine';
import { startTestStore, type TestStore } from '../support/store/test-store';

const KEPT = 20;
const DENIED = 'https://app.example/done?success=0&user_id=42';
const NONCE_ERROR = 'Error: Invalid nonce verification.';

// The tests open hundreds of pages.
jest.setTimeout(120_000);

let store: TestStore;
let manager: HttpBrowser;
beforeEach(async () => {
  store = await startTestStore();
  manager = await store.signIn();
});
afterEach(() => store.close());

async function openPages(count: number, browser = manager): Promise<Consent[]> {
  const pages: Consent[] = [];
  for (let page = 0; page < count; page++) pages.push(await openConsent(browser, ask()));
  return pages;
}

const stored = async () => (await store.database.knex('grant_requests')).length;
const sizeInFile = async () => {
  await store.database.knex.raw('PRAGMA wal_checkpoint(TRUNCATE)');
  return statSync(store.file).size;
};

test('closes the oldest consent page of a session that opens more than 20, which then gets the nonce error', async () => {
  const [closed, ...open] = await openPages(KEPT + 1);
  const [oldest, newest] = [open[0], open.at(-1)];
  const answer = await approve(manager, closed!);
  expect([answer.status, answer.body]).toEqual([401, expect.stringContaining(NONCE_ERROR)]);
  expect((await deny(manager, oldest!)).location).toBe(DENIED);
  expect((await deny(manager, newest!)).location).toBe(DENIED);
});

test('keeps at most 20 of many consent pages opened at once', async () => {
  await Promise.all(Array.from({ length: 60 }, () => openConsent(manager, ask())));
  // On PostgreSQL, pages opened at the same moment do not see each other. The next one does.
  const [last] = await openPages(1);
  expect(await stored()).toBeLessThanOrEqual(KEPT);
  expect((await deny(manager, last!)).location).toBe(DENIED);
});

test('closes neither pages of another session nor decisions', async () => {
  const other = await store.signIn();
  const [others] = await openPages(1, other);
  const [decided] = await openPages(1);
  expect((await deny(manager, decided!)).location).toBe(DENIED);
  await openPages(KEPT + 1);
  expect((await deny(other, others!)).location).toBe(DENIED);
  // A second submit gets the answer of the first.
  expect((await deny(manager, decided!)).location).toBe(DENIED);
});

testOnSqlite(
  '300 consent pages with the longest parameters grow the database by less than a megabyte',
  async () => {
    const before = await sizeInFile();
    const target = route('authorize', ask({ return_url: `https://app.example/?${'x'.repeat(14_000)}` }));
    for (let page = 0; page < 300; page++) expect((await manager.get(target)).status).toBe(200);
    expect(await stored()).toBe(KEPT);
    expect((await sizeInFile()) - before).toBeLessThan(1_000_000);
  },
);

test('answers 413 instead of a consent page to parameters that no form could send, and stores nothing', async () => {
  // A form sends three bytes for each tilde, a URL one.
  for (const query of ['x'.repeat(15_300), '~'.repeat(5_200)]) {
    const return_url = `https://app.example/?${query}`;
    const answer = await manager.get(route('authorize', ask({ return_url })));
    expect([answer.status, answer.headers['content-type']]).toEqual([413, 'text/html; charset=utf-8']);
  }
  expect(await stored()).toBe(0);
});
