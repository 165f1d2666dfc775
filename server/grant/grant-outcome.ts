import type { DeliveryFailure } from '../callback-delivery/delivery-failure';
import type { GrantRequest } from './grant-request-store';

/** How a decision ended. */
export type GrantOutcome =
  | { readonly kind: 'granted' }
  | { readonly kind: 'denied' }
  | { readonly kind: 'failed'; readonly failure: GrantFailure; readonly report: FailureReport };

/** Why an approved key was not granted: the delivery failed, or one of the reasons below. */
export type GrantFailure =
  | DeliveryFailure
  /** The process that delivered the key ended early. */
  | { readonly kind: 'interrupted' }
  /** The key was revoked during the delivery. */
  | { readonly kind: 'revoked' };

/** Where the log has a failure. */
export interface FailureReport {
  readonly requestId: string;
  /** Milliseconds since 1970, UTC. */
  readonly at: number;
}

/**
 * Returns the outcome of a request, or `undefined` if it is not settled yet. `unreported` is the
 * report of a failure that was stored without one.
 */
export function settledAs(
  request: GrantRequest | undefined,
  unreported: FailureReport,
): GrantOutcome | undefined {
  if (request?.decision === 'denied') return { kind: 'denied' };
  if (request?.outcome === 'delivered') return { kind: 'granted' };
  if (request?.outcome !== 'failed') return undefined;
  const { report = unreported, ...failure } = JSON.parse(request.failure ?? '{}') as StoredFailure;
  return { kind: 'failed', failure, report };
}

type StoredFailure = GrantFailure & { readonly report?: FailureReport };

/** Returns a failure in the form that {@link settledAs} reads. */
export const storedFailure = (failure: GrantFailure, report: FailureReport): string =>
  JSON.stringify({ ...failure, report } satisfies StoredFailure);

/**
 * Returns the details of a failure for the audit log. They contain no address and nothing that the
 * app sent.
 */
export function failureFacts(failure: GrantFailure): Record<string, string | number> {
  if ('status' in failure) return { status: failure.status };
  if ('problem' in failure) return { problem: failure.problem };
  return 'code' in failure ? { code: failure.code } : {};
}
