import { textOf } from '../support/http/html-forms';
import type { HttpBrowser } from '../support/http/http-browser';
import { filled, post, seedKey } from '../support/scenes/console-scene';
import { ADA, BOB, behindProxy, enteredBrowser, PROXY_ENV } from '../support/sign-in/proxy-scene';
import { MANAGER, PASSWORD, startTestStore, type TestStore } from '../support/store/test-store';

// Ada is a shop manager and Bob an administrator, both by the headers of the proxy.

let store: TestStore;
let ada: HttpBrowser;
let bob: HttpBrowser;
let adaId: number;
beforeEach(async () => {
  store = await startTestStore({ env: { ...PROXY_ENV, SIGN_IN: 'proxy,local' } });
  ada = await enter(ADA);
  bob = await enter(BOB);
  adaId = (await store.userOf('ada')).userId;
});
afterEach(() => store.close());

/** With two ways, the page has a button for the proxy. */
async function enter(person: typeof ADA): Promise<HttpBrowser> {
  const browser = behindProxy(store.browser(), person);
  const answer = await browser.get('/wc-auth/v1/sign-in/proxy');
  expect(answer.status).toBe(302);
  return browser;
}
const lastEvent = async () => (await store.app.audit.list(1))[0];

describe('the page of an external account', () => {
  test('says how the person signs in and whom the other system means, and offers no change of what it keeps', async () => {
    const { body, status } = await bob.get(`/users/${adaId}`);
    expect(status).toBe(200);
    const text = textOf(body);
    expect(text).toContain('Through the proxy');
    expect(text).toContain('Another system keeps this account.');
    for (const action of [`/users/${adaId}/role`, `/users/${adaId}/password`, `/users/${adaId}/edit`])
      expect(body).not.toContain(`"${action}"`);
    for (const action of [`/users/${adaId}/disable`, `/users/${adaId}/remove`])
      expect(body).toContain(action);
  });

  test('offers everything for an account of this server', async () => {
    const { userId } = await store.userOf();
    const { body } = await bob.get(`/users/${userId}`);
    expect(textOf(body)).toContain('With a password');
    expect(body).toContain(`/users/${userId}/password`);
    expect(body).toContain(`/users/${userId}/edit`);
  });

  test('is marked in the list of users', async () => {
    expect(textOf((await bob.get('/users')).body)).toContain('Through the proxy');
  });
});

test.each([
  ['a password', () => ['password', { new_password: 'a new password 1' }] as const, 400],
  ['a role', () => ['role', { role: 'administrator' }] as const, 400],
])('an edited form cannot give an external account %s', async (_what, form, status) => {
  const [action, fields] = form();
  const token = (await bob.get('/users/new')).form('login').fields['_wpnonce'] ?? '';
  const answer = await bob.post(`/users/${adaId}/${action}`, { _wpnonce: token, ...fields });
  expect(answer.status).toBe(status);
  expect((await store.userOf('ada')).role).toBe('shop_manager');
});

test.each(['/account/edit', `/users/ID/edit`])(
  'the page %s says where an external account is kept',
  async (path) => {
    const browser = path.startsWith('/users') ? bob : ada;
    const answer = await browser.get(path.replace('ID', String(adaId)));
    expect([answer.status, textOf(answer.body)]).toEqual([
      403,
      expect.stringContaining('This account is kept in another system'),
    ]);
  },
);

test('the own account page has no password, and says where it is kept', async () => {
  const { body } = await ada.get('/account');
  expect(body).not.toContain('current_password');
  expect(textOf(body)).toContain('Another system keeps your account.');
});

test('the key page offers to sign in again in place of a password', async () => {
  const { keyId } = await seedKey(store, { owner: 'ada', permissions: 'read' });
  const page = await ada.get(`/keys/${keyId}`);
  expect(page.body).not.toContain('type="password"');
  expect(page.body).toContain(`/wc-auth/v1/sign-in/proxy?again=1&amp;redirect_to=%2Fkeys%2F${keyId}`);
  const form = page.form('description');
  const answer = await ada.post(form.action, filled(form, { permissions: 'read_write' }));
  expect([answer.status, textOf(answer.body)]).toEqual([400, expect.stringContaining('sign in again first')]);
  const harmless = await ada.post(form.action, filled(form, { permissions: 'read', description: 'Other' }));
  expect(harmless.status).toBe(303);
});

