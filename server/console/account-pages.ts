import type { MessageText } from '../errors/message-text';
import type { ExternalWay } from '../users/sign-in-way';
import type { AccountDetails, Role } from '../users/user';
import type { Framed } from './framed-page';
import type { Pager } from './paging';

export interface AccountPage extends Framed {
  readonly isManager: boolean;
  readonly email: string;
  /** How the person signs in. Unset: with a password. */
  readonly way?: ExternalWay;
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
  /** How the person signs in. Unset: with a password. */
  readonly way?: ExternalWay;
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
  /** What the other system calls the person. Unset for an account of this server. */
  readonly subject?: { readonly issuer: string; readonly name: string };
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
