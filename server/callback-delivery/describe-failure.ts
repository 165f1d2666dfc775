import type { Messages } from '../pages/messages';
import { repeated } from '../http/visible-text';
import type { Refusal } from './address-rules';
import type { DeliveryFailure } from './delivery-failure';

/** One or two sentences in plain words for the manager's page. No address, nothing of the app's answer body. */
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
      return describeRefusal(messages, failure.refusal);
    case 'other':
      return messages('delivery.other_code', { code: failure.code });
    default:
      return messages(`delivery.${failure.kind}`);
  }
}

/** Why an address may not be called, naming the host that the app gave. */
export function describeRefusal(messages: Messages, { rule, host, range }: Refusal): string {
  return messages(`address.${rule}`, {
    host: repeated(host),
    ...(range === undefined ? {} : { range: messages(`address.range.${range}`) }),
  });
}
