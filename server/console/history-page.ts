import type { AuditEventName } from '../audit/audit-events';
import type { Framed } from './framed-page';
import type { Pager } from './paging';

export interface ShownEvent {
  readonly event: AuditEventName;
  readonly at: Date;
  /** A login, or a description if no user did it. */
  readonly who: string;
  readonly address?: string;
  /** The object of the event: an account, a key's description or an app. */
  readonly about: string;
  readonly notes: readonly string[];
  readonly keyId?: number;
  readonly keyHref?: string;
  readonly failed: boolean;
}

export interface HistoryPage extends Framed {
  readonly events: readonly ShownEvent[];
  readonly filter: {
    readonly event: string;
    readonly person: string;
    readonly app: string;
    readonly key: string;
  };
  readonly eventNames: readonly AuditEventName[];
  readonly isFiltered: boolean;
  readonly isOutOfRange: boolean;
  readonly csvHref: string;
  readonly newestHref: string;
  readonly pager: Pager;
}
