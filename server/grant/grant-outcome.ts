import type { DeliveryFailure } from '../callback-delivery/delivery-failure';
import type { GrantRequest } from './grant-request-store';

/** How a decision ended. */
export type GrantOutcome =
  | { readonly kind: 'granted' }
  | { readonly kind: 'denied' }
  | { readonly kind: 'failed'; readonly failure: GrantFailure };

/** Why an approved key did not come about: the app's answer, or something on our side of it. */
export type GrantFailure =
  | DeliveryFailure
  /** The process that carried out the approval died. */
  | { readonly kind: 'interrupted' }
  /** The key was revoked while its callback was in flight. */
  | { readonly kind: 'revoked' };

/** How a request ended; `undefined` while it has not. */
export function settledAs(request: GrantRequest | undefined): GrantOutcome | undefined {
  if (request?.decision === 'denied') return { kind: 'denied' };
  if (request?.outcome === 'delivered') return { kind: 'granted' };
  if (request?.outcome === 'failed')
    return { kind: 'failed', failure: JSON.parse(request.failure ?? '{}') as GrantFailure };
  return undefined;
}

/** What of a failure goes into the audit besides its kind: no address, nothing the app wrote. */
export function failureFacts(failure: GrantFailure): Record<string, string | number> {
  if ('status' in failure) return { status: failure.status };
  if ('problem' in failure) return { problem: failure.problem };
  return 'code' in failure ? { code: failure.code } : {};
}
