import type { DeliveryFailure } from '../callback-delivery/delivery-failure';
import type { Permissions } from '../consumer-keys/consumer-key';
import type { ExternalSubject, ExternalWay } from '../users/sign-in-way';

/**
 * How a change can be made. `app`: with the app's own key. `manager`: with a session, at `/revoke`.
 * `grant`: a new key replaces an old one. `import`: it changed in the store that it came from.
 * `sign-in`: what another system said of the person when they signed in. `expiry`: the key had ended long
 * before.
 */
export const CHANGED_BY = [
  'app',
  'manager',
  'grant',
  'console',
  'command line',
  'import',
  'sign-in',
  'expiry',
] as const;
export type ChangedBy = (typeof CHANGED_BY)[number];

/** What every change records about itself. */
interface Change {
  readonly by: ChangedBy;
}

/** The entry itself says everything. */
interface Nothing {
  readonly by?: never;
}

interface AccountChange extends Change {
  /** The changed account. The entry's `userId` is the user who made the change. */
  readonly userId: number;
  readonly login: string;
}

interface AccountValues {
  readonly login?: string;
  readonly email?: string;
  readonly name?: string;
}

export interface KeyValues {
  readonly description?: string;
  readonly permissions?: Permissions;
  /** A login. */
  readonly owner?: string;
  /** ISO 8601, or `never`. */
  readonly expires?: string;
  /** Separated by blanks, or `all`. */
  readonly resources?: string;
  /** CIDR ranges, separated by blanks, or `any`. */
  readonly addresses?: string;
}

/** What one import did. */
interface ImportCounts {
  /** The name of the store that the keys came from. */
  readonly source: string;
  readonly keysImported: number;
  readonly keysChanged: number;
  readonly keysRevoked: number;
  readonly usersImported: number;
  readonly usersChanged: number;
}

/**
 * Why a key was not delivered. `interrupted`: the server stopped. `revoked`: by the app, before it
 * answered.
 */
interface Failure {
  readonly reason: DeliveryFailure['kind'] | 'interrupted' | 'revoked';
  readonly status?: number;
  readonly problem?: string;
  readonly code?: string;
  /** Milliseconds. */
  readonly ms?: number;
}

/**
 * Every event of the history, with the shape of its detail and what it concerns. All managers see
 * the events that concern keys. Only administrators see those of other people's accounts.
 *
 * To add an event: add it here, record it, and add its text under `history.event` in the message
 * files.
 */
const EVENTS = {
  'grant.approved': event<
    { permissions: Permissions; ms: number } & Pick<KeyValues, 'expires' | 'resources' | 'addresses'>
  >('key'),
  'grant.denied': event<Nothing>('key'),
  'grant.delivery_failed': event<Failure>('key', 'failure'),
  'import.finished': event<Change & ImportCounts>('key'),
  'key.created': event<Change & KeyValues>('key'),
  'key.imported': event<Change & KeyValues & { source: string }>('key'),
  'key.changed': event<Change & { description: string; from: KeyValues; to: KeyValues }>('key'),
  'key.regenerated': event<Change & KeyValues>('key'),
  /** `expires`: when the old key ends. */
  'key.replaced': event<Change & KeyValues & { byKey: number }>('key'),
  'key.revoked': event<
    Change & { owner: number; description: string; permissions: Permissions; byKey?: number }
  >('key'),
  'session.signed_in': event<{ way?: ExternalWay }>('session'),
  'session.sign_in_failed': event<Partial<Change> & { count?: number }>('session', 'failure'),
  'session.sign_in_rejected': event<{ way: ExternalWay; reason: string }>('session', 'failure'),
  /** `way`: the other system ended the session. */
  'session.signed_out': event<{ everywhere?: boolean; another?: boolean; way?: ExternalWay }>('session'),
  'user.added': event<AccountChange & { role: string }>('account'),
  'user.changed': event<AccountChange & { from: AccountValues; to: AccountValues }>('account'),
  'user.removed': event<AccountChange & { role: string; keys: number }>('account'),
  'user.role_changed': event<AccountChange & { from: string; to: string }>('account'),
  'user.disabled': event<AccountChange>('account'),
  'user.enabled': event<AccountChange>('account'),
  'user.password_changed': event<AccountChange>('account'),
  'user.linked': event<AccountChange & ExternalSubject>('account'),
  'user.unlinked': event<AccountChange & ExternalSubject>('account'),
};

interface Declared<Detail extends object> {
  /**
   * `session`: a sign-in of the acting user. `account`: a change to an account, perhaps another's.
   */
  readonly concerns: 'key' | 'session' | 'account';
  readonly outcome: 'done' | 'failure';
  readonly detail?: Detail;
}

function event<Detail extends object>(
  concerns: Declared<Detail>['concerns'],
  outcome: Declared<Detail>['outcome'] = 'done',
): Declared<Detail> {
  return { concerns, outcome };
}

/** What happened, in the past tense. */
export type AuditEventName = keyof typeof EVENTS;
export type AuditDetail<Name extends AuditEventName> = NonNullable<(typeof EVENTS)[Name]['detail']>;

export const AUDIT_EVENTS = Object.keys(EVENTS) as AuditEventName[];
export const KEY_EVENTS = AUDIT_EVENTS.filter((name) => EVENTS[name].concerns === 'key');
/** Returns what an event is about: a session, a key or an account. */
export const concerns = (name: AuditEventName) => EVENTS[name].concerns;
/** Returns whether the event is an attempt that failed. */
export const isFailure = (name: AuditEventName): boolean => EVENTS[name].outcome === 'failure';

/**
 * What every entry has. It identifies keys by id and never contains key material, a password or a
 * nonce.
 */
interface Entry {
  /** Milliseconds since 1970, UTC. */
  readonly at: number;
  /** The acting user. Unset for an app, the command line or a visitor without a session. */
  readonly userId?: number | undefined;
  readonly login?: string | undefined;
  readonly address?: string | undefined;
  readonly keyId?: number | undefined;
  readonly appName?: string | undefined;
  readonly callbackOrigin?: string | undefined;
}

/** An entry to add. */
export type AuditEvent = {
  [Name in AuditEventName]: Entry & {
    readonly event: Name;
    /** The id of the request in the log. The history does not store it. */
    readonly requestId?: string | undefined;
    readonly detail?: Readonly<AuditDetail<Name>> | undefined;
  };
}[AuditEventName];

/**
 * An entry as it is read back. Ids increase with time. An earlier version may have recorded less
 * detail, or words that this version does not know.
 */
export type RecordedEvent = {
  [Name in AuditEventName]: Entry & {
    readonly eventId: number;
    readonly event: Name;
    // eslint-disable-next-line @typescript-eslint/no-generated-empty-object-type -- Nothing is empty
    readonly detail: Readonly<Partial<AuditDetail<Name>>>;
  };
}[AuditEventName];
