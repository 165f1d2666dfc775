import { post, seedKey, snapshot, submit } from '../support/scenes/console-scene';
import { textOf } from '../support/http/html-forms';
import type { HttpBrowser } from '../support/http/http-browser';
import { MANAGER, PASSWORD, startTestStore, type TestStore } from '../support/store/test-store';

let store: TestStore;
let browser: HttpBrowser;
let jonasId: number;
beforeEach(async () => {
  store = await startTestStore({ tls: true });
  jonasId = (await store.addUser('jonas', 'shop_manager')).userId;
  await store.addUser('tom', 'customer');
  browser = await store.signIn();
});
afterEach(() => store.close());

const roleOf = async (login: string) => (await store.app.users.findByLogin(login))?.role;
const lastEvent = async () => (await store.app.audit.list(1))[0];
const works = async ({ consumerKey, consumerSecret }: { consumerKey: string; consumerSecret: string }) => {
  const authorization = `Basic ${Buffer.from(`${consumerKey}:${consumerSecret}`).toString('base64')}`;
  return (await store.browser(store.tlsUrl).get('/wc-auth/v1/verify', { authorization })).status === 200;
};
const NEW = {
  login: 'priya',
  email: 'priya@store.test',
  name: 'Priya',
  role: 'shop_manager',
  password: PASSWORD,
};

describe('an administrator in the console', () => {
  test('sees every account and can search for one', async () => {
    const text = textOf((await browser.get('/users')).body);
    for (const words of ['jonas', 'Shop manager', 'jonas@store.test', 'tom', 'Customer', 'Active'])
      expect(text).toContain(words);
    const found = (await browser.get('/users?search=JON')).body;
    expect(found).toContain('jonas');
    expect(found).not.toContain('tom@store.test');
    expect(textOf((await browser.get('/users?search=%25')).body)).toContain('No users found');
    expect((await browser.get('/users?paged=9')).status).toBe(404);
  });

  test('adds an account that can sign in', async () => {
    const answer = await submit(browser, '/users/new', NEW, 'login');
    expect([answer.status, answer.location]).toEqual([303, `${store.tlsUrl}/users/4?done=added`]);
    expect(await lastEvent()).toMatchObject({
      event: 'user.added',
      login: MANAGER,
      detail: { login: 'priya', by: 'console' },
    });
    await store.signIn('priya');
  });

  test.each([
    [{ login: 'jonas' }, 'Another account has the login "jonas".'],
    [{ login: 'a@b' }, 'A login must have 1 to 60'],
    [{ email: 'nothing' }, 'is not an email address'],
    [{ password: 'short' }, 'at least 8 characters'],
    [{ role: 'emperor' }, 'Choose a role.'],
    [{ role: '' }, 'Choose a role.'],
  ])('is told about the mistake %j, and no account is added', async (wrong, words) => {
    const { status, body } = await submit(browser, '/users/new', { ...NEW, ...wrong }, 'login');
    expect(status).toBe(400);
    expect(textOf(body)).toContain(words);
    expect(body).not.toContain(PASSWORD);
    expect(await store.app.users.list()).toHaveLength(3);
  });

  test('sees at most 200 characters of a rejected email address, without control and bidi characters', async () => {
    const email = `\u202e\u0007${'x'.repeat(5000)}`;
    const { body } = await submit(browser, '/users/new', { ...NEW, email }, 'login');
    expect(textOf(body)).toContain(`"${'x'.repeat(200)}" is not an email address`);
  });

  test('sets a user’s password, which signs that user out everywhere', async () => {
    const jonas = await store.signIn('jonas');
    await submit(browser, `/users/${jonasId}`, { new_password: 'another password' });
    expect(await store.app.users.authenticate('jonas', 'another password')).toBeDefined();
    expect((await jonas.get('/account')).status).toBe(302);
    expect((await submit(browser, `/users/${jonasId}`, { new_password: 'short' })).status).toBe(400);
    expect((await post(browser, '/users/1/password', { new_password: 'another password' })).status).toBe(403);
    expect(await store.app.users.authenticate(MANAGER, PASSWORD)).toBeDefined();
  });
});

