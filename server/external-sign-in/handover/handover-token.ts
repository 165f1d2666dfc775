import * as z from 'zod';
import type { HandoverConfig } from '../../config/sign-in';
import { isRole } from '../../users/user';
import type { Identity } from '../identity';
import type { RejectionReason } from '../rejected-sign-ins';

/** A valid token of the store's own back end. Times are milliseconds since 1970, UTC. */
export interface HandedOverPerson {
  readonly identity: Identity;
  /** The state of the attempt that it answers. */
  readonly state: string;
  /** Identifies the token, which counts once. */
  readonly jti: string;
  readonly expiresAt: number;
  /** When the person entered their password there, if the back end says so. */
  readonly authTime?: number;
}

export type HandoverTokenOutcome =
  HandedOverPerson | { readonly rejected: RejectionReason; readonly because: string };

export interface HandoverTokenDependencies {
  readonly key: HandoverConfig['key'];
  /** STORE_URL. */
  readonly audience: string;
  readonly now: () => number;
}

export type CheckHandoverToken = ReturnType<typeof handoverTokenCheck>;

/** The most seconds that a token may be valid for. */
const LIFETIME_S = 60;
const CLOCK_SKEW_S = 5;

/** A database cannot store NUL or half of a surrogate pair. */
const text = z.string().regex(/^[^\p{Cc}\p{Cs}]+$/u);
const CLAIMS = z.object({
  sub: text.max(255),
  email: text,
  // People without a name.
  name: z
    .string()
    .regex(/^[^\p{Cc}\p{Cs}]*$/u)
    .nullish(),
  role: z.string(),
  exp: z.number(),
  jti: text.max(255),
  nonce: text.max(255),
  auth_time: z.number().optional(),
});

/**
 * Returns the check of a token (RFC 7519). The configured key decides about the algorithm, and the
 * header of the token does not.
 */
export function handoverTokenCheck({ key, audience, now }: HandoverTokenDependencies) {
  return async (token: string): Promise<HandoverTokenOutcome> => {
    const { errors, jwtVerify } = await import('jose');
    try {
      const { payload } = await jwtVerify(token, key.value, {
        algorithms: [...key.algorithms],
        audience,
        clockTolerance: CLOCK_SKEW_S,
        currentDate: new Date(now()),
      });
      return readClaims(payload);
    } catch (error) {
      if (error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired)
        return badProof(`claim ${error.claim} (${error.reason})`);
      if (error instanceof errors.JOSEError) return badProof(error.code);
      throw error;
    }
  };

  function readClaims(payload: unknown): HandoverTokenOutcome {
    const parsed = CLAIMS.safeParse(payload);
    if (!parsed.success) {
      const names = parsed.error.issues.map(({ path }) => String(path[0]));
      if (names.join() === 'email') return { rejected: 'no_email', because: 'claim email' };
      return badProof(`claims ${[...new Set(names)].join(', ')}`);
    }
    const { sub, email, name, role, exp, jti, nonce, auth_time } = parsed.data;
    if (exp * 1000 > now() + (LIFETIME_S + CLOCK_SKEW_S) * 1000)
      return badProof(`claim exp is more than ${LIFETIME_S} seconds ahead`);
    return {
      identity: {
        subject: { way: 'handover', issuer: '', subject: sub },
        preferredLogin: email,
        email,
        ...(name == null ? {} : { name }),
        ...(isRole(role) ? { role } : {}),
      },
      state: nonce,
      jti,
      // A NumericDate may have a fraction (RFC 7519 section 2), and the database stores whole numbers.
      expiresAt: Math.ceil((exp + CLOCK_SKEW_S) * 1000),
      ...(auth_time === undefined ? {} : { authTime: auth_time * 1000 }),
    };
  }
}

const badProof = (because: string) => ({ rejected: 'bad_proof', because }) as const;
