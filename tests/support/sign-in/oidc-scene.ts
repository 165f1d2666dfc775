import type { Answer, HttpBrowser } from '../http/http-browser';
import { startTestStore, type TestStore, type TestStoreOptions } from '../store/test-store';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  startIdentityProvider,
  type IdentityProvider,
  type ProviderAccount,
} from './identity-provider';

/** A store on HTTPS whose managers sign in with a provider. */
export interface OidcScene {
  readonly store: TestStore;
  readonly provider: IdentityProvider;
  /** Returns a new browser, which is signed in nowhere. */
  browser(): HttpBrowser;
  close(): Promise<void>;
}

/** Returns the settings of a store for this provider. */
export const oidcEnv = (issuer: string): Record<string, string> => ({
  SIGN_IN: 'oidc',
  OIDC_ISSUER: issuer,
  OIDC_CLIENT_ID: CLIENT_ID,
  OIDC_CLIENT_SECRET: CLIENT_SECRET,
  OIDC_SCOPES: 'openid profile email groups',
  OIDC_ROLES: 'store-admins=administrator,ops=shop_manager',
});

export async function startOidcScene(
  options: TestStoreOptions & { readonly claimsInIdToken?: boolean } = {},
): Promise<OidcScene> {
  const provider = await startIdentityProvider();
  const env = { ...oidcEnv(provider.issuer), ...options.env };
  const store = await startTestStore({ ...options, tls: true, env });
  await provider.serve(store.tlsUrl, options.claimsInIdToken);
  return {
    store,
    provider,
    browser: () => store.browser(store.tlsUrl),
    async close() {
      await Promise.all([store.close(), provider.stop()]);
    },
  };
}

/** Returns the claims of a person who may manage the store. */
export const opsAccount = (name: string, changes: ProviderAccount = {}): ProviderAccount => ({
  preferred_username: name,
  name: `${name} Test`,
  email: `${name}@people.test`,
  groups: ['staff', 'ops'],
  ...changes,
});

/** Follows redirects as long as they stay on this origin. Returns the last answer and its URL. */
export async function followWithin(
  browser: HttpBrowser,
  first: string,
): Promise<{ url: string; answer: Answer }> {
  const { origin } = new URL(first);
  let url = first;
  for (let count = 0; count < 10; count++) {
    const answer = await browser.get(url);
    if (answer.location === '' || new URL(answer.location, url).origin !== origin) return { url, answer };
    url = new URL(answer.location, url).href;
  }
  throw new Error(`too many redirects: ${url}`);
}

/**
 * Follows the store's redirect to the provider and signs in there, unless the provider knows the
 * browser.
 *
 * @returns where the provider sends the browser back to, without going there.
 */
export async function signInThere(
  browser: HttpBrowser,
  authorizationUrl: string,
  login: string,
  action: 'sign-in' | 'cancel' = 'sign-in',
): Promise<string> {
  const { url, answer } = await followWithin(browser, authorizationUrl);
  if (answer.location !== '') return answer.location;
  const posted = await browser.post(url, { login, do: action });
  const last = await followWithin(browser, new URL(posted.location, url).href);
  if (last.answer.location === '') throw new Error(`the provider answered ${last.answer.body}`);
  return last.answer.location;
}

const isOwnLogin = (location: string): boolean => location.includes('/wc-auth/v1/login?');

/** Opens a page of the store. Returns the URL at the provider to which the browser is sent. */
export async function beginAt(browser: HttpBrowser, path: string): Promise<string> {
  let answer = await browser.get(path);
  // The grant has a page of its own for people who are not signed in.
  for (let next = answer.location; isOwnLogin(next); next = answer.location) answer = await browser.get(next);
  if (answer.location === '') throw new Error(`no redirect but ${answer.status}: ${answer.body}`);
  return answer.location;
}

/** Signs in from a page of the store to the answer of the store's redirect URI. */
export async function signInWith(browser: HttpBrowser, login: string, path = '/login'): Promise<Answer> {
  return browser.get(await signInThere(browser, await beginAt(browser, path), login));
}
