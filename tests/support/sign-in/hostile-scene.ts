import { encodeForm, type Answer, type HttpBrowser } from '../http/http-browser';
import { fakeClock, isSignedIn, startTestStore, type Clock, type TestStore } from '../store/test-store';
import { METADATA, type HostileProvider } from './hostile-provider';
import { CLIENT_SECRET } from './identity-provider';
import { beginAt, oidcEnv, opsAccount } from './oidc-scene';

/** A store whose provider answers what a test wants, and a browser at it. */
export interface HostileScene {
  readonly store: TestStore;
  readonly clock: Clock;
  readonly provider: HostileProvider;
  readonly browser: HttpBrowser;
  /** Begins a sign-in. Returns what the browser would carry to the provider. */
  begin(path?: string): Promise<{ state: string; nonce: string }>;
  /** Calls the redirect URI as the provider would make the browser do. */
  comeBack(query: Record<string, string>, by?: HttpBrowser): Promise<Answer>;
  /** Returns why sign-ins were rejected, the latest first, as the history has it. */
  rejections(): Promise<string[]>;
  /** Expects that the only sign-in was rejected for this reason, and that nothing else happened. */
  expectRejected(answer: Answer, status: number, reason: string): Promise<void>;
  close(): Promise<void>;
}

export const CALLBACK = '/wc-auth/v1/oidc/callback';

/** Returns the claims of a person who would be signed in. */
export const claimsOf = (nonce: string) => ({ sub: 'sub-eve', nonce, ...opsAccount('eve') });

/** Starts a store at a hostile provider, which may serve several stores in turn. */
export async function openHostileScene(provider: HostileProvider): Promise<HostileScene> {
  const clock = fakeClock(Date.now());
  const store = await startTestStore({ tls: true, clock, env: oidcEnv(provider.issuer) });
  const browser = store.browser(store.tlsUrl);
  const history = () => store.app.audit.list(10, { event: 'session.sign_in_rejected' });
  const reasonOf = (detail: object) => ('reason' in detail ? String(detail.reason) : '');

  return {
    store,
    clock,
    provider,
    browser,
    async begin(path = '/login') {
      const { searchParams } = new URL(await beginAt(browser, path));
      return { state: searchParams.get('state') ?? '', nonce: searchParams.get('nonce') ?? '' };
    },
    comeBack(query, by = browser) {
      const params = encodeForm({ code: 'secret-code', iss: provider.issuer, ...query });
      return by.get(`${CALLBACK}?${params}`);
    },
    rejections: async () => (await history()).map(({ detail }) => reasonOf(detail)),
    async expectRejected(answer, status, reason) {
      const entries = await history();
      expect([answer.status, ...entries.map(({ detail }) => detail)]).toEqual([
        status,
        { way: 'oidc', reason },
      ]);
      expect(answer.body).toContain('Try again');
      expect(await isSignedIn(browser)).toBe(false);
      expect(await store.app.users.findByLogin('eve')).toBeUndefined();
      expect(store.logs.filter(({ way }) => way === 'oidc')).toMatchObject([{ level: 40, reason }]);
      for (const secret of ['secret-code', 'secret-access-token', CLIENT_SECRET, provider.idToken || 'x.y.z'])
        expect(JSON.stringify(store.logs)).not.toContain(secret);
    },
    async close() {
      for (const path of [METADATA, '/token', '/jwks']) provider.answerAt(path, undefined);
      provider.idToken = '';
      await store.close();
    },
  };
}
