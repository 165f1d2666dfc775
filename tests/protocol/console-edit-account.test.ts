import { post, seedKey, snapshot, submit } from '../support/scenes/console-scene';
import { textOf } from '../support/http/html-forms';
import type { HttpBrowser } from '../support/http/http-browser';
import { MANAGER, PASSWORD, startTestStore, type TestStore } from '../support/store/test-store';

let store: TestStore;
let admin: HttpBrowser;
let jonas: HttpBrowser;
let jonasId: number;
beforeEach(async () => {
  store = await startTestStore({ tls: true });
  jonasId = (await store.addUser('jonas', 'shop_manager')).userId;
  await store.addUser('tom', 'customer');
  [admin, jonas] = [await store.signIn(), await store.signIn('jonas')];
});
afterEach(() => store.close());

const accountOf = async (userId: number) => {
  const user = await store.app.users.find(userId);
  return user && { login: user.login, email: user.email, name: user.name };
};
const eventsOf = async (event: string) =>
  (await store.app.audit.list(50)).filter((entry) => entry.event === event);
const edit = (browser: HttpBrowser, path: string, fields: Readonly<Record<string, string>>) =>
  submit(browser, `${path}/edit`, fields, 'shown_email');

describe('an administrator who edits an account', () => {
  test('changes login, email address and name with one audit entry that says what changed', async () => {
    const answer = await edit(admin, `/users/${jonasId}`, {
      login: 'j.lind',
      email: ' lind@store.test ',
      name: 'Jonas Lind',
    });
    expect([answer.status, answer.location]).toEqual([303, `${store.tlsUrl}/users/${jonasId}?done=details`]);
    expect(await accountOf(jonasId)).toEqual({
      login: 'j.lind',
      email: 'lind@store.test',
      name: 'Jonas Lind',
    });
    expect(await eventsOf('user.changed')).toMatchObject([
      {
        login: MANAGER,
        address: '127.0.0.1',
        detail: {
          by: 'console',
          userId: jonasId,
          login: 'j.lind',
          from: { login: 'jonas', email: 'jonas@store.test', name: 'jonas' },
          to: { login: 'j.lind', email: 'lind@store.test', name: 'Jonas Lind' },
        },
      },
    ]);
    const history = textOf((await admin.get('/history?event=user.changed')).body);
    expect(history).toContain('Account changed j.lind');
    expect(history).toContain('Login: jonas → j.lind');
    expect(history).toContain('Email: jonas@store.test → lind@store.test');
    const { body } = await admin.get(`/users/${jonasId}?done=details`);
    expect(textOf(body)).toContain('The account was saved.');
  });

  test('leaves the keys, the password and the signed-in browsers of the account as they are', async () => {
    const { consumerKey, consumerSecret } = await seedKey(store, { owner: 'jonas' });
    const authorization = `Basic ${Buffer.from(`${consumerKey}:${consumerSecret}`).toString('base64')}`;
    const verify = async () =>
      (await store.browser(store.tlsUrl).get('/wc-auth/v1/verify', { authorization })).status;
    expect(await verify()).toBe(200);
    await edit(admin, `/users/${jonasId}`, { login: 'j.lind', email: 'lind@store.test' });
    expect(await verify()).toBe(200);
    expect(textOf((await jonas.get('/account')).body)).toContain('j.lind');
    expect(textOf((await admin.get('/keys?owner=j.lind')).body)).toContain('Stock sync');
    await store.signIn('j.lind');
    for (const name of ['jonas', 'jonas@store.test'])
      expect(await store.app.users.authenticate(name, PASSWORD)).toBeUndefined();
    expect(await store.app.users.authenticate('LIND@store.test', PASSWORD)).toBeDefined();
  });

  test('changes only the capitals of a login', async () => {
    await edit(admin, `/users/${jonasId}`, { login: 'Jonas' });
    expect(await accountOf(jonasId)).toEqual({
      login: 'Jonas',
      email: 'jonas@store.test',
      name: 'Jonas',
    });
  });

  test('gives an old login to another account', async () => {
    await edit(admin, `/users/${jonasId}`, { login: 'j.lind', email: 'lind@store.test' });
    const answer = await edit(admin, `/users/${jonasId + 1}`, { login: 'jonas', email: 'jonas@store.test' });
    expect(answer.status).toBe(303);
    expect((await store.app.users.findByLogin('jonas'))?.userId).toBe(jonasId + 1);
  });

  test.each([
    [{ login: 'TOM' }, 'Another account has the login "TOM".'],
    [{ email: 'Tom@Store.test' }, 'Another account has the email address "Tom@Store.test".'],
    [{ login: 'a@b' }, 'A login must have 1 to 60'],
    [{ login: '' }, 'A login must have 1 to 60'],
    [{ email: 'nothing' }, '"nothing" is not an email address'],
    [{ email: '' }, 'is not an email address'],
    [{ name: 'ä'.repeat(101) }, 'at most 100 characters'],
  ])('is told about the mistake %j, and nothing is changed', async (wrong, words) => {
    const before = await snapshot(store);
    const { status, body } = await edit(admin, `/users/${jonasId}`, { name: 'Typed', ...wrong });
    expect(status).toBe(400);
    expect(textOf(body)).toContain(words);
    for (const [name, value] of Object.entries(wrong))
      expect(body).toMatch(new RegExp(`name="${name}" type="\\w+" value="${value}"`));
    expect(await snapshot(store)).toBe(before);
    expect(await eventsOf('user.changed')).toEqual([]);
  });

  test('does not undo a change that was made since the form was opened', async () => {
    const stale = (await admin.get(`/users/${jonasId}/edit`)).form('shown_email');
    await edit(admin, `/users/${jonasId}`, { email: 'lind@store.test' });
    const before = await snapshot(store);
    const answer = await admin.post(stale.action, { ...stale.fields, name: 'Jonas Lind' });
    expect(answer.status).toBe(409);
    expect(textOf(answer.body)).toContain('The account was not changed');
    expect(await snapshot(store)).toBe(before);
    expect(await eventsOf('user.changed')).toHaveLength(1);
  });

  test('may send the form twice, and makes one change', async () => {
    const form = (await admin.get(`/users/${jonasId}/edit`)).form('shown_email');
    const fields = { ...form.fields, login: 'j.lind' };
    const answers = [await admin.post(form.action, fields), await admin.post(form.action, fields)];
    expect(answers.map(({ status }) => status)).toEqual([303, 303]);
    expect(await eventsOf('user.changed')).toHaveLength(1);
  });

  test('writes no audit entry if nothing is different', async () => {
    expect((await edit(admin, `/users/${jonasId}`, {})).status).toBe(303);
    expect(await eventsOf('user.changed')).toEqual([]);
  });

  test('enters no password for another account, and the own one for the own account', async () => {
    expect((await admin.get(`/users/${jonasId}/edit`)).body).not.toContain('current_password');
    const before = await snapshot(store);
    for (const path of ['/users/1', '/account']) {
      const answer = await edit(admin, path, { login: 'boss', current_password: 'wrong' });
      expect([answer.status, textOf(answer.body)]).toEqual([
        403,
        expect.stringContaining('The current password is wrong'),
      ]);
    }
    expect(await snapshot(store)).toBe(before);
    const answer = await edit(admin, '/account', { login: 'boss', current_password: PASSWORD });
    expect(answer.location).toBe(`${store.tlsUrl}/account?done=details`);
    expect(textOf((await admin.get('/account?done=details')).body)).toMatch(/Your account was saved\..*boss/);
  });

  test('gets 404 for an account that does not exist', async () => {
    for (const id of ['99', '0', 'abc']) {
      expect((await admin.get(`/users/${id}/edit`)).status).toBe(404);
      expect((await post(admin, `/users/${id}/edit`, { login: 'x' })).status).toBe(404);
    }
  });
});

