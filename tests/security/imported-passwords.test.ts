import { SIGN_IN_MS_AT_LEAST } from '../../server/users/even-answers';
import { COMPARED_BYTES_MAX } from '../../server/users/imported-password';
import { submit } from '../support/scenes/console-scene';
import { addImported, BEHIND_PROXY, passwordsOf, signInAs } from '../support/scenes/imported-accounts';
import { WORDPRESS_ACCOUNTS, type WordPressAccount } from '../support/scenes/wordpress-accounts';
import { isSignedIn, MANAGER, PASSWORD, startTestStore, type TestStore } from '../support/store/test-store';

// Many expensive comparisons, and a minimum time for each sign-in.
jest.setTimeout(120_000);

const LOGINS = WORDPRESS_ACCOUNTS.map(({ login }) => login);
const oneOfEachForm = WORDPRESS_ACCOUNTS.filter(({ login }) =>
  /^(?:owner|manager\.maria|md5\.mike|subscriber\.sue|argon\.abe|quote\.)/.test(login),
);

let store: TestStore;
let ids: ReadonlyMap<string, number>;
beforeEach(async () => {
  store = await startTestStore({ env: { ...BEHIND_PROXY, LOG_LEVEL: 'trace' } });
  const entries = WORDPRESS_ACCOUNTS.map(
    async (account) => [account.login, await addImported(store, account)] as const,
  );
  ids = new Map(await Promise.all(entries));
});
afterEach(() => store.close());

const accountOf = (login: string): WordPressAccount => {
  const account = WORDPRESS_ACCOUNTS.find((one) => one.login === login);
  if (!account) throw new Error(`no account ${login}`);
  return account;
};
const storedFor = (login: string) => passwordsOf(store, ids.get(login) ?? 0);

/** Signs in as these users of WordPress, all at the same time. Returns the logins of those who are in. */
async function whoSignsIn(
  typed: (account: WordPressAccount) => [name: string, password: string],
  accounts = WORDPRESS_ACCOUNTS,
) {
  const tried = accounts.map(async (account) => {
    const { status, browser } = await signInAs(store, ...typed(account));
    const isIn = await isSignedIn(browser);
    expect([account.login, status]).toEqual([account.login, isIn ? 302 : 200]);
    return isIn ? [account.login] : [];
  });
  return (await Promise.all(tried)).flat();
}

/** Returns the logins whose password is stored as argon2id, and no longer as WordPress stored it. */
async function whoIsConverted(): Promise<string[]> {
  const converted = LOGINS.map(async (login) => {
    const { password_hash, imported_password, converted_password } = await storedFor(login);
    const isConverted = imported_password === null && converted_password === password_hash;
    expect(password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,/);
    return isConverted ? [login] : [];
  });
  return (await Promise.all(converted)).flat();
}

