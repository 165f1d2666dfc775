import type { createRemoteJWKSet as remoteKeys } from 'jose' with { 'resolution-mode': 'import' };
import type { ProviderFetch } from '../provider-fetch';
import { isSubject, type Claims } from './claims';
import type { Provider } from './provider';

/** Whom a valid logout token signs out. */
export interface SignedOutThere {
  /** The provider's session. `undefined`: all of the subject. */
  readonly sid: string | undefined;
  readonly sub: string | undefined;
  /** Identifies the token, which counts once. */
  readonly jti: string;
}

export interface LogoutTokenDependencies {
  readonly clientId: string;
  readonly fetch: ProviderFetch['fetch'];
  readonly now: () => number;
}

type Keys = ReturnType<typeof remoteKeys>;
export type CheckLogoutToken = ReturnType<typeof logoutTokenCheck>;

/** A token counts for so long after it was issued, in milliseconds. */
export const LOGOUT_TOKEN_MS = 5 * 60_000;
/** Clocks differ, in seconds. */
const TOLERANCE_S = 30;
const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** Signatures that only the provider can make. With HS256, a public key could pass for a secret. */
const ASYMMETRIC = /^(?:(?:RS|PS|ES)(?:256|384|512)|EdDSA|Ed25519)$/;

/**
 * Returns the check of a logout token (OpenID Connect Back-Channel Logout 1.0, section 2.6).
 * @throws if the token is not valid, or the keys of the provider are out of reach.
 */
export function logoutTokenCheck({ clientId, fetch, now }: LogoutTokenDependencies) {
  const keysOf = new WeakMap<Provider, Promise<Keys>>();

  async function load({ configuration }: Provider): Promise<Keys> {
    const { createRemoteJWKSet, customFetch } = await import('jose');
    const { jwks_uri: uri, issuer } = configuration.serverMetadata();
    const url = uri === undefined ? undefined : new URL(uri);
    if (!url || (url.protocol !== 'https:' && !issuer.startsWith('http:')))
      throw new Error('The provider has no jwks_uri.');
    return createRemoteJWKSet(url, { [customFetch]: fetch });
  }

  return async (token: string, provider: Provider): Promise<SignedOutThere> => {
    const { jwtVerify } = await import('jose');
    const { issuer, id_token_signing_alg_values_supported: named = ['RS256'] } =
      provider.configuration.serverMetadata();
    const keys = keysOf.get(provider) ?? load(provider);
    keysOf.set(provider, keys);
    const { payload, protectedHeader } = await jwtVerify(token, await keys, {
      issuer,
      audience: clientId,
      algorithms: named.filter((algorithm) => ASYMMETRIC.test(algorithm)),
      maxTokenAge: LOGOUT_TOKEN_MS / 1000,
      clockTolerance: TOLERANCE_S,
      currentDate: new Date(now()),
      requiredClaims: ['jti', 'events'],
    });
    return checkedClaims(payload, protectedHeader.typ);
  };
}

function checkedClaims(claims: Claims, typ: string | undefined): SignedOutThere {
  const { events, sid, sub, jti, nonce } = claims;
  // An ID token must not pass for a logout token. Some providers send the type JWT.
  if (typ !== undefined && !/^(?:application\/)?(?:logout\+)?jwt$/i.test(typ))
    throw new Error('The type of the token is wrong.');
  const event = typeof events === 'object' && events !== null ? (events as Claims)[EVENT] : undefined;
  if (typeof event !== 'object' || event === null) throw new Error('The claim events does not say logout.');
  if (nonce !== undefined) throw new Error('The token has a nonce.');
  if (!isSubject(jti)) throw new Error('The claim jti has a wrong form.');
  const isName = (value: unknown): value is string | undefined => value === undefined || isSubject(value);
  if (!isName(sid) || !isName(sub) || (sid === undefined && sub === undefined))
    throw new Error('The token has neither sid nor sub.');
  return { sid, sub, jti };
}