describe('the search for accounts', () => {
  test('finds a name as it is displayed', async () => {
    await store.app.users.add({ ...NEW, role: 'customer', name: 'Ärger Öztürk', now: 0 });
    for (const search of ['Ärger', 'Öztürk'])
      expect((await browser.get(`/users?search=${encodeURIComponent(search)}`)).body).toContain(
        'priya@store.test',
      );
  });

  test.each([
    ['201 letters', 'a'.repeat(201)],
    ['thousands of letters', 'a'.repeat(10_000)],
    ['text that grows when its case is folded', '\ufdfa'.repeat(1_700)],
  ])('rejects %s', async (_what, search) => {
    expect((await browser.get(`/users?search=${encodeURIComponent(search)}`)).status).toBe(400);
  });

  test.each(['a'.repeat(200), '\ufdfa'.repeat(200)])('accepts 200 characters: %s', async (search) => {
    expect((await browser.get(`/users?search=${encodeURIComponent(search)}`)).status).toBe(200);
  });
});

describe('the name of an account', () => {
  test('loses control and bidi characters', async () => {
    await submit(browser, '/users/new', { ...NEW, name: ' \u202eayirP\u202c\u0007X ' }, 'login');
    expect((await store.userOf('priya')).name).toBe('ayirP X');
  });

  test('is the login when it has no visible character', async () => {
    await submit(browser, '/users/new', { ...NEW, name: '\u202e' }, 'login');
    expect((await store.userOf('priya')).name).toBe('priya');
  });

  test('is rejected with 101 characters', async () => {
    const answer = await submit(browser, '/users/new', { ...NEW, name: 'ä'.repeat(101) }, 'login');
    expect(answer.status).toBe(400);
    expect(textOf(answer.body)).toContain('at most 100 characters');
  });
});

describe('a change of an account without effect', () => {
  const eventsOf = async () =>
    (await store.app.audit.list(50)).filter(({ event }) => event.startsWith('user.'));

  test('keeps the time of the first disabling', async () => {
    await post(browser, `/users/${jonasId}/disable`);
    const { disabledAt } = await store.userOf('jonas');
    const before = await eventsOf();
    expect((await post(browser, `/users/${jonasId}/disable`)).status).toBe(303);
    expect((await store.userOf('jonas')).disabledAt).toBe(disabledAt);
    expect(await eventsOf()).toEqual(before);
  });

  test('is not written to the audit log when it enables an active account or sets the current role', async () => {
    const before = await eventsOf();
    await post(browser, `/users/${jonasId}/enable`);
    await post(browser, `/users/${jonasId}/role`, { role: 'shop_manager' });
    expect(await eventsOf()).toEqual(before);
  });
});

describe('the page that disables an account', () => {
  test('names the affected apps and keys, stops them at once, and restores them when the account is enabled', async () => {
    const key = await seedKey(store, { owner: 'jonas', description: 'Till', app: { appName: 'Kassenwart' } });
    const session = await store.signIn('jonas');
    const asked = await browser.get(`/users/${jonasId}/disable`);
    for (const words of [
      'Disable jonas?',
      '1 app loses its access',
      'Kassenwart',
      'parcels.example',
      'Till',
      '1 key stops working',
    ])
      expect(textOf(asked.body)).toContain(words);
    expect(await works(key)).toBe(true);
    expect((await post(browser, `/users/${jonasId}/disable`)).status).toBe(303);
    expect([await works(key), (await session.get('/account')).status]).toEqual([false, 302]);
    expect(textOf((await browser.get('/keys')).body)).toContain('Stopped');
    expect((await post(browser, `/users/${jonasId}/enable`)).status).toBe(303);
    expect(await works(key)).toBe(true);
    expect(await lastEvent()).toMatchObject({
      event: 'user.enabled',
      login: MANAGER,
      detail: { login: 'jonas' },
    });
  });

  test('says that no app is affected when the account has no keys', async () => {
    expect(textOf((await browser.get(`/users/${jonasId}/disable`)).body)).toContain('so no app is affected');
  });
});

