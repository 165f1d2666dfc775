import { createHmac, generateKeyPairSync, randomUUID, sign, type KeyObject } from 'node:crypto';
import type { Answer, Form, HttpBrowser } from '../http/http-browser';
import {
  fakeClock,
  isSignedIn,
  startTestStore,
  type Clock,
  type TestStore,
  type TestStoreOptions,
} from '../store/test-store';
import { countsOf, rejectionsIn } from './proxy-scene';
import { beginAt } from './oidc-scene';

export const HANDOVER = '/wc-auth/v1/handover';
/** The back end is on another site. No test of this scene connects to it. */
export const SIGN_IN_URL = 'https://office.test/sign-in';
export const SECRET = 'handover-secret-handover-secret-0';

/** A key of a back end, and the algorithm that its tokens name. */
export interface BackEndKey {
  readonly alg: string;
  readonly sign: (input: string) => Buffer;
  /** The settings of a store for this key. */
  readonly env: Readonly<Record<string, string>>;
}

export const pemOf = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();

/** Returns a new key for EdDSA (RFC 8037). */
export function ed25519Key(): BackEndKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const env = { HANDOVER_PUBLIC_KEY: pemOf(publicKey) };
  return { alg: 'EdDSA', sign: (input) => sign(null, Buffer.from(input), privateKey), env };
}

/** Returns a new key for ES256 (RFC 7518 section 3.4). */
export function p256Key(): BackEndKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const env = { HANDOVER_PUBLIC_KEY: pemOf(publicKey) };
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
  return { alg: 'ES256', sign: (input) => sign('sha256', Buffer.from(input), key), env };
}

/** Returns a shared secret as a key (RFC 7518 section 3.2). */
export const secretKey = (secret = SECRET): BackEndKey => ({
  alg: 'HS256',
  sign: (input) => createHmac('sha256', secret).update(input).digest(),
  env: { HANDOVER_SECRET: secret },
});

const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Returns a token as a back end makes it. `header` replaces parts of its header. */
export function signedToken({ alg, sign }: BackEndKey, claims: object, header: object = {}): string {
  const input = `${encoded({ alg, typ: 'JWT', ...header })}.${encoded(claims)}`;
  return `${input}.${sign(input).toString('base64url')}`;
}

/** A store that takes people over from a back end, and a browser at it. */
export interface HandoverScene {
  readonly store: TestStore;
  readonly clock: Clock;
  readonly key: BackEndKey;
  readonly browser: HttpBrowser;
  newBrowser(): HttpBrowser;
  /** Opens a page and returns the `state` that the browser would carry to the back end. */
  begin(path?: string, by?: HttpBrowser): Promise<string>;
  /** Returns the claims of a valid token. Eve is a shop manager. */
  claims(state: string, changes?: object): Record<string, unknown>;
  /** Returns a valid token, except for the changes. */
  token(state: string, changes?: object): string;
  /** Posts a form as a page of the back end would: no cookies, and the back end's origin. */
  post(form: Form): Promise<Answer>;
  /** Begins and posts a valid token. Returns the answer, which leads to the step. */
  handOver(changes?: object, path?: string, by?: HttpBrowser): Promise<Answer>;
  /** Signs a person in from the first page to the answer of the step. */
  signIn(changes?: object, path?: string, by?: HttpBrowser): Promise<Answer>;
  /** Expects that one sign-in was rejected for this reason, and that nothing else happened. */
  expectRejected(answer: Answer, status: number, reason: string): Promise<void>;
  close(): Promise<void>;
}

export async function openHandoverScene(
  options: TestStoreOptions & { readonly key?: BackEndKey } = {},
): Promise<HandoverScene> {
  const { key = ed25519Key(), env = {}, ...rest } = options;
  const clock = fakeClock(Date.now());
  const settings = { SIGN_IN: 'handover', SIGN_IN_URL, ...key.env, ...env };
  const store = await startTestStore({ tls: true, clock, ...rest, env: settings });
  const newBrowser = () => store.browser(store.tlsUrl);
  const tokensMade: string[] = [];

  const scene: HandoverScene = {
    store,
    clock,
    key,
    browser: newBrowser(),
    newBrowser,
    async begin(path = '/login', by = scene.browser) {
      return new URL(await beginAt(by, path)).searchParams.get('state') ?? '';
    },
    claims: (state, changes = {}) => ({
      aud: store.tlsUrl,
      sub: 'user-1',
      email: 'eve@office.test',
      name: 'Eve',
      role: 'shop_manager',
      exp: Math.floor(clock() / 1000) + 60,
      jti: randomUUID(),
      nonce: state,
      ...changes,
    }),
    token(state, changes) {
      const token = signedToken(key, scene.claims(state, changes));
      tokensMade.push(token, state);
      return token;
    },
    post: (form) => newBrowser().post(HANDOVER, form, { origin: 'https://office.test' }),
    async handOver(changes, path, by) {
      return scene.post({ token: scene.token(await scene.begin(path, by), changes) });
    },
    async signIn(changes, path, by = scene.browser) {
      const answer = await scene.handOver(changes, path, by);
      if (answer.status !== 303) throw new Error(`not handed over but ${answer.status}: ${answer.body}`);
      return by.get(answer.location);
    },
    async expectRejected(answer, status, reason) {
      const history = await store.app.audit.list(10, { event: 'session.sign_in_rejected' });
      const because = rejectionsIn(store)[0]?.because;
      expect([answer.status, because, ...history.map(({ detail }) => detail)]).toEqual([
        status,
        because,
        { way: 'handover', reason },
      ]);
      expect(rejectionsIn(store)).toMatchObject([{ way: 'handover', reason }]);
      expect(answer.body).toContain('Try again');
      expect(await isSignedIn(scene.browser)).toBe(false);
      // The account `manager` alone.
      expect(await countsOf(store)).toEqual({ users: 1, external: 0, sessions: 0 });
      for (const secret of tokensMade) expect(JSON.stringify(store.logs)).not.toContain(secret);
    },
    close: () => store.close(),
  };
  return scene;
}
