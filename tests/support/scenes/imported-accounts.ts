import { noPassword } from '../../../server/users/no-password';
import { userStore } from '../../../server/users/user-store';
import type { Answer, HttpBrowser } from '../http/http-browser';
import type { TestStore } from '../store/test-store';

/** The proxy of these tests names the client's address, so that one test is many clients. */
export const BEHIND_PROXY = {
  TRUST_PROXY: 'loopback',
  SIGN_IN_FAILURES: '10000',
  SIGN_IN_FAILURES_PER_ADDRESS: '10000',
  SIGN_IN_FAILURES_PER_ACCOUNT: '10000',
};

/** Adds an account as an import does. */
export async function addImported(
  { database }: TestStore,
  { login, email = `${login}@store.test`, stored }: { login: string; email?: string; stored?: string },
): Promise<number> {
  const account = {
    login,
    email,
    name: login,
    role: 'shop_manager' as const,
    passwordHash: noPassword(),
    ...(stored === undefined ? {} : { importedPassword: stored }),
    createdAt: Date.now(),
  };
  return (await userStore(database).insert(account, database.knex)).userId;
}

/** Returns the columns of an account's password. */
export async function passwordsOf({ database }: TestStore, userId: number) {
  const row: unknown = await database
    .knex('users')
    .where({ user_id: userId })
    .first('password_hash', 'imported_password', 'converted_password');
  return row as {
    password_hash: string;
    imported_password: string | null;
    converted_password: string | null;
  };
}

let clients = 0;
/** Returns the address of a client that no test has used. */
export const newClient = (): string => `2001:db8:${(++clients).toString(16)}::1`;

export interface SentForm extends Answer {
  readonly browser: HttpBrowser;
  /** From sending the form to the answer. */
  readonly ms: number;
}

/** Signs in through the form. The client is a new one unless named. */
export async function signInAs(
  store: TestStore,
  username: string,
  password: string,
  from = newClient(),
): Promise<SentForm> {
  const browser = store.browser();
  const { fields } = (await browser.get('/login')).form('wc_auth_csrf');
  const start = performance.now();
  const answer = await browser.post('/login', { ...fields, username, password }, { 'x-forwarded-for': from });
  return { ...answer, browser, ms: performance.now() - start };
}
