import type { Messages } from '../pages/messages';
import { hostInBothForms, nameInBothForms } from '../http/shown-host';
import { repeated } from '../http/visible-text';
import type { Rejection } from './address-rules';
import type { DeliveryFailure } from './delivery-failure';

/**
 * Returns one or two plain sentences for the manager. They contain no address and nothing of the
 * app's response body.
 */
export function describeFailure(messages: Messages, failure: DeliveryFailure): string {
  switch (failure.kind) {
    case 'status':
    case 'redirect':
      return messages(`delivery.${failure.kind}`, { status: failure.status });
    case 'timeout':
      return messages('delivery.timeout', { count: Math.round(failure.afterMs / 100) / 10 });
    case 'tls':
      return messages(`delivery.tls.${failure.problem}`);
    case 'address-refused':
      return describeRejection(messages, failure.rejection);
    case 'other':
      return messages('delivery.other_code', { code: failure.code });
    default:
      return messages(`delivery.${failure.kind}`);
  }
}

/** Returns why an address is not allowed, with the host that the app sent. */
export function describeRejection(messages: Messages, { rule, host, range }: Rejection): string {
  return messages(`address.${rule}`, {
    host: repeated(nameInBothForms(host)),
    ...(range === undefined ? {} : { range: messages(`address.range.${range}`) }),
  });
}

/**
 * Returns what to change so that the next delivery succeeds. `host`: of the callback URL, with its
 * port.
 */
export function describeFix(messages: Messages, failure: DeliveryFailure, host: string): string {
  const inBothForms = { host: hostInBothForms(`https://${host}`) };
  switch (failure.kind) {
    case 'tls':
      return messages(`fix.tls.${failure.problem}`, inBothForms);
    case 'address-refused':
      // The other texts are lines to copy: CALLBACK_ALLOW_HOSTS=HOST
      return messages(
        `fix.address.${failure.rejection.rule}`,
        failure.rejection.rule === 'not_found' ? inBothForms : { host },
      );
    case 'other':
      return messages('fix.other_code');
    default:
      return messages(`fix.${failure.kind}`, inBothForms);
  }
}