test.each(['/keys/1?changed=1', '/users/2?done=password', '/users?done=removed', '/account?done=details'])(
  'the link %s shows no success notice when nothing was done',
  async (path) => {
    await seedKey(store);
    const { status, body } = await browser.get(path);
    expect(status).toBe(200);
    expect(body).not.toContain('role="status"');
  },
);

describe('the removal of an account', () => {
  test('revokes each of its keys with an audit entry and keeps the history of the account', async () => {
    const key = await seedKey(store, { owner: 'jonas', description: 'Till' });
    await store.signIn('jonas');
    expect(textOf((await browser.get(`/users/${jonasId}/remove`)).body)).toContain('Till');
    expect((await post(browser, `/users/${jonasId}/remove`)).location).toBe(
      `${store.tlsUrl}/users?done=removed`,
    );
    expect(textOf((await browser.get('/users?done=removed')).body)).toContain('were removed.');
    // The history has the removal of another account only, and soon that is too long ago.
    expect((await browser.get('/users/1?done=disabled')).body).not.toContain('role="status"');
    await store.database.knex('audit_events').update({ at: Date.now() - 6 * 60_000 });
    expect((await browser.get('/users?done=removed')).body).not.toContain('role="status"');
    expect(await works(key)).toBe(false);
    expect(await store.app.consumerKeys.list()).toEqual([]);
    const events = (await store.app.audit.list(10)).map(({ event, login }) => [event, login]);
    expect(events.slice(0, 2)).toEqual([
      ['user.removed', MANAGER],
      ['key.revoked', MANAGER],
    ]);
    expect(events).toContainEqual(['session.signed_in', 'jonas']);
  });
});

describe('the removal of an account with hundreds of keys', () => {
  beforeEach(async () => {
    for (let i = 0; i < 250; i++)
      await seedKey(store, { owner: 'jonas', description: `Key ${i}`, app: { appName: `App ${i % 30}` } });
  });

  test('lists some of the keys and counts all of them', async () => {
    const text = textOf((await browser.get(`/users/${jonasId}/remove`)).body);
    for (const words of [
      '250 keys stop working',
      'and 230 more keys',
      '30 apps lose their access',
      'and 10 more apps',
    ])
      expect(text).toContain(words);
  });

  test('disables the account first and then removes key by key while other requests run', async () => {
    let [seen, isDone] = [false, false];
    const look = async () => {
      while (!isDone) {
        await new Promise((resolve) => setImmediate(resolve));
        const keys = await store.app.consumerKeys.list(jonasId);
        const user = await store.app.users.find(jonasId);
        if (keys.length > 0 && keys.length < 250) seen ||= user?.disabledAt !== null;
      }
    };
    const looking = look();
    expect((await post(browser, `/users/${jonasId}/remove`)).status).toBe(303);
    isDone = true;
    await looking;
    expect(seen).toBe(true);
    expect(await store.app.consumerKeys.list(jonasId)).toEqual([]);
    expect(await lastEvent()).toMatchObject({ event: 'user.removed', detail: { keys: 250 } });
  });
});

