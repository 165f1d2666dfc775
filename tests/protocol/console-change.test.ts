import { limitsText } from '../../server/console/shown-limits';
import { RESOURCES } from '../../server/consumer-keys/key-limits';
import { filled, post, seedKey, snapshot, submit } from '../support/scenes/console-scene';
import { textOf } from '../support/http/html-forms';
import type { HttpBrowser } from '../support/http/http-browser';
import { MANAGER, PASSWORD, startTestStore, type TestStore } from '../support/store/test-store';

let store: TestStore;
let browser: HttpBrowser;
beforeEach(async () => {
  store = await startTestStore();
  await store.addUser('jonas', 'shop_manager');
  await store.addUser('priya', 'shop_manager');
  await store.addUser('tom', 'customer');
  browser = await store.signIn();
  await seedKey(store, { owner: 'jonas', permissions: 'read' });
  await seedKey(store, { owner: MANAGER, permissions: 'read_write', description: 'Mine' });
});
afterEach(() => store.close());

const AS_IT_IS = {
  description: 'Stock sync',
  permissions: 'read',
  owner: 'jonas',
  password: '',
  ...Object.fromEntries(RESOURCES.map((name, index) => [`resources[${index}]`, name])),
};
/** Returns the values that a form opened now would show. */
async function shownOf(id: number): Promise<Record<string, string>> {
  const key = await store.app.consumerKeys.find(id);
  const owner = key && (await store.app.users.find(key.userId));
  return {
    shown_description: key?.description ?? '',
    shown_permissions: key?.permissions ?? '',
    shown_owner: owner?.login ?? '',
    shown_limits: key ? limitsText(key.limits) : '',
  };
}
const change = (by: HttpBrowser, id: number, fields: Readonly<Record<string, string>>) =>
  shownOf(id).then((shown) => post(by, `/keys/${id}`, { ...AS_IT_IS, ...shown, ...fields }));
const keyOf = async (id: number) => store.app.consumerKeys.find(id);
const lastEvent = async () => (await store.app.audit.list(1))[0];

describe('a key’s description and fewer permissions', () => {
  test('are changed without a password, and the change is in the audit log', async () => {
    const answer = await submit(
      browser,
      '/keys/1',
      { description: 'Reports', permissions: 'read' },
      'password',
    );
    expect([answer.status, answer.location]).toEqual([303, `${store.url}/keys/1?changed=1`]);
    expect(textOf((await browser.get('/keys/1?changed=1')).body)).toContain('The key was saved.');
    expect(await keyOf(1)).toMatchObject({ description: 'Reports', permissions: 'read' });
    expect(await lastEvent()).toMatchObject({
      event: 'key.changed',
      login: MANAGER,
      keyId: 1,
      detail: { by: 'console', from: { description: 'Stock sync' }, to: { description: 'Reports' } },
    });
  });

  test.each(['read', 'write'])('can be changed from read_write to %s', async (permissions) => {
    const to = { description: 'Mine', owner: MANAGER, permissions };
    expect((await change(browser, 2, to)).status).toBe(303);
    expect(await keyOf(2)).toMatchObject({ permissions });
  });

  test('are not written to the audit log when the form changes nothing', async () => {
    const before = await lastEvent();
    expect((await change(browser, 1, {})).status).toBe(303);
    expect((await lastEvent())?.eventId).toBe(before?.eventId);
  });

  test('can be reduced on a key whose description is longer than the form allows', async () => {
    const description = 'x'.repeat(250);
    const { keyId } = await seedKey(store, { description, permissions: 'read_write' });
    expect((await change(browser, keyId, { description, owner: MANAGER })).status).toBe(303);
  });
});

describe('more permissions', () => {
  test.each([
    ['read', 'write'],
    ['read', 'read_write'],
    ['write', 'read'],
    ['write', 'read_write'],
  ] as const)('from %s to %s need the password', async (from, permissions) => {
    const { keyId } = await seedKey(store, { permissions: from, owner: 'jonas' });
    const before = await snapshot(store);
    const without = await change(browser, keyId, { permissions });
    expect(without.status).toBe(400);
    expect(textOf(without.body)).toContain('also enter your password');
    const wrong = await change(browser, keyId, { permissions, password: 'wrong password' });
    expect(wrong.status).toBe(403);
    expect(textOf(wrong.body)).toContain('The key was not changed. Your password is wrong.');
    expect(await snapshot(store)).toBe(before);
    expect(await lastEvent()).toMatchObject({ event: 'session.sign_in_failed', login: MANAGER });
    expect((await change(browser, keyId, { permissions, password: PASSWORD })).status).toBe(303);
    expect(await keyOf(keyId)).toMatchObject({ permissions });
  });

  test('keep what was typed in the form, except the password', async () => {
    const { body } = await change(browser, 1, {
      permissions: 'write',
      description: 'Typed',
      password: 'secret-typed',
    });
    expect(body).toContain('value="Typed"');
    expect(body).toMatch(/value="write" checked/);
    expect(body).not.toContain('secret-typed');
  });
});

