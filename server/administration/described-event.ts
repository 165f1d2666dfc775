import { concerns, type RecordedEvent } from '../audit/audit-events';
import { isPermissions } from '../consumer-keys/consumer-key';
import { hostInBothForms } from '../http/shown-host';
import type { Messages } from '../pages/messages';
import { ACCOUNT_DETAILS, isRole } from '../users/user';

/** An event in words. Older events may lack details, which are then omitted. */
export interface DescribedEvent {
  readonly who: string;
  /** The app, the key or the account. Empty if there is none. */
  readonly about: string;
  readonly notes: readonly string[];
}

/** Puts an event of the history into words, for the console and the command line. */
export function describeEvent(entry: RecordedEvent, messages: Messages): DescribedEvent {
  const { event, appName, callbackOrigin, detail } = entry;
  const about = 'description' in detail ? detail.description : 'login' in detail ? detail.login : undefined;
  return {
    who: whoOf(entry, messages),
    about: about ?? (concerns(event) === 'key' ? appName : undefined) ?? '',
    notes: [
      ...notesOf(entry, messages),
      ...note(messages, 'app', about === undefined ? undefined : appName),
      ...note(messages, 'host', callbackOrigin && hostInBothForms(callbackOrigin)),
    ],
  };
}

function whoOf({ login, detail }: RecordedEvent, messages: Messages): string {
  if (login !== undefined) return login;
  const by = 'by' in detail ? detail.by : undefined;
  if (by === 'command line') return messages('history.who.command_line');
  if (by === 'import') return messages('history.who.import');
  if (by === 'expiry') return messages('history.who.expiry');
  return messages(by === 'app' ? 'history.who.app' : 'history.who.not_signed_in');
}

/** Returns what is special about each kind of event. */
function notesOf(entry: RecordedEvent, messages: Messages): string[] {
  const permissions = (value = '') => note(messages, 'permissions', permissionsName(value, messages));
  const limits = (detail: LimitDetails) =>
    LIMITS.flatMap((name) => note(messages, name, limitInWords(name, detail[name], messages)));
  switch (entry.event) {
    case 'grant.approved':
    case 'key.created':
      return [...permissions(entry.detail.permissions), ...limits(entry.detail)];
    case 'key.regenerated':
      return permissions(entry.detail.permissions);
    case 'key.replaced': {
      const { byKey, expires } = entry.detail;
      return [
        ...note(messages, 'replaced', byKey?.toString()),
        ...note(messages, 'old_ends', limitInWords('expires', expires, messages)),
      ];
    }
    case 'key.imported':
      return [...permissions(entry.detail.permissions), ...note(messages, 'source', entry.detail.source)];
    case 'import.finished':
      return importNotes(entry.detail, messages);
    case 'grant.delivery_failed':
      return [reasonOf(entry.detail, messages)];
    case 'key.changed':
      return changesOf(entry.detail, ['description', 'permissions', 'owner', ...LIMITS], messages);
    case 'user.changed':
      return changesOf(entry.detail, ACCOUNT_DETAILS, messages);
    case 'key.revoked': {
      const { by, byKey } = entry.detail;
      return [
        ...permissions(entry.detail.permissions),
        ...note(messages, 'replaced', by === 'grant' ? byKey?.toString() : undefined),
        ...(by === 'expiry' ? [messages('history.note.expired')] : []),
      ];
    }
    case 'session.sign_in_failed':
      // One entry counts the failed sign-ins of a day.
      return note(messages, 'count', entry.detail.count?.toString());
    case 'session.signed_in':
      return wayNote(entry.detail.way, messages);
    case 'session.sign_in_rejected':
      return [...rejectionNote(entry.detail.reason, messages), ...wayNote(entry.detail.way, messages)];
    case 'user.linked':
    case 'user.unlinked':
      return [...wayNote(entry.detail.way, messages), ...note(messages, 'subject', entry.detail.subject)];
    case 'session.signed_out':
      return [
        ...(entry.detail.everywhere === true ? [messages('history.note.everywhere')] : []),
        ...wayNote(entry.detail.way, messages),
      ];
    case 'user.added':
      return note(messages, 'role', roleName(entry.detail.role, messages));
    case 'user.role_changed': {
      const { from, to } = entry.detail;
      const values = { from: roleName(from, messages), to: roleName(to, messages) };
      return [messages('history.changed.role', values)];
    }
    default:
      return [];
  }
}

