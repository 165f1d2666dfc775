import type { CallbackPayload, Deliver, DeliveryOutcome } from '../server/callback-delivery/deliver';
import type { Faults } from './store';

/** A delivery to a callback and its outcome. */
export interface Delivery {
  readonly url: string;
  readonly body: CallbackPayload;
  readonly outcome: DeliveryOutcome;
}

export interface FaultyDeliveryDependencies {
  readonly fault: () => Faults['callback'];
  /** How long the store waits for a callback, in milliseconds. */
  readonly timeoutMs: number;
  readonly makeReadOnly: (keyId: number) => Promise<void>;
  readonly note: (delivery: Delivery) => void;
}

/** Returns the function that makes a delivery note what it sent, and fail as `fault` says. */
export function faultyDelivery({ fault, timeoutMs, makeReadOnly, note }: FaultyDeliveryDependencies) {
  async function attempt(deliver: Deliver, ...[url, payload]: Parameters<Deliver>): Promise<Delivery> {
    switch (fault()) {
      case 'unreachable':
        return { url, body: payload, outcome: { delivered: false, reason: { kind: 'unreachable' }, ms: 0 } };
      case 'timeout':
        return {
          url,
          body: payload,
          outcome: { delivered: false, reason: { kind: 'timeout', afterMs: timeoutMs }, ms: timeoutMs },
        };
      case 'duplicate':
        await deliver(url, payload);
        return { url, body: payload, outcome: await deliver(url, payload) };
      case 'read-only': {
        await makeReadOnly(payload.key_id);
        const body = { ...payload, key_permissions: 'read' as const };
        return { url, body, outcome: await deliver(url, body) };
      }
      case undefined:
        return { url, body: payload, outcome: await deliver(url, payload) };
    }
  }
  return (deliver: Deliver): Deliver =>
    async (url, payload) => {
      const delivery = await attempt(deliver, url, payload);
      note(delivery);
      return delivery.outcome;
    };
}
