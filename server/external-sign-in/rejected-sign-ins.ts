import type { Request } from 'express';
import type { Logger } from 'pino';
import type { AuditLog } from '../audit/audit-log';
import { PageError } from '../errors/http-errors';
import type { StoreUrl } from '../http/store-url';
import type { VisitorOf } from '../http/visitor';
import { clientNetwork } from '../throttle/client-network';
import { failureLimits } from '../throttle/failure-limits';
import type { ThrottleCounts } from '../throttle/throttle-counts';
import type { ExternalWay } from '../users/sign-in-way';

/** Why a sign-in through another system is rejected, with the status of the page. */
const STATUS = {
  /** The attempt is unknown: it took too long, or has ended. */
  expired: 400,
  /** Another browser began the attempt. */
  other_browser: 403,
  /** The person canceled, or the other system rejected. */
  declined: 403,
  /** The other system does not answer, or answers what cannot be used. */
  unavailable: 502,
  /** The proof is not valid: signature, issuer, audience, time, or form. */
  bad_proof: 403,
  reused: 403,
  /** The person had to prove again who they are, and did not. */
  not_fresh: 403,
  no_role: 403,
  no_email: 403,
  bad_email: 403,
  email_taken: 409,
  disabled: 403,
  /** The person has to prove again who they are, and the configuration has no way to do that. */
  no_fresh_way: 403,
  /** The header is missing, is there twice, or comes from a peer that is not in TRUST_PROXY. */
  no_header: 403,
} as const;

export type RejectionReason = keyof typeof STATUS;

export interface SignInRejection {
  readonly way: ExternalWay;
  readonly reason: RejectionReason;
  /** The path to which a new attempt leads. Default: the home page. */
  readonly returnTo?: string | undefined;
  /** Whether a new attempt has to be a fresh sign-in too. */
  readonly isFresh?: boolean | undefined;
  /** For the log: what exactly was wrong. Never a token or a secret. */
  readonly because?: string | undefined;
  /** The account, if the person has one. */
  readonly account?: { readonly userId: number; readonly login: string } | undefined;
}

export interface RejectedSignInDependencies {
  readonly audit: AuditLog;
  readonly counts: ThrottleCounts;
  readonly log: Logger;
  readonly storeUrl: StoreUrl;
  readonly visitorOf: VisitorOf;
  readonly now: () => number;
}

/** From one network, so many rejections within this time are written to the history. All are logged. */
const IN_HISTORY = 50;
const WINDOW_MS = 15 * 60_000;

export type RejectSignIn = ReturnType<typeof rejectedSignIns>;

/**
 * Returns the function that records a rejected sign-in and returns the page that says so: one line in
 * the log, one entry in the history.
 */
export function rejectedSignIns({
  audit,
  counts,
  log,
  storeUrl,
  visitorOf,
  now,
}: RejectedSignInDependencies) {
  const limits = failureLimits({ counts, windowMs: WINDOW_MS, now });

  return async (request: Request, rejection: SignInRejection): Promise<PageError> => {
    const { way, reason, because, account } = rejection;
    const { address } = visitorOf(request);
    log.warn({ way, reason, ...(because === undefined ? {} : { because }), address }, 'sign-in rejected');
    const limit = { counted: ['rejected sign-in', clientNetwork(address)], most: IN_HISTORY } as const;
    if ((await limits.settle([limit], { failed: true })) === 0) {
      const detail = { way, reason };
      await audit.record({ event: 'session.sign_in_rejected', at: now(), ...account, address, detail });
    }
    const back = encodeURIComponent(rejection.returnTo ?? `${storeUrl.basePath}/`);
    const fresh = rejection.isFresh === true ? 'again=1&' : '';
    return new PageError(STATUS[reason], `sign_in.rejected.${reason}`, {
      // A page between, because a new attempt at once could end in the same rejection, in a circle.
      next: {
        href: `${storeUrl.basePath}/wc-auth/v1/sign-in/${way}?${fresh}redirect_to=${back}`,
        label: 'sign_in.try_again',
      },
    });
  };
}
