import argon2 from 'argon2';
import { authentication } from '../../server/users/authentication';
import { evenAnswers } from '../../server/users/even-answers';
import { passwords, type Passwords } from '../../server/users/passwords';
import { userStore } from '../../server/users/user-store';
import { addImported, passwordsOf } from '../support/scenes/imported-accounts';
import { startTestStore, type TestStore } from '../support/store/test-store';

const LOGIN = 'maria';
const OLD = 'Maria-phpass-2019';
const STORED = '$P$BKAptDrcJSmEtyrrCm1utwCkgKPc1R/';
const NEW = 'battery staple horse';

let store: TestStore;
let userId: number;
beforeEach(async () => {
  store = await startTestStore();
  userId = await addImported(store, { login: LOGIN, stored: STORED });
});
afterEach(() => store.close());

const service = passwords();
const stored = () => passwordsOf(store, userId);
const set = (columns: Record<string, unknown>) =>
  store.database.knex('users').where({ user_id: userId }).update(columns);

/** Returns `authenticate` without its minimum time. `during` runs while an imported password is compared. */
function authenticating(during?: () => Promise<unknown>) {
  const compared: Passwords = {
    ...service,
    async verifyImported(...args) {
      const right = await service.verifyImported(...args);
      await during?.();
      return right;
    },
  };
  return authentication({
    isExternal: () => Promise.resolve(false),
    database: store.database,
    store: userStore(store.database),
    passwords: compared,
    evenAnswers: evenAnswers(0),
  });
}

test('stores the password without outer blanks as argon2id, and removes what WordPress stored', async () => {
  const proven = await authenticating()(LOGIN, ` ${OLD}\n`);
  expect(proven?.user.userId).toBe(userId);
  const { password_hash, imported_password, converted_password } = await stored();
  expect([imported_password, converted_password]).toEqual([null, password_hash]);
  expect(await argon2.verify(password_hash, OLD)).toBe(true);
  expect(await store.database.transaction(proven?.stillHolds ?? fail)).toBe(true);
});

test('changes nothing for a wrong password', async () => {
  const before = await stored();
  expect(await authenticating()(LOGIN, NEW)).toBeUndefined();
  expect(await stored()).toEqual(before);
});

test('changes nothing for a disabled account, which does not sign in', async () => {
  await store.app.users.setDisabled(userId, Date.now());
  const before = await stored();
  expect(await authenticating()(LOGIN, OLD)).toBeUndefined();
  expect(await stored()).toEqual(before);
});

test('signs in everybody who has the right password at the same moment, and converts it once', async () => {
  // None is converted before the password of each was compared.
  let compared = 0;
  let allCompared: () => void = () => undefined;
  const barrier = new Promise<void>((resolve) => (allCompared = resolve));
  const authenticate = authenticating(() => (++compared === 2 ? allCompared() : undefined, barrier));
  const proven = await Promise.all([authenticate(LOGIN, OLD), authenticate(LOGIN, OLD)]);
  const { password_hash, converted_password } = await stored();
  expect(converted_password).toBe(password_hash);
  for (const one of proven) expect(await store.database.transaction(one?.stillHolds ?? fail)).toBe(true);
});

test('does not replace a password that was set during the comparison, which the old one does not match', async () => {
  const authenticate = authenticating(() => store.app.users.setPassword(userId, NEW));
  expect(await authenticate(LOGIN, OLD)).toBeUndefined();
  const { password_hash, imported_password, converted_password } = await stored();
  expect([imported_password, converted_password]).toEqual([null, null]);
  expect(await argon2.verify(password_hash, NEW)).toBe(true);
});

test('compares with what a further import stored during the comparison', async () => {
  const md5 = '72e88197dcf1f74b9b52a82d74b0fa84';
  let isFirst = true;
  const authenticate = authenticating(async () => {
    if (isFirst) await set({ imported_password: md5 });
    isFirst = false;
  });
  expect(await authenticate(LOGIN, OLD)).toBeUndefined();
  expect((await stored()).imported_password).toBe(md5);
});

test('a sign-in does not hold after the password was changed', async () => {
  const proven = await authenticating()(LOGIN, OLD);
  await store.app.users.setPassword(userId, NEW);
  expect(await store.database.transaction(proven?.stillHolds ?? fail)).toBe(false);
});

test('a new password is compared as it was typed, with its outer blanks', async () => {
  const authenticate = authenticating();
  await authenticate(LOGIN, OLD);
  expect(await authenticate(LOGIN, ` ${OLD}`)).toBeDefined();
  await store.app.users.setPassword(userId, ` ${NEW}`);
  expect(await authenticate(LOGIN, NEW)).toBeUndefined();
  expect(await authenticate(LOGIN, ` ${NEW}`)).toBeDefined();
  expect((await stored()).converted_password).toBeNull();
});

test('a password that an older server set replaces the imported one', async () => {
  await set({ password_hash: await service.hash(NEW) });
  const authenticate = authenticating();
  expect(await authenticate(LOGIN, OLD)).toBeUndefined();
  expect(await authenticate(LOGIN, NEW)).toBeDefined();
  expect((await stored()).imported_password).toBe(STORED);
});

test('imported passwords wait until the last is converted, replaced, removed or set by an older server', async () => {
  const users = userStore(store.database);
  expect(await users.importedPasswordsWait()).toBe(true);
  await authenticating()(LOGIN, OLD);
  expect(await users.importedPasswordsWait()).toBe(false);
  const other = await addImported(store, { login: 'other', stored: STORED });
  await addImported(store, { login: 'locked' });
  expect(await users.importedPasswordsWait()).toBe(true);
  const hash = await service.hash(NEW);
  await store.database.knex('users').where({ user_id: other }).update({ password_hash: hash });
  expect(await users.importedPasswordsWait()).toBe(false);
  await addImported(store, { login: 'another', stored: STORED });
  expect(await users.importedPasswordsWait()).toBe(true);
  const { userId: another } = await store.userOf('another');
  await store.database.transaction((within) => users.setPasswordHash(another, hash, within));
  expect(await users.importedPasswordsWait()).toBe(false);
  const last = await addImported(store, { login: 'last', stored: STORED });
  await users.setDisabled(last, Date.now());
  expect(await users.importedPasswordsWait()).toBe(true);
  await users.remove(last);
  expect(await users.importedPasswordsWait()).toBe(false);
});

const fail = () => Promise.reject(new Error('The password was not accepted.'));
