import type { Knex } from 'knex';
import type { Columns } from '../storage/bulk-writes';
import type { Database } from '../storage/database';
import type { Dialect } from '../storage/dialect';
import { insertMany } from '../storage/insert-many';
import { exactly } from '../storage/like-pattern';
import { KEY_EVENTS, type AuditEvent, type AuditEventName, type RecordedEvent } from './audit-events';

/** A person in the history. */
export interface Person {
  readonly login: string;
  /** Of the account that has this login now. Its entries may have an earlier login. */
  readonly userId?: number | undefined;
}

/** A filter. An entry has to meet every condition. */
export interface AuditFilter {
  readonly event?: AuditEventName | undefined;
  readonly person?: Person | undefined;
  readonly appName?: string | undefined;
  readonly keyId?: number | undefined;
  /** Of sign-ins and accounts, only those of this user. */
  readonly withoutOthersAccounts?: number | undefined;
  /** Only entries from this time on. Milliseconds since 1970. */
  readonly since?: number | undefined;
  /** Only entries before this one. */
  readonly before?: number | undefined;
}

export type AuditLog = ReturnType<typeof auditLog>;

interface Row {
  audit_event_id: number;
  event: AuditEventName;
  at: number;
  user_id: number | null;
  login: string | null;
  address: string | null;
  key_id: number | null;
  app_name: string | null;
  callback_origin: string | null;
  detail: string;
}

/**
 * Returns the history. It only adds entries; history-retention.ts removes old ones. `noteEvent` is
 * called for each new entry.
 */
export function auditLog(
  { knex, dialect }: Pick<Database, 'knex' | 'dialect'>,
  noteEvent: (event: AuditEvent) => void = () => undefined,
) {
  async function recordAll(events: readonly AuditEvent[], within: Knex): Promise<void> {
    if (events.length === 0) return;
    await insertMany(within, dialect, {
      table: 'audit_events',
      columns: COLUMNS,
      rows: events.map(valuesOf),
    });
    onceCommitted(within, () => {
      for (const event of events) noteEvent(event);
    });
  }

  return {
    /**
     * Adds an entry. With `within`, it becomes part of the transaction that it describes: both
     * happen or neither.
     */
    record: (event: AuditEvent, within: Knex = knex): Promise<void> => recordAll([event], within),

    /** Adds many entries, in their order. */
    recordAll,

    /** Returns those of these ids that entries are about. Their keys may be revoked. */
    async keyIdsAmong(ids: readonly number[], within: Knex): Promise<number[]> {
      return (await within('audit_events')
        .whereIn('key_id', ids)
        .distinct('key_id')
        .pluck('key_id')) as number[];
    },

    /** Lists entries, the newest first. */
    async list(limit: number, filter: AuditFilter = {}): Promise<RecordedEvent[]> {
      const query = knex<Row>('audit_events').orderBy('audit_event_id', 'desc').limit(limit);
      const { event, person, appName, keyId, since, before, withoutOthersAccounts: userId } = filter;
      if (event !== undefined) void query.where('event', event);
      if (person !== undefined) void query.where(of(person, dialect));
      if (appName !== undefined) void query.where('app_name', appName);
      if (keyId !== undefined) void query.where('key_id', keyId);
      if (since !== undefined) void query.where('at', '>=', since);
      if (before !== undefined) void query.where('audit_event_id', '<', before);
      if (userId !== undefined)
        void query.where((either) => void either.whereIn('event', KEY_EVENTS).orWhere('user_id', userId));
      return (await query).map(recorded);
    },
  };
}

const of =
  ({ login, userId }: Person, dialect: Dialect) =>
  (query: Knex.QueryBuilder): void => {
    const { sql, values } = dialect.like('login', exactly(login));
    if (userId === undefined) void query.whereRaw(sql, values);
    else void query.where('login', login).orWhere('user_id', userId);
  };

const COLUMNS: Columns = {
  event: 'text',
  at: 'bigint',
  user_id: 'bigint',
  login: 'text',
  address: 'text',
  key_id: 'bigint',
  app_name: 'text',
  callback_origin: 'text',
  detail: 'text',
};

/** Returns the values of {@link COLUMNS}. */
const valuesOf = (event: AuditEvent) => [
  event.event,
  event.at,
  event.userId ?? null,
  event.login ?? null,
  event.address ?? null,
  event.keyId ?? null,
  event.appName ?? null,
  event.callbackOrigin ?? null,
  JSON.stringify(event.detail ?? {}),
];

const recorded = (row: Row) =>
  ({
    eventId: row.audit_event_id,
    event: row.event,
    at: row.at,
    userId: row.user_id ?? undefined,
    login: row.login ?? undefined,
    address: row.address ?? undefined,
    keyId: row.key_id ?? undefined,
    appName: row.app_name ?? undefined,
    callbackOrigin: row.callback_origin ?? undefined,
    detail: JSON.parse(row.detail) as RecordedEvent['detail'],
  }) as RecordedEvent;

/**
 * Calls `noteEvent` after the transaction commits, or at once without one. Never calls it after a
 * rollback.
 */
function onceCommitted(within: Knex, tell: () => void): void {
  if (within.isTransaction) (within as Knex.Transaction).executionPromise.then(tell, () => undefined);
  else tell();
}
