import { ask, route } from '../support/grant-scene';
import { textOf } from '../support/html-forms';
import { removeOwners } from '../support/broken-database';
import { PASSWORD, startTestStore, type TestStore } from '../support/test-store';

let store: TestStore;
beforeEach(async () => {
  store = await startTestStore();
});
afterEach(() => store.close());

test('whoever is removed while the password is compared is told what a stranger is told', async () => {
  await store.addUser('leaver', 'shop_manager');
  const visitors = Array.from({ length: 6 }, () => store.browser());
  const forms = await Promise.all(
    visitors.map(async (visitor) => (await visitor.get('/login')).form('wc_auth_csrf').fields),
  );
  // Passwords are compared one after the other, so most still wait for that when the first is in.
  const signIns = visitors.map((visitor, n) =>
    visitor.post('/login', { ...forms[n], username: 'leaver', password: PASSWORD }),
  );
  await Promise.race(signIns);
  await store.database.knex('users').where({ login: 'leaver' }).delete();
  const answers = await Promise.all(signIns);
  const refused = answers.filter(({ status }) => status !== 302);
  expect(refused.length).toBeGreaterThan(0);
  for (const { status, body } of refused) {
    expect(status).toBe(200);
    expect(textOf(body)).toContain('That name and password do not belong together');
  }
});

test('a consent page for somebody who was removed meanwhile is refused with 409, and nothing is kept', async () => {
  const manager = await store.signIn();
  await removeOwners(store.database, 'grant_requests');
  const page = await manager.get(route('authorize', ask()));
  expect([page.status, textOf(page.body)]).toEqual([409, expect.stringContaining('removed in the meantime')]);
  const asJson = await manager.get(route('authorize', ask()), { accept: 'application/json' });
  expect([asJson.status, JSON.parse(asJson.body)]).toEqual([
    409,
    { code: 'bad_request', message: expect.stringContaining('removed'), data: { status: 409 } },
  ]);
  expect(await store.database.knex('grant_requests')).toEqual([]);
  expect(store.logs.filter(({ level }) => Number(level) >= 50)).toEqual([]);
});
