import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ErrorPageExtras } from '../errors';
import { templates, type TemplateDependencies } from './templates';

/** What a key may do; the wire's `scope`. */
export type Scope = 'read' | 'write' | 'read_write';

/** Who is signed in. */
export interface ShownUser {
  readonly displayName: string;
  readonly login: string;
}

/** A key as pages show it: enough to tell which, not enough to use it. */
export interface ShownKey {
  readonly keyId: number;
  readonly description: string;
  /** The consumer key's last seven characters. */
  readonly truncatedKey: string;
  readonly permissions: Scope;
  readonly createdAt: Date;
  readonly lastAccess?: Date;
}

/** Sign out at once: posts `_wpnonce` and, if given, `redirect_to` to `/wc-auth/v1/logout`. */
export interface SignOutForm {
  readonly nonce: string;
  readonly redirectTo?: string;
}

/** The sign-in form; with `grant` it is the one an app led to. */
export interface LoginPage {
  /** Where the form posts to, a path of this server. */
  readonly action: string;
  /** Value of the hidden field `wc_auth_csrf`. */
  readonly csrf: string;
  /** Further hidden fields, such as `redirect_to`. */
  readonly hidden?: Readonly<Record<string, string>>;
  /** `cancelHref` is the return_url with `success=0&user_id=…`. */
  readonly grant?: { readonly appName: string; readonly cancelHref: string };
  /** What was typed as user name before. */
  readonly username?: string;
  /** Why the last attempt failed (role alert). */
  readonly error?: string;
  /** Something that went well, such as having logged out (role status). */
  readonly notice?: string;
}

/** The five parameters as they arrived, byte for byte. */
export interface GrantParameters {
  readonly app_name: string;
  readonly user_id: string;
  readonly return_url: string;
  readonly callback_url: string;
  readonly scope: string;
}

/** The page with Approve and Deny. */
export interface ConsentPage {
  /** The app's name, already cleaned for showing. */
  readonly appName: string;
  readonly scope: Scope;
  /** Host (and port, if it is not 443) the keys are sent to, in Unicode. */
  readonly callbackHost: string;
  /** The same in punycode, if it differs. */
  readonly callbackHostAscii?: string;
  /** The app's id for the account that gets the key, cleaned for showing; empty if it has nothing to show. */
  readonly appAccount: string;
  /** Where the browser goes afterwards, if that is another site than the keys go to. */
  readonly returnHost?: string;
  readonly user: ShownUser;
  /** Keys this app already holds. */
  readonly heldKeys: readonly ShownKey[];
  readonly parameters: GrantParameters;
  /** Value of the hidden field `wc_auth_nonce`. */
  readonly nonce: string;
  readonly signOut: SignOutForm;
}

/** The way back to an app with a scheme of its own, after Approve or Deny. */
export interface ReturnToAppPage {
  readonly appName: string;
  /** Whether the app holds a key now. */
  readonly granted: boolean;
  /** The return_url with `success` and `user_id`. The page goes there by itself, and links to it. */
  readonly href: string;
}

/** A failure of `/wc-auth/v1/`: the page titled "Access denied". */
export interface AccessDeniedPage extends ErrorPageExtras {
  /** The protocol's text without its leading `Error: `. */
  readonly message: string;
}

/** Any other failure, titled by its status. */
export interface FailurePage {
  readonly status: number;
  /** In place of the status' own words. Holds no secret. */
  readonly heading?: string;
  readonly message?: string;
  /** Where to go from here, a path of this server; else the start page. */
  readonly next?: { readonly href: string; readonly label: string };
}

/** "Do you really want to log out?" */
export interface ConfirmLogoutPage {
  readonly user: ShownUser;
  readonly nonce: string;
  readonly redirectTo?: string;
  /** Where Cancel leads, a path of this server. */
  readonly cancelHref: string;
}

/** Each function renders one page to a whole HTML document. */
export interface Pages {
  login(page: LoginPage): string;
  consent(page: ConsentPage): string;
  returnToApp(page: ReturnToAppPage): string;
  accessDenied(page: AccessDeniedPage): string;
  failure(page: FailurePage): string;
  confirmLogout(page: ConfirmLogoutPage): string;
  /** Nobody can sign in yet: how to make the first manager. */
  firstRun(): string;
}

/** What each scope lets an app do and what it does not, as keys of `scope.can` and `scope.cannot`. */
const ALWAYS_REFUSED = ['password', 'after_revoke'];
const SCOPES: Readonly<
  Record<Scope, { readonly can: readonly string[]; readonly cannot: readonly string[] }>
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

/** Statuses that have words of their own; any other takes those of 400 or 500. */
const WORDED_STATUSES = [400, 403, 404, 405, 409, 413, 429, 500, 503];

/** A short hash over the assets and the store's stylesheet: a changed file gets a new address. */
export function assetsVersion(viewsDir: string, theme: string): string {
  const hash = createHash('sha256').update(theme);
  const folder = join(viewsDir, 'assets');
  for (const file of readdirSync(folder).sort()) hash.update(file).update(readFileSync(join(folder, file)));
  return hash.digest('hex').slice(0, 12);
}

/** A function for each page, its template compiled once. */
export function pageRenderer(dependencies: TemplateDependencies): Pages {
  const template = templates(dependencies);
  const consent = template('consent');
  const failure = template('failure');
  const firstRun = template('first-run');
  return {
    login: template('login'),
    consent: (page) => consent({ ...page, access: SCOPES[page.scope] }),
    returnToApp: template('return-to-app'),
    accessDenied: template('access-denied'),
    failure: (page) => {
      const fallback = page.status < 500 ? 400 : 500;
      const words = WORDED_STATUSES.includes(page.status) ? page.status : fallback;
      return failure({ ...page, words: `status.${words}` });
    },
    confirmLogout: template('confirm-logout'),
    firstRun: () => firstRun({}),
  };
}
