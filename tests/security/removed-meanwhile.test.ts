import { ask, route } from '../support/scenes/grant-scene';
import { textOf } from '../support/http/html-forms';
import { removeOwners } from '../support/store/broken-database';
import { MANAGER, PASSWORD, startTestStore, type TestStore } from '../support/store/test-store';

let store: TestStore;
beforeEach(async () => {
  store = await startTestStore();
});
afterEach(() => store.close());

test('gives a user who is removed during the password check the answer of an unknown user', async () => {
  await removeOwners(store.database, 'sessions');
  const visitor = store.browser();
  const { fields } = (await visitor.get('/login')).form('wc_auth_csrf');
  const { status, body } = await visitor.post('/login', { ...fields, username: MANAGER, password: PASSWORD });
  expect([status, textOf(body)]).toEqual([200, expect.stringContaining('Wrong username or password')]);
  expect(await store.database.knex('sessions')).toEqual([]);
  expect(await store.app.audit.list(1)).toMatchObject([{ event: 'session.sign_in_failed' }]);
});

test('rejects the consent page of a user who was removed meanwhile with 409, and stores nothing', async () => {
  const manager = await store.signIn();
  await removeOwners(store.database, 'grant_requests');
  const page = await manager.get(route('authorize', ask()));
  expect([page.status, textOf(page.body)]).toEqual([
    409,
    expect.stringContaining('removed at the same time'),
  ]);
  const asJson = await manager.get(route('authorize', ask()), { accept: 'application/json' });
  expect([asJson.status, JSON.parse(asJson.body)]).toEqual([
    409,
    { code: 'bad_request', message: expect.stringContaining('removed'), data: { status: 409 } },
  ]);
  expect(await store.database.knex('grant_requests')).toEqual([]);
  const rejected = {
    level: 40,
    msg: 'request rejected',
    status: 409,
    reason: expect.stringContaining('removed'),
  };
  expect(store.logs.filter(({ level }) => Number(level) >= 40)).toMatchObject([rejected, rejected]);
});