describe('two accounts', () => {
  test.each([
    ['login', 'same'],
    ['email', 'same@store.test'],
  ])('cannot get one %s at the same time', async (field, value) => {
    const forms = await Promise.all(
      [jonasId, jonasId + 1].map(async (id) => (await admin.get(`/users/${id}/edit`)).form('shown_email')),
    );
    const answers = await Promise.all(
      forms.map(({ action, fields }) => admin.post(action, { ...fields, [field]: value })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 400]);
    expect(await eventsOf('user.changed')).toHaveLength(1);
  });
});

describe('a shop manager or customer who edits an account', () => {
  test.each(['jonas', 'tom'])(
    '%s changes the own name and email address with the password',
    async (login) => {
      const browser = await store.signIn(login);
      const { userId } = await store.userOf(login);
      const typed = { email: 'new@store.test', name: 'New Name', current_password: PASSWORD };
      expect((await edit(browser, '/account', typed)).location).toBe(`${store.tlsUrl}/account?done=details`);
      expect(await accountOf(userId)).toEqual({ login, email: 'new@store.test', name: 'New Name' });
      expect(await eventsOf('user.changed')).toMatchObject([{ login, detail: { userId } }]);
    },
  );

  test('changes nothing without the password', async () => {
    const before = await snapshot(store);
    for (const current_password of ['', 'wrong']) {
      const answer = await edit(jonas, '/account', { email: 'new@store.test', current_password });
      expect(answer.status).toBe(403);
      expect(textOf(answer.body)).toContain('The current password is wrong');
      expect(answer.body).toContain('value="new@store.test"');
    }
    expect(await snapshot(store)).toBe(before);
  });

  test('is offered no login and cannot send one', async () => {
    const form = (await jonas.get('/account/edit')).form('shown_email');
    expect(Object.keys(form.fields)).not.toContain('login');
    const before = await snapshot(store);
    const fields = { ...form.fields, current_password: PASSWORD, email: 'new@store.test' };
    for (const more of [
      { login: 'boss' },
      { shown_login: 'jonas' },
      { role: 'administrator' },
      { user_id: '1' },
    ])
      expect((await jonas.post('/account/edit', { ...fields, ...more })).status).toBe(400);
    expect(await snapshot(store)).toBe(before);
  });

  test('has no access to other accounts', async () => {
    const before = await snapshot(store);
    expect((await jonas.get('/users/1/edit')).status).toBe(403);
    expect((await post(jonas, '/users/1/edit', { login: 'x', email: 'x@store.test' })).status).toBe(403);
    expect((await post(jonas, `/users/${jonasId}/edit`, { login: 'x' })).status).toBe(403);
    expect(await snapshot(store)).toBe(before);
  });
});

test('the form shows a name with markup as text', async () => {
  await store.database
    .knex('users')
    .where({ user_id: jonasId })
    .update({ name: '"><script>alert(1)</script>' });
  const { body } = await admin.get(`/users/${jonasId}/edit`);
  expect(body).not.toContain('<script>alert');
  expect(body).toContain('value="&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"');
});