test('extending a key needs a fresh sign-in of a person who has no password', async () => {
  const limits = { expiresAt: Date.now() + 86_400_000 };
  const { keyId } = await seedKey(store, { owner: 'ada', limits });
  const page = await ada.get(`/keys/${keyId}`);
  expect(textOf(page.body)).toContain('Needed to extend the key.');
  const { action, fields } = page.form('extend_password');
  const answer = await ada.post(action, { ...fields, days: '30' });
  expect([answer.status, textOf(answer.body)]).toEqual([
    400,
    expect.stringContaining('The key was not extended. Sign in again first.'),
  ]);
});

describe('linking', () => {
  test('an account loses its password and its sessions, and signs in through the other system only', async () => {
    const mara = await store.addUser('mara', 'customer');
    const local = await store.signInByForm('mara');
    await store.app.externalUserAdministration.link(
      mara,
      { way: 'proxy', issuer: '', subject: 'mara@corp' },
      { how: 'command line' },
    );
    expect(await lastEvent()).toMatchObject({
      event: 'user.linked',
      detail: { login: 'mara', subject: 'mara@corp' },
    });
    expect((await local.get('/account')).status).toBe(302);
    await expect(store.signInByForm('mara')).rejects.toThrow();
    const there = await enteredBrowser(store, {
      ...ADA,
      'Remote-User': 'mara@corp',
      'Remote-Email': 'mara@store.test',
    }).catch(() => undefined);
    expect(there).toBeUndefined();
    const browser = await enter({ ...ADA, 'Remote-User': 'mara@corp', 'Remote-Email': 'mara@store.test' });
    expect(textOf((await browser.get('/account')).body)).toContain('mara');
    expect((await store.userOf('mara')).role).toBe('shop_manager');
  });

  test('no password is right for a linked account, even if one is written behind its back', async () => {
    const mara = await store.addUser('mara', 'shop_manager');
    const { password_hash } = (await store.database.knex('users').where({ login: 'mara' }).first()) as {
      password_hash: string;
    };
    await store.app.externalUserAdministration.link(
      mara,
      { way: 'proxy', issuer: '', subject: 'mara' },
      { how: 'command line' },
    );
    await store.database.knex('users').where({ login: 'mara' }).update({ password_hash });
    const form = (await store.browser().get('/login')).form('username');
    expect(form.fields).toBeDefined();
    await expect(store.signInByForm('mara')).rejects.toThrow();
  });

  test('each subject has one account, and each account one subject', async () => {
    const [mara, tom] = [await store.addUser('mara', 'customer'), await store.addUser('tom', 'customer')];
    const { link } = store.app.externalUserAdministration;
    const subject = { way: 'proxy', issuer: '', subject: 'm' } as const;
    await link(mara, subject, { how: 'command line' });
    await expect(link(tom, subject, { how: 'command line' })).rejects.toMatchObject({
      text: { key: 'users.error.subject_taken' },
    });
    await expect(link(mara, { ...subject, subject: 'x' }, { how: 'command line' })).rejects.toMatchObject({
      text: { key: 'users.error.is_linked' },
    });
  });

  test('unlinking ends the sessions, and the account needs a new password', async () => {
    const user = await store.userOf('ada');
    await store.app.externalUserAdministration.unlink(user, { how: 'command line' });
    expect(await lastEvent()).toMatchObject({
      event: 'user.unlinked',
      detail: { login: 'ada', subject: 'ada' },
    });
    expect((await ada.get('/account')).status).toBe(302);
    const setPassword = await post(await store.signIn(MANAGER), `/users/${adaId}/password`, {
      new_password: PASSWORD,
    });
    expect(setPassword.status).toBe(303);
    await store.signInByForm('ada');
  });
});

test('the history says how a person signed in', async () => {
  const text = textOf((await bob.get('/history')).body);
  expect(text).toContain('Through the proxy');
});
