import type { Permissions } from '../consumer-keys/consumer-key';
import type { Framed } from './framed-page';
import type { LimitValues } from './limit-fields';
import type { Pager } from './paging';
import type { FreshSignIn } from './fresh-sign-in';
import type { ShownApp, ShownListedKey, ShownOwnedKey } from './shown-keys';
import type { ShownLimits } from './shown-limits';

export interface KeysPage extends Framed {
  readonly keys: readonly ShownListedKey[];
  /** The filter as typed. */
  readonly filter: {
    readonly search: string;
    readonly app: string;
    readonly owner: string;
    readonly permissions: string;
    readonly unused: boolean;
    readonly ends: string;
    readonly sort: string;
  };
  /** How many keys of the store end soon, and how many have ended. Each with the list of them. */
  readonly ending: {
    readonly soon: { readonly count: number; readonly href: string };
    readonly over: { readonly count: number; readonly href: string };
  };
  /** Whether one of the shown keys ends. */
  readonly someEnd: boolean;
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
  /** The query of this list, which the confirmation page goes back to. */
  readonly list: string;
  /** Whether the page number is greater than that of the last page. */
  readonly isOutOfRange: boolean;
  readonly pager: Pager;
  /** The link to revoke all keys of the app, the owner, or both, that the list is filtered by. */
  readonly revokeAll?: { readonly href: string; readonly label: string };
}

/** The fields of a key in a form. */
interface KeyFields {
  readonly values: LimitValues & {
    readonly description: string;
    readonly owner: string;
    readonly permissions: string;
  };
  /** The lifetimes to choose from, in days. `null`: the key never ends. */
  readonly lifetimes: readonly (number | null)[];
  /** The users the key may belong to. Without two of them, the page offers no choice. */
  readonly owners: readonly string[];
  /** Whether there are too many owners to list, so that the user types a login. */
  readonly ownerIsTyped: boolean;
}

export interface NewKeyPage extends Framed, KeyFields {
  readonly formId: string;
}

export interface KeyPage extends Framed, KeyFields {
  readonly key: ShownOwnedKey;
  /** Set for a key that has ended. Then it is removed. */
  readonly extendableUntil?: Date;
  /** The number of the key that takes its place. */
  readonly replacedBy?: number;
  /** The numbers of the keys whose place it takes. */
  readonly replaces: readonly number[];
  readonly isEditable: boolean;
  readonly mayRevoke: boolean;
  readonly mayReplace: boolean;
  /** By how many days it can be extended. Empty for a key that never ends. */
  readonly extensions: readonly number[];
  /** The number of days that was chosen in a rejected form. */
  readonly extendDays?: string;
  /** What the forms carry, to tell whether the key was changed since they were opened. */
  readonly shown: { readonly end: string; readonly limits: string };
  /** Unset for a person who has a password here. */
  readonly freshSignIn?: FreshSignIn;
}

/** The only page that shows a key and its secret. */
export interface SecretPage extends Framed {
  readonly isNew: boolean;
  readonly keyId: number;
  readonly description: string;
  readonly permissions: Permissions;
  readonly owner: string;
  readonly limits: ShownLimits;
  readonly consumerKey: string;
  readonly consumerSecret: string;
  /** The key that this one replaces, if it still works. */
  readonly oldKey?: ShownOwnedKey;
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
  readonly choice?: {
    readonly name: string;
    readonly label: string;
    readonly hint: string;
    readonly options: readonly {
      readonly value: string;
      readonly text: string;
      readonly isChosen: boolean;
    }[];
  };
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
