import * as z from 'zod';
import type { AuthProxyConfig } from '../../config/sign-in';
import type { ProviderFetch } from '../provider-fetch';

type JwtConfig = NonNullable<AuthProxyConfig['jwt']>;

/** What a valid assertion says of a person. */
export interface AssertionClaims {
  readonly subject: string;
  readonly preferredUsername?: string | undefined;
  readonly email?: string | undefined;
  readonly name?: string | undefined;
  readonly groups: readonly string[];
  /** When the person signed in, or else when the assertion was made. Milliseconds since 1970, UTC. */
  readonly signedInAt?: number | undefined;
}

/** `because` has names of claims and codes, and no value of the token. */
export type AssertionOutcome =
  | { readonly claims: AssertionClaims }
  | { readonly rejected: 'bad_proof' | 'unavailable'; readonly because: string };

export type ProxyAssertion = ReturnType<typeof proxyAssertion>;

/** No HS256: with its secret, everyone who can check an assertion can also make one. */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];
const CLOCK_SKEW_S = 5;
const KEYS_TIMEOUT_MS = 10_000;

/** A database cannot store NUL or half of a surrogate pair. */
const text = z.string().regex(/^[^\p{Cc}\p{Cs}]+$/u);
const optionalText = text.optional().catch(undefined);
const groups = z.union([z.array(z.string()), z.string().transform((list) => list.split(','))]);
const seconds = z.number().nonnegative().optional().catch(undefined);
const CLAIMS = z.object({
  sub: text.max(255),
  preferred_username: optionalText,
  email: optionalText,
  name: optionalText,
  groups: groups.optional().catch(undefined),
  // Cloudflare Access keeps the claims of the identity provider there.
  custom: z.object({ groups }).optional().catch(undefined),
  auth_time: seconds,
  iat: seconds,
});

/** The keys of the issuer cannot be had, so nothing is known about the assertion. */
class NoKeys extends Error {}

/** Returns the function that checks the signed assertion of a proxy and returns its claims. */
export function proxyAssertion(
  { jwksUrl, audience, issuer }: JwtConfig,
  { exchange, fetch }: ProviderFetch,
  now: () => number,
) {
  async function makeVerifier() {
    const { createRemoteJWKSet, customFetch, errors, jwtVerify } = await import('jose');
    const remoteKeys = createRemoteJWKSet(new URL(jwksUrl), {
      timeoutDuration: KEYS_TIMEOUT_MS,
      [customFetch]: fetch,
    });
    const keyOf = async (...token: Parameters<typeof remoteKeys>) => {
      try {
        return await remoteKeys(...token);
      } catch (error) {
        const isTokens =
          error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys;
        throw isTokens ? error : new NoKeys('the keys cannot be fetched', { cause: error });
      }
    };
    return async (token: string): Promise<AssertionOutcome> => {
      try {
        const { payload } = await jwtVerify(token, keyOf, {
          algorithms: ALGORITHMS,
          issuer,
          audience,
          requiredClaims: ['exp'],
          clockTolerance: CLOCK_SKEW_S,
          currentDate: new Date(now()),
        });
        return readClaims(payload);
      } catch (error) {
        if (error instanceof NoKeys)
          return { rejected: 'unavailable', because: `AUTH_PROXY_JWKS_URL: ${reasonOf(error.cause)}` };
        if (error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired)
          return { rejected: 'bad_proof', because: `claim ${error.claim} (${error.reason})` };
        if (error instanceof errors.JOSEError) return { rejected: 'bad_proof', because: error.code };
        throw error;
      }
    };
  }

  // Made once, because it keeps the keys: for 10 minutes, or until a token names an unknown key.
  let verifier: ReturnType<typeof makeVerifier> | undefined;
  return (token: string): Promise<AssertionOutcome> =>
    exchange(async () => (await (verifier ??= makeVerifier()))(token));
}

function readClaims(payload: unknown): AssertionOutcome {
  const parsed = CLAIMS.safeParse(payload);
  if (!parsed.success) return { rejected: 'bad_proof', because: 'claim sub' };
  const { sub, preferred_username, auth_time, iat, custom, ...claims } = parsed.data;
  const signedIn = auth_time ?? iat;
  return {
    claims: {
      subject: sub,
      preferredUsername: preferred_username,
      email: claims.email,
      name: claims.name,
      groups: claims.groups ?? custom?.groups ?? [],
      signedInAt: signedIn === undefined ? undefined : signedIn * 1000,
    },
  };
}

/** Node puts the reason of a failed connection into `cause`. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
