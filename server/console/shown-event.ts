import type { RecordedEvent } from '../audit/audit-log';
import { isPermissions } from '../consumer-keys/consumer-key';
import type { Messages } from '../pages/messages';
import { isRole } from '../users/user';
import type { ShownEvent } from './console-pages';
import { hostOf } from './shown-keys';

/**
 * Returns an event of the history as the page shows it. Older events may lack details; the page
 * then omits them.
 */
export function showEvent(
  { event, at, login, address, keyId, appName, callbackOrigin, detail }: RecordedEvent,
  messages: Messages,
  basePath: string,
): ShownEvent {
  const text = (name: string): string | undefined => {
    const value = detail[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  };
  const note = (key: string, value: string | undefined) =>
    value === undefined || value === '' ? [] : [messages(`history.note.${key}`, { value })];
  const permissions = (value: unknown): string | undefined =>
    typeof value === 'string' && isPermissions(value) ? messages(`scope.name.${value}`) : undefined;
  const role = (value: string | undefined) =>
    value !== undefined && isRole(value) ? messages(`role.${value}`) : value;
  const isAccount = event.startsWith('user.');

  const side = (name: 'from' | 'to') => {
    const values = detail[name];
    return typeof values === 'object' && values !== null ? (values as Record<string, unknown>) : {};
  };
  const shownValue = (name: string, value: unknown) =>
    (name === 'permissions' ? permissions(value) : undefined) ?? (typeof value === 'string' ? value : '');
  const changes = ['description', 'permissions', 'owner']
    .filter((name) => event === 'key.changed' && name in side('from'))
    .map((name) =>
      messages(`history.changed.${name}`, {
        from: shownValue(name, side('from')[name]),
        to: shownValue(name, side('to')[name]),
      }),
    );
  return {
    event,
    at: new Date(at),
    who: login ?? whoElse(),
    ...(address === undefined ? {} : { address }),
    about: isAccount ? (text('login') ?? '') : (text('description') ?? appName ?? ''),
    notes: [
      ...changes,
      ...(event === 'user.role_changed'
        ? [messages('history.changed.role', { from: role(text('from')) ?? '', to: role(text('to')) ?? '' })]
        : []),
      ...(event === 'user.added' ? note('role', role(text('role'))) : []),
      ...(event === 'grant.delivery_failed' ? [reason()] : []),
      ...note('permissions', event === 'key.changed' ? undefined : permissions(detail['permissions'])),
      ...(text('description') !== undefined && appName !== undefined ? note('app', appName) : []),
      ...note('host', callbackOrigin === undefined ? undefined : hostOf(callbackOrigin)),
      ...(event === 'key.revoked' && text('by') === 'grant' ? note('replaced', text('byKey')) : []),
      // One event counts the failed sign-ins of a day.
      ...note('count', text('count')),
      ...(detail['everywhere'] === true ? [messages('history.note.everywhere')] : []),
    ],
    ...(keyId === undefined ? {} : { keyId, keyHref: `${basePath}/keys/${keyId}` }),
    failed: event === 'grant.delivery_failed' || event === 'session.sign_in_failed',
  };

  function whoElse(): string {
    const by = text('by');
    if (by === 'command line') return messages('history.who.command_line');
    if (by === 'app') return messages('history.who.app');
    return messages('history.who.not_signed_in');
  }

  function reason(): string {
    const kind = text('reason') ?? 'failed';
    const problem = text('problem');
    const key = kind === 'tls' && problem !== undefined ? `tls_${problem}` : kind;
    const known = REASONS.includes(key) ? key : REASONS.includes(kind) ? kind : 'failed';
    return messages(`history.reason.${known}`, { status: text('status') ?? '', code: text('code') ?? '' });
  }
}

const REASONS = [
  'status',
  'redirect',
  'timeout',
  'refused',
  'closed',
  'unreachable',
  'dns',
  'tls',
  'tls_expired',
  'tls_not-yet-valid',
  'tls_self-signed',
  'tls_unknown-authority',
  'tls_wrong-name',
  'not-http',
  'address-refused',
  'interrupted',
  'revoked',
];
