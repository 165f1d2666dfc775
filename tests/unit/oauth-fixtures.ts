import { UNLIMITED, type CheckedLimits } from '../../server/key-authentication/check-limits';
import { createHmac, randomBytes } from 'node:crypto';
import type { Permissions } from '../../server/consumer-keys/consumer-key';
import type { AuthRequest } from '../../server/key-authentication/auth-request';
import {
  keyAuthentication,
  type KeyAuthenticationDependencies,
} from '../../server/key-authentication/verify';

export const KEY = `ck_${'a1'.repeat(20)}`;
export const SECRET = `cs_${'b2'.repeat(20)}`;
/** The time of the tests, in seconds. */
export const NOW = 1_800_000_000;
export const STORE = { origin: 'https://shop.example', basePath: '' };
export const PATH = '/wp-json/wc/v3/products';

/** Returns a request as an endpoint receives it: by default a GET over TLS to the store. */
export function authRequest(over: Partial<AuthRequest> = {}): AuthRequest {
  return {
    method: 'GET',
    target: PATH,
    host: 'shop.example',
    address: '192.0.2.1',
    secure: true,
    authorization: undefined,
    contentType: undefined,
    methodOverride: undefined,
    formBody: undefined,
    ...over,
  };
}

interface Setup extends Partial<KeyAuthenticationDependencies> {
  readonly permissions?: Permissions;
  readonly ownerIsManager?: boolean;
  readonly limits?: CheckedLimits;
}

/**
 * Creates verification with one key (7, of user 3) in memory. `uses` and `nonces` list what it
 * saved.
 */
export function keyring({
  permissions = 'read_write',
  ownerIsManager = true,
  limits = UNLIMITED,
  ...over
}: Setup = {}) {
  const uses: number[] = [];
  const nonces = new Set<string>();
  const findSigner = (wanted: string, proves: (consumerSecret: string) => boolean) =>
    wanted === KEY
      ? {
          key: { keyId: 7, userId: 3, permissions, ownerIsManager, appUserId: '42', limits },
          proven: proves(SECRET),
        }
      : { key: undefined, proven: proves('cs_decoy') };
  const authentication = keyAuthentication({
    finder: {
      findPair: (wanted, consumerSecret) => findSigner(wanted, (secret) => secret === consumerSecret),
      findSigner,
    },
    spendNonce: ({ nonce }) => nonces.size < nonces.add(nonce).size,
    note: { use: (keyId) => void uses.push(keyId), outcome: () => undefined },
    expired: { seenAt: () => -Infinity, note: () => undefined },
    storeUrl: STORE,
    now: () => NOW * 1000,
    oauthDebug: false,
    ...over,
  });
  return { ...authentication, uses, nonces };
}

export type Pairs = readonly (readonly [string, string])[];

export const enc = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
export const query = (pairs: Pairs): string =>
  pairs.map(([name, value]) => `${enc(name)}=${enc(value)}`).join('&');
export const basic = (name: string, password: string): string =>
  `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
export const oauthHeader = (pairs: Pairs): string =>
  `OAuth ${pairs.map(([name, value]) => `${enc(name)}="${enc(value)}"`).join(', ')}`;

interface Signing {
  readonly method?: string;
  readonly url?: string;
  readonly params?: Pairs;
  readonly key?: string;
  readonly secret?: string;
  readonly algorithm?: 'HMAC-SHA1' | 'HMAC-SHA256';
  readonly timestamp?: number | string;
  readonly nonce?: string;
  /**
   * Replaces RFC 5849's PARAMS: returns the finished, encoded third part of the base string for the
   * given oauth pairs.
   */
  readonly normalize?: (oauth: Pairs) => string;
}

/**
 * Returns the `oauth_*` pairs of a signed request, from an RFC 5849 signer that shares no code with
 * the server.
 */
export function signed({
  method = 'GET',
  url = `https://shop.example${PATH}`,
  params = [],
  key = KEY,
  secret = SECRET,
  algorithm = 'HMAC-SHA256',
  timestamp = NOW,
  nonce = randomBytes(8).toString('hex'),
  normalize = (oauth) => rfc5849([...params, ...oauth]),
}: Signing = {}): (readonly [string, string])[] {
  const oauth: Pairs = [
    ['oauth_consumer_key', key],
    ['oauth_nonce', nonce],
    ['oauth_signature_method', algorithm],
    ['oauth_timestamp', String(timestamp)],
  ];
  const base = `${method}&${enc(url)}&${normalize(oauth)}`;
  const signature = createHmac(algorithm === 'HMAC-SHA1' ? 'sha1' : 'sha256', `${secret}&`)
    .update(base)
    .digest('base64');
  return [...oauth, ['oauth_signature', signature]];
}

export function rfc5849(pairs: Pairs): string {
  const sorted = pairs
    .map(([name, value]) => [enc(name), enc(value)] as const)
    .sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0));
  return enc(sorted.map((pair) => pair.join('=')).join('&'));
}

/** Returns `accepted`, or status, code and message of the rejection. */
export async function outcome(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
    return 'accepted';
  } catch (error) {
    const { name, status, code, message } = error as Record<string, unknown>;
    if (name !== 'RestError') throw error;
    return { status, code, message };
  }
}

export const AUTHENTICATION_ERROR = 'woocommerce_rest_authentication_error';
export const rejected = (message: string, code = AUTHENTICATION_ERROR, status = 401) => ({
  status,
  code,
  message,
});
export const SIGNATURE_DIFFERS = rejected('Invalid signature - provided signature does not match.');
export const CANNOT_VIEW = rejected('Sorry, you cannot list resources.', 'woocommerce_rest_cannot_view');