describe('a new owner', () => {
  test('needs the password of an administrator', async () => {
    expect((await change(browser, 1, { owner: 'priya' })).status).toBe(400);
    expect((await change(browser, 1, { owner: 'priya', password: PASSWORD })).status).toBe(303);
    expect(await keyOf(1)).toMatchObject({ userId: (await store.userOf('priya')).userId });
  });

  test('cannot be set by a shop manager, even with the password', async () => {
    const before = await snapshot(store);
    const jonas = await store.signIn('jonas');
    const asJonas = await snapshot(store);
    for (const owner of ['priya', MANAGER])
      expect((await change(jonas, 1, { owner, password: PASSWORD })).status).toBe(403);
    expect(await snapshot(store)).toBe(asJonas);
    expect(before).not.toBe(asJonas);
    expect((await jonas.get('/keys/1')).body).not.toContain('name="owner"');
  });

  test.each(['tom', 'nobody'])('must be a manager, which %s is not', async (owner) => {
    const answer = await change(browser, 1, { owner, password: PASSWORD });
    expect(answer.status).toBe(400);
    expect(textOf(answer.body)).toContain('Choose a manager with an active account');
  });
});

describe('a key of another user, or one that does not exist', () => {
  test('cannot be changed by a shop manager if it belongs to an administrator', async () => {
    const jonas = await store.signIn('jonas');
    const before = await snapshot(store);
    const answer = await change(jonas, 2, { owner: '', description: 'Taken' });
    expect(answer.status).toBe(403);
    expect(textOf(answer.body)).toContain('You cannot change this key');
    expect(await snapshot(store)).toBe(before);
  });

  test('can be changed by a shop manager if it belongs to another shop manager', async () => {
    expect((await change(await store.signIn('priya'), 1, { description: 'Seen to' })).status).toBe(303);
  });

  test.each(['99', '0', '-1', '1.5', '1e0', 'abc', '%00', '99999999999999999999', '__proto__'])(
    'is answered with 404 for the number %s',
    async (id) => {
      for (const path of [`/keys/${id}`, `/keys/${id}/replace`]) {
        const { status, body } = await browser.get(path);
        expect(status).toBe(404);
        expect(body).toContain('<h1>');
      }
      expect((await post(browser, `/keys/${id}`, AS_IT_IS)).status).toBe(404);
    },
  );

  test('keeps a change that another user made while the form was open', async () => {
    const key = await keyOf(1);
    await store.database.knex('consumer_keys').where({ key_id: 1 }).update({ permissions: 'write' });
    const outcome = await store.app.consumerKeys.change(key!, { ...key!, permissions: 'read_write' });
    expect(outcome).toBe(false);
    expect(await keyOf(1)).toMatchObject({ permissions: 'write' });
  });
});

describe('a form that was open while another user changed the key', () => {
  test.each([
    ['the description', { description: 'By another' }],
    ['the permissions', { permissions: 'write' }],
    ['the owner', { owner: 'priya' }],
  ] as const)('does not undo %s', async (_what, changed) => {
    const form = (await browser.get('/keys/1')).form('password');
    await change(browser, 1, { ...changed, password: PASSWORD });
    const before = await snapshot(store);
    const sent = filled(form, { permissions: 'read', owner: 'jonas' });
    const answer = await browser.post('/keys/1', sent);
    expect(answer.status).toBe(409);
    expect(textOf(answer.body)).toContain('It was changed or revoked at the same time');
    expect(await snapshot(store)).toBe(before);
  });

  test('does not undo a description that changed at the same moment', async () => {
    const key = await keyOf(1);
    await store.database.knex('consumer_keys').where({ key_id: 1 }).update({ description: 'Other' });
    expect(await store.app.consumerKeys.change(key!, { ...key!, permissions: 'write' })).toBe(false);
  });
});

test('makes one change when a form is sent twice', async () => {
  const form = (await browser.get('/keys/1')).form('password');
  const sent = filled(form, { description: 'Reports', permissions: 'read', owner: 'jonas' });
  const answers = [await browser.post('/keys/1', sent), await browser.post('/keys/1', sent)];
  expect(answers.map(({ status }) => status)).toEqual([303, 303]);
  const events = await store.app.audit.list(50);
  expect(events.filter(({ event }) => event === 'key.changed')).toHaveLength(1);
});

test.each(['\u200b', ' \u2060\u00ad ', '\u3164', '\u2800'])(
  'rejects a description without a visible character (%j)',
  async (description) => {
    expect((await change(browser, 1, { description })).status).toBe(400);
  },
);

test('asks for the owner in a text field when there are more than 500 managers', async () => {
  expect((await browser.get('/keys/1')).body).toContain('<select id="owner"');
  const row = { role: 'shop_manager', password_hash: '-', created_at: 0, name: 'x' };
  const names = Array.from({ length: 500 }, (_, i) => `manager-${i}`);
  const rows = names.map((name) => ({ ...row, login: name, login_key: name, email: name, email_key: name }));
  await store.database.knex.batchInsert('users', rows, 50);
  for (const path of ['/keys/1', '/keys/new'])
    expect((await browser.get(path)).body).toContain('<input id="owner" name="owner" type="text"');
  expect((await change(browser, 1, { owner: 'manager-499', password: PASSWORD })).status).toBe(303);
});
