import type { Permissions } from '../consumer-keys/consumer-key';

/** Everything that a change records about itself: `console`, `command line`, `app`, `manager` or `grant`. */
interface Change {
  readonly by: string;
}

interface AccountChange extends Change {
  /** The changed account. The acting user stands beside the detail. */
  readonly userId: number;
  readonly login: string;
}

interface KeyValues {
  readonly description?: string;
  readonly permissions?: Permissions;
  /** A login. */
  readonly owner?: string;
}

/** Why a key was not delivered, as `callback-delivery/delivery-failure.ts` names it, or `interrupted` or `revoked`. */
interface Failure {
  readonly reason: string;
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
  'grant.approved': event<{ permissions: Permissions; ms: number }>('key'),
  'grant.denied': event<object>('key'),
  'grant.delivery_failed': event<Failure>('key'),
  'key.created': event<Change & KeyValues>('key'),
  'key.changed': event<Change & { description: string; from: KeyValues; to: KeyValues }>('key'),
  'key.regenerated': event<Change & KeyValues>('key'),
  'key.revoked': event<
    Change & { owner: number; description: string; permissions: Permissions; byKey?: number }
  >('key'),
  'session.signed_in': event<object>('account'),
  'session.sign_in_failed': event<Partial<Change> & { count?: number }>('account'),
  'session.signed_out': event<{ everywhere?: boolean; another?: boolean }>('account'),
  'user.added': event<AccountChange & { role: string }>('account'),
  'user.removed': event<AccountChange & { role: string; keys: number }>('account'),
  'user.role_changed': event<AccountChange & { from: string; to: string }>('account'),
  'user.disabled': event<AccountChange>('account'),
  'user.enabled': event<AccountChange>('account'),
  'user.password_changed': event<AccountChange>('account'),
};

function event<Detail extends object>(concerns: 'key' | 'account') {
  return { concerns } as { readonly concerns: 'key' | 'account'; readonly detail?: Detail };
}

/** What happened, in the past tense. */
export type AuditEventName = keyof typeof EVENTS;
export type AuditDetail<Name extends AuditEventName> = NonNullable<(typeof EVENTS)[Name]['detail']>;

export const AUDIT_EVENTS = Object.keys(EVENTS) as AuditEventName[];
export const KEY_EVENTS = AUDIT_EVENTS.filter((name) => EVENTS[name].concerns === 'key');

/** One entry. It identifies keys by id and never contains key material, a password or a nonce. */
export type AuditEvent = {
  [Name in AuditEventName]: {
    readonly event: Name;
    /** Milliseconds since 1970, UTC. */
    readonly at: number;
    /** The acting user. Unset for an app, the command line or a visitor without a session. */
    readonly userId?: number | undefined;
    readonly login?: string | undefined;
    readonly address?: string | undefined;
    readonly keyId?: number | undefined;
    readonly appName?: string | undefined;
    readonly callbackOrigin?: string | undefined;
    readonly detail?: Readonly<AuditDetail<Name>> | undefined;
  };
}[AuditEventName];
