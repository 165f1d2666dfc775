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
 * Returns what the app, and the store's operator, can change so that the next delivery to this
 * `callback_url` succeeds. Either may be unable to do anything.
 */
export function describeFixes(
  messages: Messages,
  failure: DeliveryFailure,
  callbackUrl: string,
): { readonly fix?: string; readonly operatorFix?: string } {
  const { host, hostname, pathname } = new URL(callbackUrl);
  const values = {
    host: hostInBothForms(callbackUrl),
    name: nameInBothForms(hostname),
    // For lines to copy: CALLBACK_ALLOW_HOSTS=HOST
    ascii_host: host,
    path: pathname,
  };
  const text = (key: string) => (messages.has(key) ? messages(key, values) : undefined);
  const fix = text(`fix.${fixKey(failure)}`);
  const operatorFix = text(`operator_fix.${fixKey(failure)}`);
  return { ...(fix === undefined ? {} : { fix }), ...(operatorFix === undefined ? {} : { operatorFix }) };
}

/** Returns all that can be changed, for those who see both sides. */
export function describeFix(messages: Messages, failure: DeliveryFailure, callbackUrl: string): string {
  const { fix, operatorFix } = describeFixes(messages, failure, callbackUrl);
  return [fix, operatorFix].filter((text) => text !== undefined).join(' ');
}

function fixKey(failure: DeliveryFailure): string {
  switch (failure.kind) {
    case 'tls':
      return `tls.${failure.problem}`;
    case 'address-refused':
      return `address.${failure.rejection.rule}`;
    case 'other':
      return 'other_code';
    default:
      return failure.kind;
  }
}
