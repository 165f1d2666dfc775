import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';
import OAuth from 'oauth-1.0a';
import type { App, Permissions } from '../../../server/consumer-keys/consumer-key';
import type { IssuedKey } from '../../../server/consumer-keys/consumer-key-service';
import { formTokens } from '../../../server/session/form-tokens';
import { hashToken } from '../../../server/session/session-store';
import { secretKey } from '../../../server/storage/secret-key';
import { testCertificates } from '../http/certificates';
import { encodeForm, type Answer, type HttpBrowser } from '../http/http-browser';
import { MANAGER, type TestStore } from '../store/test-store';

export const REVOKE = '/wc-auth/v1/revoke';
export const FORM = 'application/x-www-form-urlencoded';
export const JSON_TYPE = 'application/json';

/** The app of the keys in these tests, unless a test names another. */
export const PILOT: App = {
  appName: 'Parcel Pilot',
  callbackOrigin: 'https://pilot.example',
  appUserId: '42',
};

export interface NewKey {
  readonly owner?: string;
  readonly permissions?: Permissions;
  /** `null` for a key made by hand. */
  readonly app?: App | null;
}

/** Makes a delivered key. Other tests check the grant. */
export async function makeKey(
  store: TestStore,
  { owner = MANAGER, permissions = 'read_write', app = PILOT }: NewKey = {},
): Promise<IssuedKey> {
  const { userId } = await store.userOf(owner);
  return store.app.consumerKeys.issue({
    userId,
    description: 'a key',
    permissions,
    now: Date.now(),
    ...(app === null ? {} : { app }),
  });
}

export interface Sent {
  readonly method?: string;
  readonly target?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Buffer;
  /** Whether to use plain HTTP instead of TLS, which everything but OAuth 1.0a needs. */
  readonly plain?: boolean;
  readonly browser?: HttpBrowser;
}

/** Sends one request to `/revoke` or another endpoint. */
export function send(store: TestStore, sent: Sent = {}): Promise<Answer> {
  const { method = 'POST', target = REVOKE, headers = {}, body, plain = false, browser } = sent;
  const from = browser ?? store.browser();
  return from.send(method, (plain ? store.url : store.tlsUrl) + target, {
    headers,
    ...(body === undefined ? {} : { body }),
  });
}

/** Sends a request with a chunked body. */
export async function sendInPieces(
  store: TestStore,
  headers: Readonly<Record<string, string>>,
  pieces: readonly string[],
): Promise<{ readonly status: number; readonly body: string }> {
  const request = https.request(store.tlsUrl + REVOKE, {
    method: 'POST',
    headers,
    ca: testCertificates().ca,
    agent: false,
  });
  for (const piece of pieces) request.write(piece);
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, body: await text(response) };
}

type Fields = Readonly<Record<string, unknown>>;
type Part = Pick<Sent, 'headers' | 'body'>;

export const asJson = (fields: Fields): Part => ({
  headers: { 'content-type': JSON_TYPE },
  body: JSON.stringify(fields),
});
export const asForm = (fields: Readonly<Record<string, string>>): Part => ({
  headers: { 'content-type': FORM },
  body: encodeForm(fields),
});

export const base64 = (text: string) => Buffer.from(text).toString('base64');
export const basic = ({ consumerKey, consumerSecret }: Pair) => ({
  authorization: `Basic ${base64(`${consumerKey}:${consumerSecret}`)}`,
});
export const bearer = ({ consumerKey, consumerSecret }: Pair) => ({
  authorization: `Bearer ${consumerKey}.${consumerSecret}`,
});
type Pair = Pick<IssuedKey, 'consumerKey' | 'consumerSecret'>;

/** Returns the `oauth_*` parameters of a POST to this URL, from a signer that is not ours. */
export function oauthParameters(
  url: string,
  key: Pair,
  data: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const signer = new OAuth({
    consumer: { key: key.consumerKey, secret: key.consumerSecret },
    signature_method: 'HMAC-SHA256',
    hash_function: (base, signingKey) => createHmac('sha256', signingKey).update(base).digest('base64'),
  });
  const signed = signer.authorize({ url, method: 'POST', data: { ...data, oauth_nonce: randomUUID() } });
  const names = Object.entries(signed).filter(([name]) => name.startsWith('oauth_'));
  return Object.fromEntries(names.map(([name, value]) => [name, String(value)]));
}

export function oauthHeader(url: string, key: Pair, data?: Readonly<Record<string, string>>) {
  const written = Object.entries(oauthParameters(url, key, data));
  return {
    authorization: `OAuth ${written.map(([name, value]) => `${name}="${encodeURIComponent(value)}"`).join(', ')}`,
  };
}

/** Returns the status of forward auth for a key: whether an endpoint of the store accepts it. */
export async function verified(store: TestStore, key: Pair, method = 'GET'): Promise<number> {
  const answer = await send(store, { method, target: '/wc-auth/v1/verify', headers: basic(key) });
  return answer.status;
}

export async function keyIds(store: TestStore): Promise<number[]> {
  return (await store.app.consumerKeys.list()).map(({ keyId }) => keyId);
}

/** Returns the audit entries of revocations, newest first. */
export async function revocations(store: TestStore) {
  return (await store.app.audit.list(10_000)).filter(({ event }) => event === 'key.revoked');
}

/** Returns the hidden `_wpnonce` that the store's own pages have beside a revoke button. */
export function revokeNonce(store: TestStore, browser: Pick<HttpBrowser, 'cookies'>): string {
  const [, token = ''] = [...browser.cookies].find(([name]) => name.endsWith('wc_auth_session')) ?? [];
  const key = secretKey(store.config.secretKey ?? '').derive('form tokens');
  return formTokens(key).token('console', hashToken(decodeURIComponent(token)));
}

/** Expects that `attempt` revokes nothing: no key is gone, and the audit log has no entry. */
export async function revokesNothing<A>(store: TestStore, attempt: () => Promise<A>): Promise<A> {
  const [keys, entries] = [await keyIds(store), (await revocations(store)).length];
  const answer = await attempt();
  expect(await keyIds(store)).toEqual(keys);
  expect(await revocations(store)).toHaveLength(entries);
  return answer;
}
