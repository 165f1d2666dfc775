import type { Permissions } from '../consumer-keys/consumer-key';
import type { Resource } from '../consumer-keys/key-limits';
import type { ShownKey } from '../consumer-keys/shown-key';
import { templates, type TemplateDependencies } from '../pages/templates';
import type { SignOutForm } from '../session/session-pages';
import type { ShownUser } from '../session/shown-user';
import type { AsSent } from './grant-parameters';

/** The page with Approve and Deny. */
export interface ConsentPage {
  /** The app's name, already cleaned for showing. */
  readonly appName: string;
  readonly scope: Permissions;
  /** The host that receives the keys, in Unicode, with its port if that is not 443. */
  readonly callbackHost: string;
  /** The same in punycode, if it differs. */
  readonly callbackHostAscii?: string;
  /**
   * The app's id for the account that gets the key, cleaned for display. Empty if no character is
   * visible.
   */
  readonly appAccount: string;
  /** The host that the browser goes to afterwards, if it is not the site that receives the keys. */
  readonly returnHost?: string;
  readonly user: ShownUser;
  /** What the manager may allow: what the app asks for, first, and less. */
  readonly permissions: readonly Permissions[];
  readonly resources: readonly Resource[];
  /** When access may end. `days`: `null` for never. */
  readonly lifetimes: readonly {
    readonly value: string;
    readonly days: number | null;
    readonly isDefault: boolean;
  }[];
  /** How long the ticked keys may still work, in days. */
  readonly overlaps: readonly { readonly days: number; readonly isDefault: boolean }[];
  /** The keys that this app already has. */
  readonly heldKeys: readonly ShownKey[];
  /** The five parameters as they arrived, byte for byte. The form sends them as hidden fields. */
  readonly parameters: AsSent;
  /** Value of the hidden field `wc_auth_nonce`. */
  readonly nonce: string;
  readonly signOut: SignOutForm;
}

/** The page that leads back to an app with its own URL scheme, after Approve or Deny. */
export interface ReturnToAppPage {
  readonly appName: string;
  /** Whether the app holds a key now. */
  readonly granted: boolean;
  /** The return_url with `success` and `user_id`. The page redirects there and has a link to it. */
  readonly href: string;
}

/** What no scope allows. */
const NEVER_ALLOWED = ['password', 'after_revoke'];
/** What each scope allows and does not allow, as keys of `scope.can` and `scope.cannot`. */
const SCOPES: Readonly<
  Record<Permissions, { readonly can: readonly string[]; readonly cannot: readonly string[] }>
> = {
  read: {
    can: ['see_orders', 'see_customers', 'see_products', 'see_coupons'],
    cannot: ['change', ...NEVER_ALLOWED],
  },
  write: {
    can: ['change_orders', 'change_customers', 'change_products', 'change_coupons', 'change_settings'],
    cannot: ['browse', ...NEVER_ALLOWED],
  },
  read_write: {
    can: ['handle_orders', 'handle_customers', 'handle_products', 'handle_coupons', 'handle_settings'],
    cannot: NEVER_ALLOWED,
  },
};

export type GrantPages = ReturnType<typeof grantPages>;

/**
 * Returns a function per page of the grant, except the sign-in form. Each renders a whole HTML
 * document.
 */
export function grantPages(look: TemplateDependencies) {
  const template = templates(look);
  const consent = template('consent');
  return {
    consent: (page: ConsentPage) => consent({ ...page, access: SCOPES[page.scope] }),
    returnToApp: template<ReturnToAppPage>('return-to-app'),
  };
}
