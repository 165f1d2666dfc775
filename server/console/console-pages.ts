import { DESCRIPTION_MAX } from '../consumer-keys/description';
import { ROLES } from '../users/user';
import { SEARCH_MAX } from './console-form';
import { UNUSED_DAYS } from '../administration/key-state';
import type { AuditEventName } from '../audit/audit-events';
import { PERMISSIONS, type Permissions } from '../consumer-keys/consumer-key';
import type { MessageText } from '../errors/message-text';
import { templates, type TemplateDependencies } from '../pages/templates';
import { PASSWORD_MIN } from '../users/passwords';
import type { AccountDetails, Role } from '../users/user';
import type { Frame } from './console-access';
import { COUNTED_MAX, type Pager } from './paging';
import type { ShownApp, ShownListedKey, ShownOwnedKey } from './shown-keys';

interface Framed {
  readonly frame: Frame;
  /** The change that was just made (role status). */
  readonly notice?: MessageText;
  /** Why a form was rejected (role alert). */
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
  /** How many of the folded filters are in use. */
  readonly foldedFilters: number;
  readonly isFiltered: boolean;
  readonly sorts: readonly string[];
  /** For each sortable column, the link of its header and its current order. */
  readonly columns: Readonly<
    Record<'created' | 'used' | 'description', { href: string; sorted: 'ascending' | 'descending' | 'none' }>
  >;
  readonly appNames: readonly string[];
  readonly ownerLogins: readonly string[];
  readonly firstShown: number;
  /** Unset if there are more than `facts.countedMax`. */
  readonly total?: number;
  /** How many of the shown keys the user may revoke. */
  readonly selectable: number;
  /** Whether these are selected. */
  readonly isSelected: boolean;
  /** The page with all of them selected, or none: for browsers without JavaScript. */
  readonly selectHref: string;
  /** Whether the page number is greater than that of the last page. */
  readonly isOutOfRange: boolean;
  readonly pager: Pager;
  /** The link to revoke all keys of the app, the owner, or both, that the list is filtered by. */
  readonly revokeAll?: { readonly href: string; readonly label: string };
}

export interface NewKeyPage extends Framed {
  readonly formId: string;
  readonly values: { readonly description: string; readonly owner: string; readonly permissions: string };
  /** The users the key may belong to. If there is only one, the page offers no choice. */
  readonly owners: readonly string[];
  /** Whether there are too many owners to list, so that the user types a login. */
  readonly ownerIsTyped: boolean;
}

export interface KeyPage extends Framed {
  readonly key: ShownOwnedKey;
  readonly isEditable: boolean;
  readonly mayRevoke: boolean;
  readonly mayRegenerate: boolean;
  readonly values: { readonly description: string; readonly owner: string; readonly permissions: string };
  /** The users the key may be given to. Empty if the user may not give it away. */
  readonly owners: readonly string[];
  /** Whether there are too many owners to list, so that the user types a login. */
  readonly ownerIsTyped: boolean;
}

/** The only page that shows a key and its secret. */
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

/** The page that shows what a change affects, with the button that makes the change. */
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
  readonly search: string;
  /** Links to the apps of all managers and of this one, with the same search. */
  readonly whose: readonly {
    readonly name: 'everyone' | 'mine';
    readonly href: string;
    readonly current: boolean;
  }[];
  /** The list without a search. */
  readonly allHref: string;
  readonly total?: number;
  readonly isOutOfRange: boolean;
  readonly pager: Pager;
}

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

export interface AccountPage extends Framed {
  readonly isManager: boolean;
  readonly email: string;
  readonly sessions: readonly {
    readonly id: string;
    readonly address: string;
    readonly browser: MessageText;
    /** As the browser sent it. Empty if it sent none. */
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
  /** Unset if the user has no keys. */
  readonly revokeHref?: string;
}

export interface EditAccountPage extends Framed {
  readonly isSelf: boolean;
  readonly loginIsEditable: boolean;
  /** The page of the account. The form is posted to `/edit` below it. */
  readonly backHref: string;
  /** The account as it is. */
  readonly shown: AccountDetails;
  /** The fields as typed. */
  readonly values: AccountDetails;
}

export type ConsolePages = ReturnType<typeof consolePages>;

/** Values of the code that pages name. */
const FACTS = {
  permissions: PERMISSIONS,
  roles: ROLES,
  searchMax: SEARCH_MAX,
  descriptionMax: DESCRIPTION_MAX,
  unusedDays: UNUSED_DAYS,
  passwordMin: PASSWORD_MIN,
  countedMax: COUNTED_MAX,
};

/** Returns a function per page of the console. Each renders a whole HTML document. */
export function consolePages(dependencies: TemplateDependencies) {
  const template = templates(dependencies);
  const page = <Page extends Framed>(name: string) => {
    const render = template<Page & { readonly facts: typeof FACTS }>(`console/${name}`);
    return (shown: Page): string => render({ ...shown, facts: FACTS });
  };
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
    editAccount: page<EditAccountPage>('edit-account'),
  };
}
