import type { Permissions } from '../consumer-keys/consumer-key';
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
  /** Host (and port, if it is not 443) the keys are sent to, in Unicode. */
  readonly callbackHost: string;
  /** The same in punycode, if it differs. */
  readonly callbackHostAscii?: string;
  /**
   * The app's id for the account that gets the key, cleaned for showing; empty if it has nothing to
   * show.
   */
  readonly appAccount: string;
  /** Where the browser goes afterwards, if that is another site than the keys go to. */
  readonly returnHost?: string;
  readonly user: ShownUser;
  /** Keys this app already holds. */
  readonly heldKeys: readonly ShownKey[];
  /** The five parameters as they arrived, byte for byte. */
  readonly parameters: AsSent;
  /** Value of the hidden field `wc_auth_nonce`. */
  readonly nonce: string;
  readonly signOut: SignOutForm;
}

/** The way back to an app with a scheme of its own, after Approve or Deny. */
export interface ReturnToAppPage {
  readonly appName: string;
  /** Whether the app holds a key now. */
  readonly granted: boolean;
  /**
   * The return_url with `success` and `user_id`. The page goes there by itself, and links to it.
   */
  readonly href: string;
}

/**
 * What each scope lets an app do and what it does not, as keys of `scope.can` and `scope.cannot`.
 */
const ALWAYS_REFUSED = ['password', 'after_revoke'];
const SCOPES: Readonly<
  Record<Permissions, { readonly can: readonly string[]; readonly cannot: readonly string[] }>
> = {
  read: {
    can: ['see_orders', 'see_customers', 'see_products', 'see_coupons'],
    cannot: ['change', ...ALWAYS_REFUSED],
  },
  write: {
    can: ['change_orders', 'change_customers', 'change_products', 'change_coupons', 'change_settings'],
    cannot: ['browse', ...ALWAYS_REFUSED],
  },
  read_write: {
    can: ['handle_orders', 'handle_customers', 'handle_products', 'handle_coupons', 'handle_settings'],
    cannot: ALWAYS_REFUSED,
  },
};

export type GrantPages = ReturnType<typeof grantPages>;

/** A function for each page of a grant but the sign-in form. Each renders a whole HTML document. */
export function grantPages(look: TemplateDependencies) {
  const template = templates(look);
  const consent = template('consent');
  return {
    consent: (page: ConsentPage) => consent({ ...page, access: SCOPES[page.scope] }),
    returnToApp: template<ReturnToAppPage>('return-to-app'),
  };
}