describe('the role of an account', () => {
  test('is changed on a page that says what the change does to the keys', async () => {
    const key = await seedKey(store, { owner: 'jonas', description: 'Till' });
    const harmless = textOf((await browser.get(`/users/${jonasId}/role?role=administrator`)).body);
    expect(harmless).toContain('The keys of this account are not affected');
    const asked = await browser.get(`/users/${jonasId}/role?role=customer`);
    expect(textOf(asked.body)).toContain('1 key stops working');
    expect((await browser.post(`/users/${jonasId}/role`, asked.form('role').fields)).status).toBe(303);
    expect([await roleOf('jonas'), await works(key)]).toEqual(['customer', false]);
    expect(await lastEvent()).toMatchObject({
      event: 'user.role_changed',
      detail: { from: 'shop_manager', to: 'customer', login: 'jonas' },
    });
    await post(browser, `/users/${jonasId}/role`, { role: 'shop_manager' });
    expect(await works(key)).toBe(true);
  });

  test.each(['emperor', '', 'Administrator'])('cannot be %j, which does not exist', async (role) => {
    expect((await post(browser, `/users/${jonasId}/role`, { role })).status).toBe(400);
    expect((await browser.get(`/users/${jonasId}/role?role=${role}`)).status).toBe(400);
    expect(await roleOf('jonas')).toBe('shop_manager');
  });

  test('cannot be raised by a shop manager, who has no access to the users', async () => {
    const jonas = await store.signIn('jonas');
    const before = await snapshot(store);
    for (const path of [
      '/users',
      '/users/new',
      `/users/${jonasId}`,
      `/users/${jonasId}/role?role=administrator`,
    ]) {
      const { status, body } = await jonas.get(path);
      expect(status).toBe(403);
      expect(textOf(body)).toContain('For administrators only');
    }
    for (const [path, fields] of [
      [`/users/${jonasId}/role`, { role: 'administrator' }],
      ['/users/1/disable', {}],
      ['/users/1/remove', {}],
      ['/users/1/password', { new_password: 'another password' }],
      ['/users/new', NEW],
    ] as const)
      expect((await post(jonas, path, fields)).status).toBe(403);
    expect(await snapshot(store)).toBe(before);
  });

  test('cannot be changed by an administrator who was demoted a moment ago', async () => {
    await store.addUser('maren', 'administrator');
    const maren = await store.signIn('maren');
    await post(browser, '/users/4/role', { role: 'shop_manager' });
    expect((await post(maren, '/users/4/role', { role: 'administrator' })).status).toBe(403);
    expect(await roleOf('maren')).toBe('shop_manager');
  });
});

describe('the last administrator', () => {
  test.each([
    ['disable', {}],
    ['remove', {}],
    ['role', { role: 'customer' }],
  ])('cannot be lost through %s', async (action, fields) => {
    const before = await snapshot(store);
    const answer = await post(browser, `/users/1/${action}`, fields);
    expect(answer.status).toBe(409);
    expect(textOf(answer.body)).toContain('You cannot change the last administrator');
    expect(await snapshot(store)).toBe(before);
  });

  test.each(['disable', 'remove', 'role?role=customer'])(
    'is told so before the page that asks for confirmation: %s',
    async (page) => {
      const { status, body } = await browser.get(`/users/1/${page}`);
      expect(status).toBe(409);
      expect(textOf(body)).toContain('You cannot change the last administrator');
      expect(body).toContain('href="/users/1"');
    },
  );

  test('remains when two administrators demote each other at the same time', async () => {
    const marenId = (await store.addUser('maren', 'administrator')).userId;
    const maren = await store.signIn('maren');
    const answers = await Promise.all([
      post(browser, `/users/${marenId}/role`, { role: 'customer' }),
      post(maren, '/users/1/role', { role: 'customer' }),
    ]);
    const left = (await store.app.users.list()).filter(({ role }) => role === 'administrator');
    expect(left).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
  });

  test('is the last one even beside a disabled administrator', async () => {
    await store.addUser('maren', 'administrator');
    await post(browser, '/users/4/disable');
    expect((await post(browser, '/users/1/remove')).status).toBe(409);
  });
});

test.each(['99', '0', 'abc', '-1'])('answers 404 for the account number %s', async (id) => {
  for (const path of [`/users/${id}`, `/users/${id}/disable`, `/users/${id}/remove`])
    expect((await browser.get(path)).status).toBe(404);
  for (const action of ['disable', 'enable', 'remove'])
    expect((await post(browser, `/users/${id}/${action}`)).status).toBe(404);
});

test('changes nothing when a form has an unknown field', async () => {
  const before = await snapshot(store);
  for (const [path, fields] of [
    [`/users/${jonasId}/disable`, { user_id: '1' }],
    [`/users/${jonasId}/role`, { role: 'customer', email: 'x@y' }],
    ['/users/new', { ...NEW, disabled: '1' }],
  ] as const)
    expect((await post(browser, path, fields)).status).toBe(400);
  expect(await snapshot(store)).toBe(before);
});
