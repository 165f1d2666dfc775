import type { DeliveryFailure } from '../callback-delivery/delivery-failure';
import type { GrantRequest } from './grant-request-store';

/** How a decision ended. */
export type GrantOutcome =
  | { readonly kind: 'granted' }
  | { readonly kind: 'denied' }
  | { readonly kind: 'failed'; readonly failure: GrantFailure };

/** Why an approved key was not granted: the delivery failed, or one of the reasons below. */
export type GrantFailure =
  | DeliveryFailure
  /** The process that delivered the key ended early. */
  | { readonly kind: 'interrupted' }
  /** The key was revoked during the delivery. */
  | { readonly kind: 'revoked' };

/** Returns the outcome of a request, or `undefined` if it is not settled yet. */
export function settledAs(request: GrantRequest | undefined): GrantOutcome | undefined {
  if (request?.decision === 'denied') return { kind: 'denied' };
  if (request?.outcome === 'delivered') return { kind: 'granted' };
  if (request?.outcome === 'failed')
    return { kind: 'failed', failure: JSON.parse(request.failure ?? '{}') as GrantFailure };
  return undefined;
}

/**
 * Returns the details of a failure for the audit log. They contain no address and nothing that the
 * app sent.
 */
export function failureFacts(failure: GrantFailure): Record<string, string | number> {
  if ('status' in failure) return { status: failure.status };
  if ('problem' in failure) return { problem: failure.problem };
  return 'code' in failure ? { code: failure.code } : {};
}