const LIMITS = ['expires', 'resources', 'addresses'] as const;
type LimitDetails = Readonly<Partial<Record<(typeof LIMITS)[number], string>>>;

const note = (messages: Messages, key: string, value: string | undefined): string[] =>
  value === undefined || value === '' ? [] : [messages(`history.note.${key}`, { value })];

const wayNote = (way: string | undefined, messages: Messages): string[] =>
  messages.has(`history.note.way.${way}`) ? [messages(`history.note.way.${way}`)] : [];

const rejectionNote = (reason = '', messages: Messages): string[] =>
  messages.has(`history.rejected.${reason}`) ? [messages(`history.rejected.${reason}`)] : [];

// A later version may have recorded permissions and roles that this one does not know.
const permissionsName = (value: string, messages: Messages): string =>
  isPermissions(value) ? messages(`scope.name.${value}`) : value;

const roleName = (role = '', messages: Messages): string => (isRole(role) ? messages(`role.${role}`) : role);

/** Returns a limit as it is recorded, in words. A later version may have recorded other groups. */
function limitInWords(name: string, value: string | undefined, messages: Messages): string | undefined {
  if (value === undefined || value === '') return undefined;
  if (messages.has(`history.value.${value}`)) return messages(`history.value.${value}`);
  if (name === 'expires') return Number.isNaN(Date.parse(value)) ? value : timeInWords(new Date(value));
  const parts = value.split(' ');
  return parts.map((one) => (name === 'resources' ? groupName(one, messages) : one)).join(', ');
}

const groupName = (name: string, messages: Messages): string =>
  messages.has(`resource.of_${name}`) ? messages(`resource.of_${name}`) : name;

/** `2027-01-31 09:05 UTC` */
const timeInWords = (time: Date): string => `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

function importNotes(detail: DetailOf<'import.finished'>, messages: Messages): string[] {
  const { source, keysImported, keysChanged, keysRevoked, usersImported, usersChanged } = detail;
  const counted = (name: string, count = 0) => (count === 0 ? [] : note(messages, name, String(count)));
  return [
    ...note(messages, 'source', source),
    ...counted('keys_imported', keysImported),
    ...counted('keys_changed', keysChanged),
    ...counted('keys_revoked', keysRevoked),
    ...counted('users_imported', usersImported),
    ...counted('users_changed', usersChanged),
  ];
}

type DetailOf<Name> = Extract<RecordedEvent, { event: Name }>['detail'];

function changesOf(
  detail: DetailOf<'key.changed' | 'user.changed'>,
  names: readonly string[],
  messages: Messages,
): string[] {
  const [from, to] = [valuesOf(detail.from), valuesOf(detail.to)];
  return names
    .filter((name) => name in from)
    .map((name) => {
      const shown = ({ [name]: value }: typeof from) => {
        if (name === 'permissions') return permissionsName(String(value), messages);
        const isLimit = (LIMITS as readonly string[]).includes(name);
        return (isLimit ? limitInWords(name, String(value), messages) : undefined) ?? String(value);
      };
      return messages(`history.changed.${name}`, { from: shown(from), to: shown(to) });
    });
}

/** Returns one side of a change. The stored detail may be damaged. */
const valuesOf = (side: unknown): Readonly<Record<string, unknown>> =>
  typeof side === 'object' && side !== null ? { ...side } : {};

/** Returns the most specific text that the message file has for a failed delivery. */
function reasonOf(detail: DetailOf<'grant.delivery_failed'>, messages: Messages): string {
  const { reason, problem, status = '', code = '' } = detail;
  const known = [`${reason}_${problem}`, reason].find((name) => messages.has(`history.reason.${name}`));
  return messages(`history.reason.${known ?? 'failed'}`, { status, code });
}