describe('an imported password', () => {
  test('signs in by login once, is then stored as argon2id, and signs in by email address again', async () => {
    expect(await whoIsConverted()).toEqual([]);
    expect(await whoSignsIn(({ login, password }) => [login, password])).toEqual(LOGINS);
    expect(await whoIsConverted()).toEqual(LOGINS);
    const first = await Promise.all(LOGINS.map(storedFor));
    expect(await whoSignsIn(({ email, password }) => [email, password])).toEqual(LOGINS);
    expect(await whoSignsIn(({ login, password }) => [login, password.toUpperCase()])).toEqual([]);
    expect(await Promise.all(LOGINS.map(storedFor))).toEqual(first);
  });

  test('signs in with blanks around it, which WordPress ignores, the first time and later', async () => {
    const login = oneOfEachForm.map((account) => account.login);
    expect(await whoSignsIn(({ email, password }) => [email, ` ${password}\t\n`], oneOfEachForm)).toEqual(
      login,
    );
    expect(await whoIsConverted()).toEqual(login);
    expect(await whoSignsIn((one) => [one.login, `\r\n ${one.password} `], oneOfEachForm)).toEqual(login);
    expect(await whoSignsIn((one) => [one.login, one.password], oneOfEachForm)).toEqual(login);
  });

  test('is matched by no other password, and stays as it is', async () => {
    const wrong: ((account: WordPressAccount) => string)[] = [
      ({ password }) => password.toUpperCase(),
      ({ password }) => `.${password}`,
      ({ password }) => password.replace(/^|['"]/g, '\\$&'),
      () => '',
      ({ password }) => password.padEnd(COMPARED_BYTES_MAX + 1),
      ({ stored }) => stored,
    ];
    // As many at the same time as the queue takes.
    for (const some of [wrong.slice(0, 3), wrong.slice(3)]) {
      const tried = some.map((typed) => whoSignsIn((one) => [one.login, typed(one)], oneOfEachForm));
      expect((await Promise.all(tried)).flat()).toEqual([]);
    }
    expect(await whoIsConverted()).toEqual([]);
    for (const { login, stored } of oneOfEachForm)
      expect((await storedFor(login)).imported_password).toBe(stored);
  });

  test('that locks the account, or has a form that is not compared, never signs in', async () => {
    const notCompared = [
      '*',
      '',
      '$H$BKAptDrcJSmEtyrrCm1utwCkgKPc1R/',
      '$2y$31$KgAMOM7nT7TlDdzr3MB4hOfpozjazBq7LWt4K8z2u.zhfKXQooiv6',
    ];
    const tried = notCompared.flatMap((stored, index) =>
      ['', stored, 'Maria-phpass-2019'].map((password) => ({ login: `locked.${index}`, password })),
    );
    for (const [index, stored] of notCompared.entries())
      await addImported(store, { login: `locked.${index}`, stored });
    const answers = await Promise.all(tried.map(({ login, password }) => signInAs(store, login, password)));
    expect(answers.map(({ status }) => status)).toEqual(tried.map(() => 200));
  });

  test('signs in several browsers at the same moment', async () => {
    const { login, password } = accountOf('manager.maria');
    const answers = await Promise.all(Array.from({ length: 6 }, () => signInAs(store, login, password)));
    expect(await Promise.all(answers.map(({ browser }) => isSignedIn(browser)))).toEqual(Array(6).fill(true));
    expect(await whoIsConverted()).toEqual([login]);
  });

  test('confirms a change in the console, and the new password then counts as typed', async () => {
    const { login, password } = accountOf('quote.quinn');
    const browser = await store.signIn(login);
    const next = ' a new password ';
    const change = { current_password: password, new_password: next, new_password_again: next };
    expect((await submit(browser, '/account', change)).status).toBe(303);
    expect(await storedFor(login)).toMatchObject({ imported_password: null, converted_password: null });
    const answers = await Promise.all(
      [next, next.trim(), password].map((typed) => signInAs(store, login, typed)),
    );
    expect(answers.map(({ status }) => status)).toEqual([302, 200, 200]);
  });

  test('is in no log line, and its first use is a usual sign-in in the history', async () => {
    const shown = await store.app.audit.list(1);
    const { login, password, stored } = accountOf('owner');
    expect((await signInAs(store, login, 'a wrong password')).status).toBe(200);
    expect((await signInAs(store, login, password)).status).toBe(302);
    const entries = (await store.app.audit.list(10)).slice(0, -shown.length || undefined);
    expect(entries.map(({ event }) => event)).toEqual(['session.signed_in', 'session.sign_in_failed']);
    const written = JSON.stringify([store.logs, entries]);
    const { password_hash } = await storedFor(login);
    for (const secret of [password, 'a wrong password', stored, password_hash])
      expect(written).not.toContain(secret);
  });
});

describe('sign-in', () => {
  const timed = async (password: string) => (await signInAs(store, MANAGER, password)).ms;

  test('takes its minimum while an imported password waits, and only then', async () => {
    const [wrong, right] = await Promise.all([timed('wrong'), timed(PASSWORD)]);
    expect(Math.min(wrong, right)).toBeGreaterThanOrEqual(SIGN_IN_MS_AT_LEAST);
    await store.database.knex('users').update({ imported_password: null });
    expect(await timed('wrong')).toBeLessThan(SIGN_IN_MS_AT_LEAST);
  });

  test('is checked one after another for one network', async () => {
    const answers = await Promise.all(
      ['owner', 'nobody', MANAGER].map((name) => signInAs(store, name, 'wrong', '203.0.113.9')),
    );
    const waited = answers.map(({ ms }) => ms).sort((one, other) => one - other);
    waited.forEach((ms, index) => {
      // The form of the first is sent a little earlier than the others.
      expect(ms).toBeGreaterThan((index + 0.5) * SIGN_IN_MS_AT_LEAST);
    });
  });
});
