import type { DeliveryOutcome } from '../../server/callback-delivery/deliver';
import type { Warning } from '../store';
import { warning } from './warning-list';

/** Returns what WooCommerce would do differently after a callback was called. */
export function deliveryWarnings(outcome: DeliveryOutcome, callbackUrl: string): Warning[] {
  if (outcome.delivered) return [];
  const { reason } = outcome;
  switch (reason.kind) {
    case 'status':
      return []; // the same sentence
    case 'redirect': {
      const method = [302, 303].includes(reason.status) ? ' with a GET' : '';
      return [
        warning(
          'callback-redirect',
          `${callbackUrl} answers ${reason.status}. WooCommerce follows the redirect${method} and sends the keys along. This store does not.`,
          'callback_url',
        ),
      ];
    }
    default:
      return [
        warning(
          'callback-failure',
          `WooCommerce shows the error of its HTTP client (cURL) in place of this store's text.`,
          'callback_url',
        ),
      ];
  }
}
