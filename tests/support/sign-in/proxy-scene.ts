import type { OutgoingHttpHeaders } from 'node:http';
import type { HttpBrowser } from '../http/http-browser';
import type { TestStore } from '../store/test-store';

/** The settings of docs/sign-in.md, with the test itself as the proxy. */
export const PROXY_ENV = {
  SIGN_IN: 'proxy',
  TRUST_PROXY: '127.0.0.1',
  AUTH_PROXY_USER_HEADER: 'Remote-User',
  AUTH_PROXY_EMAIL_HEADER: 'Remote-Email',
  AUTH_PROXY_NAME_HEADER: 'Remote-Name',
  AUTH_PROXY_GROUPS_HEADER: 'Remote-Groups',
  AUTH_PROXY_ROLES: 'store-admins=administrator,ops=shop_manager,shoppers=customer',
} as const;

/** Settings with which email address and groups come from the assertion. */
export const ASSERTION_ENV = {
  SIGN_IN: 'proxy',
  TRUST_PROXY: '127.0.0.1',
  AUTH_PROXY_USER_HEADER: 'Remote-User',
  AUTH_PROXY_ROLES: PROXY_ENV.AUTH_PROXY_ROLES,
} as const;

export type Named = Readonly<Record<string, string>>;

/** What the proxy says of a person. A manager of the store. */
export const ADA: Named = {
  'Remote-User': 'ada',
  'Remote-Email': 'ada@corp.test',
  'Remote-Name': 'Ada Lovelace',
  'Remote-Groups': 'staff, ops',
};
export const BOB: Named = {
  'Remote-User': 'bob',
  'Remote-Email': 'bob@corp.test',
  'Remote-Name': 'Bob',
  'Remote-Groups': 'store-admins',
};

/** Returns a browser behind a proxy that names this person in every request. */
export function behindProxy(browser: HttpBrowser, person: OutgoingHttpHeaders): HttpBrowser {
  const named: HttpBrowser = {
    ...browser,
    get: (target, headers) => browser.get(target, { ...person, ...headers }),
    post: (target, form, headers) => browser.post(target, form, { ...person, ...headers }),
    send: (method, target, { headers, ...rest } = {}) =>
      browser.send(method, target, { ...rest, headers: { ...person, ...headers } }),
    copy: () => behindProxy(browser.copy(), person),
  };
  return named;
}

/** Returns a browser that the proxy signed in. */
export async function enteredBrowser(store: TestStore, person: Named, base?: string): Promise<HttpBrowser> {
  const browser = behindProxy(store.browser(base), person);
  const answer = await browser.get('/login');
  if (answer.status !== 302) throw new Error(`not signed in but ${answer.status}: ${answer.body}`);
  return browser;
}

/** Returns what of a store a rejected sign-in must not change. */
export async function countsOf({ database: { knex } }: TestStore) {
  const count = async (table: string) => (await knex(table).select()).length;
  return {
    users: await count('users'),
    external: await count('external_accounts'),
    sessions: await count('sessions'),
  };
}

/** Returns the log lines about rejected sign-ins. */
export const rejectionsIn = (store: TestStore) =>
  store.logs
    .filter(({ msg }) => msg === 'sign-in rejected')
    .map(({ way, reason, because }) => ({ way, reason, because }));
