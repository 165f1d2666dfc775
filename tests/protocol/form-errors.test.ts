import { filled, seedKey, tokenOf } from '../support/scenes/console-scene';
import type { Answer, HttpBrowser } from '../support/http/http-browser';
import { ask, route } from '../support/scenes/grant-scene';
import { startTestStore, type TestStore } from '../support/store/test-store';

let store: TestStore;
let manager: HttpBrowser;
beforeAll(async () => {
  store = await startTestStore();
  await store.addUser('jonas', 'shop_manager');
  manager = await store.signIn();
  await seedKey(store);
});
afterAll(() => store.close());

const attributesOf = (tag: string) =>
  Object.fromEntries(
    [...tag.matchAll(/ ([a-z-]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
  );
const fieldsIn = ({ body }: Answer) =>
  [...body.matchAll(/<(?:input|select|textarea|fieldset)\b[^>]*>/g)].map(([tag]) => attributesOf(tag));
/** Returns the text of the error, and the names of the fields that are marked as wrong and refer to it. */
function errorIn(page: Answer) {
  const [, id = '', text = ''] = /role="alert" id="([^"]*)">[\s\S]*?<span>([^<]*)/.exec(page.body) ?? [];
  const refers = (field: Record<string, string>) =>
    id !== '' && (field['aria-describedby'] ?? '').split(' ').includes(id);
  const names = (fields: Record<string, string>[]) => fields.map((field) => field['name'] ?? field['id']);
  const fields = fieldsIn(page);
  const marked = fields.filter((field) => field['aria-invalid'] === 'true');
  expect(names(fields.filter(refers))).toEqual(names(marked));
  return { text, fields: names(marked) };
}

/** Sends a form as it is, with some fields changed. */
async function send(path: string, changes: Readonly<Record<string, string>>, field: string): Promise<Answer> {
  const page = await manager.get(path);
  expect(errorIn(page)).toEqual({ text: '', fields: [] });
  const form = page.form(field);
  return manager.post(form.action, filled(form, { _wpnonce: await tokenOf(manager), ...changes }));
}

const NEW_KEY = { description: 'Reports', permissions: 'read', owner: 'manager' };
const NEW_USER = {
  login: 'ida',
  email: 'ida@shop.example',
  name: '',
  role: 'customer',
  password: 'long enough',
};
const KEY = { ...NEW_KEY, description: 'Stock sync' };
const PASSWORDS = { current_password: 'x', new_password: 'long enough', new_password_again: 'long enough' };

test.each<[path: string, changes: Readonly<Record<string, string>>, field: string, text: string]>([
  ['/keys/new', { ...NEW_KEY, description: '' }, 'description', 'Enter a description'],
  ['/keys/new', { ...NEW_KEY, permissions: 'all' }, 'permissions', 'Choose what the key may do'],
  ['/keys/new', { ...NEW_KEY, owner: 'nobody' }, 'owner', 'owner'],
  ['/keys/1', { ...KEY, description: 'x'.repeat(201) }, 'description', 'Enter a description'],
  ['/keys/1', { ...KEY, permissions: 'all' }, 'permissions', 'Choose what the key may do'],
  ['/keys/1', { ...KEY, owner: 'nobody' }, 'owner', 'owner'],
  ['/keys/1', { ...KEY, permissions: 'read_write' }, 'password', 'password'],
  ['/keys/1', { ...KEY, permissions: 'read_write', password: 'wrong' }, 'password', 'password'],
  ['/keys/1', { ...KEY, ends: 'soon' }, 'ends', 'Choose when access ends'],
  ['/keys/1', { ...KEY, ends: 'date', ends_on: 'soon' }, 'ends_on', 'Enter the date'],
  ['/keys/new', { ...NEW_KEY, addresses: 'office' }, 'addresses', 'is neither an IP address'],
  ['/users/new', { ...NEW_USER, login: 'a@b' }, 'login', 'cannot be a login'],
  ['/users/new', { ...NEW_USER, login: 'jonas' }, 'login', 'has the login'],
  ['/users/new', { ...NEW_USER, email: 'nothing' }, 'email', 'is not an email address'],
  ['/users/new', { ...NEW_USER, email: 'jonas@store.test' }, 'email', 'has the email address'],
  ['/users/new', { ...NEW_USER, name: 'x'.repeat(101) }, 'name', 'A name must'],
  ['/users/new', { ...NEW_USER, role: 'emperor' }, 'role', 'role'],
  ['/users/new', { ...NEW_USER, password: 'short' }, 'password', 'A password must'],
  ['/users/2', { new_password: 'short' }, 'new_password', 'A password must'],
  ['/users/2/edit', { login: 'a@b' }, 'login', 'cannot be a login'],
  ['/users/2/edit', { email: 'nothing' }, 'email', 'is not an email address'],
  ['/users/2/edit', { name: 'x'.repeat(101) }, 'name', 'A name must'],
  ['/account/edit', { name: 'Mara', current_password: 'wrong' }, 'current_password', 'password'],
  ['/account', PASSWORDS, 'current_password', 'password'],
  ['/account', { ...PASSWORDS, new_password: 'another one' }, 'new_password_again', 'are different'],
])('marks the one field of %s that the error is about: %j', async (path, changes, field, text) => {
  const rejected = await send(path, changes, path === '/account/edit' ? 'email' : Object.keys(changes)[0]!);
  expect([400, 403]).toContain(rejected.status);
  expect(errorIn(rejected)).toEqual({ text: expect.stringContaining(text), fields: [field] });
});

describe('the sign-in form', () => {
  test.each(['/login', route('login', ask())])(
    'marks name and password if they are wrong: %s',
    async (path) => {
      const browser = store.browser();
      const form = (await browser.get(path)).form('username');
      const rejected = await browser.post(form.action, {
        ...form.fields,
        username: 'manager',
        password: 'wrong',
      });
      expect(errorIn(rejected)).toEqual({ text: expect.any(String), fields: ['username', 'password'] });
    },
  );

  test('marks no field if the form is too old', async () => {
    const rejected = await store
      .browser()
      .post('/login', { username: 'manager', password: 'x', wc_auth_csrf: 'old' });
    expect([rejected.status, errorIn(rejected).fields]).toEqual([403, []]);
  });
});
