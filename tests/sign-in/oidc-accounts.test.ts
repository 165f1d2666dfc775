import { isSignedIn } from '../support/store/test-store';
import { opsAccount, signInWith, startOidcScene, type OidcScene } from '../support/sign-in/oidc-scene';
import { seedKey } from '../support/scenes/console-scene';

// Whose account a person gets, and what a later sign-in changes.

let scene: OidcScene;
beforeAll(async () => {
  scene = await startOidcScene();
});
afterAll(() => scene.close());

const find = (login: string) => scene.store.app.users.findByLogin(login);
const signIn = async (sub: string) => {
  const browser = scene.browser();
  return { browser, answer: await signInWith(browser, sub) };
};

/** Expects a page with this status and text, and no session. */
async function expectRejected(sub: string, status: number, text: string): Promise<void> {
  const { browser, answer } = await signIn(sub);
  expect([answer.status, answer.body]).toEqual([status, expect.stringContaining(text)]);
  expect(await isSignedIn(browser)).toBe(false);
}

/** Returns the status with which a key is verified. */
async function verified({ consumerKey, consumerSecret }: { consumerKey: string; consumerSecret: string }) {
  const basic = Buffer.from(`${consumerKey}:${consumerSecret}`).toString('base64');
  const headers = { authorization: `Basic ${basic}` };
  return (await scene.browser().get('/wc-auth/v1/verify', headers)).status;
}

test('the same subject comes back to its account, whatever its name there has become', async () => {
  await scene.provider.setAccount('sub-anna', opsAccount('anna'));
  await signIn('sub-anna');
  const before = await find('anna');
  await scene.provider.setAccount('sub-anna', {
    ...opsAccount('renamed'),
    email: 'new@people.test',
    name: 'Anna New',
  });
  expect((await signIn('sub-anna')).answer.status).toBe(302);
  expect(await find('anna')).toEqual({ ...before, email: 'new@people.test', name: 'Anna New' });
  expect(await find('renamed')).toBeUndefined();
});

test('a login that an account has gets a suffix, and the account stays as it was', async () => {
  const before = await find('manager');
  await scene.provider.setAccount('sub-manager', opsAccount('manager'));
  expect((await signIn('sub-manager')).answer.status).toBe(302);
  expect(await find('manager')).toEqual(before);
  expect(await find('manager-2')).toMatchObject({ email: 'manager@people.test', role: 'shop_manager' });
});

test('an email address that another account has is rejected at the first sign-in', async () => {
  await scene.provider.setAccount('sub-taken', opsAccount('taken', { email: 'manager@store.test' }));
  await expectRejected('sub-taken', 409, 'Another account has your email address');
  expect(await find('taken')).toBeUndefined();
});

test('an email address that another account has is rejected at a later sign-in, and nothing changes', async () => {
  await scene.provider.setAccount('sub-later', opsAccount('later'));
  await signIn('sub-later');
  const before = await find('later');
  await scene.provider.setAccount('sub-later', opsAccount('later', { email: 'manager@store.test' }));
  await expectRejected('sub-later', 409, 'Another account has your email address');
  expect(await find('later')).toEqual(before);
});

test.each([
  ['no email address', { email: undefined as never }, 403, 'Your account has no email address'],
  ['an invalid email address', { email: 'at home' }, 403, 'Your email address cannot be used'],
  ['no groups', { groups: undefined as never }, 403, 'gives you no role'],
  ['groups without a role', { groups: ['staff'] }, 403, 'gives you no role'],
  ['a role of this server as a group', { groups: ['administrator'] }, 403, 'gives you no role'],
])('a person with %s gets a page that says so, and no account', async (name, changes, status, text) => {
  const sub = `sub-${name.replaceAll(' ', '-')}`;
  await scene.provider.setAccount(sub, opsAccount('nobody', changes));
  await expectRejected(sub, status, text);
  expect(await find('nobody')).toBeUndefined();
});

test('a role follows the provider at each sign-in, and the history shows it', async () => {
  await scene.provider.setAccount('sub-role', opsAccount('role', { groups: 'ops' }));
  await signIn('sub-role');
  await scene.provider.setAccount('sub-role', opsAccount('role', { groups: ['ops', 'store-admins'] }));
  await signIn('sub-role');
  expect(await find('role')).toMatchObject({ role: 'administrator' });
  const [entry] = await scene.store.app.audit.list(1, { event: 'user.role_changed' });
  expect(entry).toMatchObject({
    login: 'role',
    detail: { by: 'sign-in', login: 'role', from: 'shop_manager', to: 'administrator' },
  });
});

test('a lost role rests the keys and ends the sessions at once, and its return wakes the keys', async () => {
  await scene.provider.setAccount('sub-lost', opsAccount('lost'));
  const { browser } = await signIn('sub-lost');
  const key = await seedKey(scene.store, { owner: 'lost' });
  expect(await verified(key)).toBe(200);

  await scene.provider.setAccount('sub-lost', opsAccount('lost', { groups: [] }));
  await expectRejected('sub-lost', 403, 'gives you no role');
  expect(await verified(key)).toBe(403);
  expect(await isSignedIn(browser)).toBe(false);
  const [entry] = await scene.store.app.audit.list(1, { event: 'user.role_changed' });
  expect(entry).toMatchObject({ detail: { login: 'lost', from: 'shop_manager', to: 'customer' } });

  await scene.provider.setAccount('sub-lost', opsAccount('lost'));
  await signIn('sub-lost');
  expect(await verified(key)).toBe(200);
});

test('a disabled account stays out', async () => {
  await scene.provider.setAccount('sub-off', opsAccount('off'));
  await signIn('sub-off');
  const { userId } = await scene.store.userOf('off');
  await scene.store.database.knex('users').where({ user_id: userId }).update({ disabled_at: Date.now() });
  await expectRejected('sub-off', 403, 'Your account is disabled');
});

test('two first sign-ins of one person at once make one account', async () => {
  await scene.provider.setAccount('sub-twice', opsAccount('twice'));
  const both = await Promise.all([signIn('sub-twice'), signIn('sub-twice')]);
  expect(await Promise.all(both.map(({ browser }) => isSignedIn(browser)))).toEqual([true, true]);
  expect(await find('twice')).toBeDefined();
  expect(await find('twice-2')).toBeUndefined();
  const added = await scene.store.app.audit.list(50, { event: 'user.added' });
  expect(added.filter(({ login }) => login === 'twice')).toHaveLength(1);
});

test('an external account cannot sign in with a password', async () => {
  const answer = await scene.browser().post('/login', { username: 'anna', password: '' });
  expect(answer.status).toBe(403);
});
