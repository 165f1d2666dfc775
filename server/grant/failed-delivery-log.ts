import type { Logger } from 'pino';
import type { AuditEvent } from '../audit/audit-events';

/** Returns a function that logs a failed delivery of the history as one warning. */
export function failedDeliveryLog(log: Logger): (event: AuditEvent) => void {
  return ({ event, requestId, appName, callbackOrigin, detail }) => {
    if (event !== 'grant.delivery_failed') return;
    const host = callbackOrigin === undefined ? undefined : new URL(callbackOrigin).host;
    log.warn({ requestId, app: appName, host, ...detail }, 'callback delivery failed');
  };
}
