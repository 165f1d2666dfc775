import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage } from 'node:http';
import type { Delivery } from './delivery';
import { VISIT_HEADER } from './manager-visit';

/** Tells which delivery a visit of the test kit caused, while other visits go on. */
export function visitDeliveries() {
  const current = new AsyncLocalStorage<string>();
  const deliveries = new Map<string, Delivery>();
  return {
    /** Handles a request as part of the visit that its header names. */
    within(request: IncomingMessage, handle: () => void): void {
      const visit = request.headers[VISIT_HEADER];
      if (typeof visit === 'string') current.run(visit, handle);
      else handle();
    },
    note(delivery: Delivery): void {
      const visit = current.getStore();
      if (visit !== undefined) deliveries.set(visit, delivery);
    },
    /** Removes and returns the delivery of a visit. */
    take: (visit: string): Delivery | undefined => {
      const delivery = deliveries.get(visit);
      deliveries.delete(visit);
      return delivery;
    },
  };
}
