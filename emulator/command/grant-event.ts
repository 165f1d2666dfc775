import type { AuditEvent } from '../../server/audit/audit-events';
import type { Permissions } from '../store';

/** How a grant ended. */
export interface GrantEvent {
  readonly app: string;
  readonly outcome: 'approved' | 'denied' | 'failed';
  /** Where the key was sent, such as `https://app.example`. */
  readonly callbackOrigin: string;
  readonly keyId?: number;
  readonly permissions?: Permissions;
  /** Why the key was not delivered, such as `timeout` or `status 500`. */
  readonly reason?: string;
}

/** Returns the end of a grant that an entry of the history is about, if it is about one. */
export function grantEvent(entry: AuditEvent): GrantEvent | undefined {
  const about = {
    app: entry.appName ?? '',
    callbackOrigin: entry.callbackOrigin ?? '',
    ...(entry.keyId === undefined ? {} : { keyId: entry.keyId }),
  };
  switch (entry.event) {
    case 'grant.approved':
      return {
        ...about,
        outcome: 'approved',
        ...(entry.detail ? { permissions: entry.detail.permissions } : {}),
      };
    case 'grant.denied':
      return { ...about, outcome: 'denied' };
    case 'grant.delivery_failed': {
      const { reason = 'interrupted', status, code, problem } = entry.detail ?? {};
      const more = status ?? code ?? problem;
      return { ...about, outcome: 'failed', reason: more === undefined ? reason : `${reason} ${more}` };
    }
    default:
      return undefined;
  }
}
