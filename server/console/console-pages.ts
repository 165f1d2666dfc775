import type { AuditEventName } from '../audit/audit-events';
import type { Permissions } from '../consumer-keys/consumer-key';
import type { MessageText } from '../errors/message-text';
import { templates, type TemplateDependencies } from '../pages/templates';
import type { Role } from '../users/user';
import type { Frame } from './console-door';
import type { ShownApp, ShownListedKey, ShownOwnedKey } from './shown-keys';

/** The ways on from a list that is shown in pieces; each a whole path of this server. */
export interface Pager {
  readonly previousHref?: string;
  readonly nextHref?: string;
}

interface Framed {
  readonly frame: Frame;
  /** What has just been done (role status). */
  readonly notice?: MessageText;
  /** Why a form was not taken (role alert). */
  readonly error?: MessageText;
}

export interface KeysPage extends Framed {
  readonly keys: readonly ShownListedKey[];
  /** The filter as typed. */
  readonly filter: {
    readonly search: string;
    readonly app: string;
    readonly owner: string;
    readonly permissions: string;
    readonly unused: boolean;
    readonly sort: string;
  };
  readonly isFiltered: boolean;
  readonly sorts: readonly string[];
  /** For each column that can be sorted by: where a click leads, and how it is sorted now. */
  readonly columns: Readonly<
    Record<'created' | 'used' | 'description', { href: string; sorted: 'ascending' | 'descending' | 'none' }>
  >;
  readonly appNames: readonly string[];
  readonly ownerLogins: readonly string[];
  readonly firstShown: number;
  /** A page number behind the last page. */
  readonly isOutOfRange: boolean;
  readonly pager: Pager;
  /** Where all keys of the app, the owner, or both filtered by can be revoked. */
  readonly revokeAll?: { readonly href: string; readonly label: string };
}

export interface NewKeyPage extends Framed {
  readonly formId: string;
  readonly values: { readonly description: string; readonly owner: string; readonly permissions: string };
  /** Whom a key may be made for; one alone is no choice. */
  readonly owners: readonly string[];
  /** There are too many to choose from: a login is typed. */
  readonly ownerIsTyped: boolean;
}

export interface KeyPage extends Framed {
  readonly key: ShownOwnedKey;
  readonly isEditable: boolean;
  readonly mayRevoke: boolean;
  readonly mayRegenerate: boolean;
  readonly values: { readonly description: string; readonly owner: string; readonly permissions: string };
  /** Whom the key may be given to; empty for those who may not. */
  readonly owners: readonly string[];
  /** There are too many to choose from: a login is typed. */
  readonly ownerIsTyped: boolean;
}

/** The one page that shows a pair. */
export interface SecretPage extends Framed {
  readonly isNew: boolean;
  readonly keyId: number;
  readonly description: string;
  readonly permissions: Permissions;
  readonly owner: string;
  readonly consumerKey: string;
  readonly consumerSecret: string;
  /** `data:image/svg+xml;base64,…` of `ck_…|cs_…`. */
  readonly qrCode: string;
}

/** What stops, and the button that stops it. */
export interface ConfirmPage extends Framed {
  readonly title: string;
  readonly lead: string;
  readonly notes: readonly string[];
  readonly keysHeading?: string;
  readonly keys: readonly ShownOwnedKey[];
  readonly furtherKeys: number;
  readonly apps: readonly ShownApp[];
  readonly furtherApps: number;
  readonly action: string;
  readonly hidden: readonly (readonly [name: string, value: string])[];
  readonly submit: string;
  readonly busy: string;
  readonly isHarmful: boolean;
  readonly cancelHref: string;
}

export interface AppsPage extends Framed {
  readonly apps: readonly (ShownApp & { readonly keysHref: string; readonly disconnectHref?: string })[];
  readonly everyone: boolean;
  readonly isOutOfRange: boolean;
  readonly pager: Pager;
}

export interface ShownEvent {
  readonly event: AuditEventName;
  readonly at: Date;
  /** A login, or in words who it was instead. */
  readonly who: string;
  readonly address?: string;
  /** What it was done to, and further words about it. */
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

export interface AccountPage extends Framed {
  readonly isManager: boolean;
  readonly email: string;
  readonly sessions: readonly {
    readonly id: string;
    readonly address: string;
    readonly userAgent: string;
    readonly signedInAt: Date;
    readonly lastSeenAt: Date;
    readonly isThisOne: boolean;
  }[];
}

export interface ShownAccount {
  readonly userId: number;
  readonly login: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  readonly isDisabled: boolean;
  readonly createdAt: Date;
  readonly href: string;
}

export interface UsersPage extends Framed {
  readonly accounts: readonly ShownAccount[];
  readonly search: string;
  readonly isOutOfRange: boolean;
  readonly pager: Pager;
}

export interface NewUserPage extends Framed {
  readonly values: {
    readonly login: string;
    readonly email: string;
    readonly name: string;
    readonly role: string;
  };
}

export interface UserPage extends Framed {
  readonly account: ShownAccount;
  readonly isSelf: boolean;
  readonly keysHref: string;
  /** Absent when there are none. */
  readonly revokeHref?: string;
}

export type ConsolePages = ReturnType<typeof consolePages>;

/** A function for each page of the console; each renders a whole HTML document. */
export function consolePages(dependencies: TemplateDependencies) {
  const template = templates(dependencies);
  const page = <Page extends Framed>(name: string) => template<Page>(`console/${name}`);
  return {
    keys: page<KeysPage>('keys'),
    newKey: page<NewKeyPage>('new-key'),
    key: page<KeyPage>('key'),
    secret: page<SecretPage>('secret'),
    confirm: page<ConfirmPage>('confirm'),
    apps: page<AppsPage>('apps'),
    history: page<HistoryPage>('history'),
    account: page<AccountPage>('account'),
    users: page<UsersPage>('users'),
    newUser: page<NewUserPage>('new-user'),
    user: page<UserPage>('user'),
  };
}
