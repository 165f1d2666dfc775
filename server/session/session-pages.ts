import { templates, type TemplateDependencies } from '../pages/templates';
import type { ShownUser } from './shown-user';

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

/** "Do you really want to log out?" */
export interface ConfirmLogoutPage {
  readonly user: ShownUser;
  readonly nonce: string;
  readonly redirectTo?: string;
  /** Where Cancel leads, a path of this server. */
  readonly cancelHref: string;
}

export type SessionPages = ReturnType<typeof sessionPages>;

/** A function for each page around signing in and out. Each renders a whole HTML document. */
export function sessionPages(look: TemplateDependencies) {
  const template = templates(look);
  const firstRun = template('first-run');
  return {
    login: template<LoginPage>('login'),
    confirmLogout: template<ConfirmLogoutPage>('confirm-logout'),
    /** For a store without users: how to make the first manager. */
    firstRun: () => firstRun({}),
  };
}
