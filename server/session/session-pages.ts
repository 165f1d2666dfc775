import { templates, type TemplateDependencies } from '../pages/templates';
import type { ShownUser } from './shown-user';
import type { WayButton } from './sign-in-choices';

/**
 * A form that signs out at once. It posts `_wpnonce` and an optional `redirect_to` to
 * `/wc-auth/v1/logout`.
 */
export interface SignOutForm {
  readonly nonce: string;
  readonly redirectTo?: string;
}

/** The sign-in form. With `grant` it is the one that an app led to. */
export interface LoginPage {
  /** The path of this server that the form posts to. */
  readonly action: string;
  /** What the page offers, in this order. `local`: the form. */
  readonly ways: readonly ('local' | WayButton)[];
  /** The value of the hidden field `wc_auth_csrf`. */
  readonly csrf: string;
  /** More hidden fields, such as `redirect_to`. */
  readonly hidden?: Readonly<Record<string, string>>;
  /** `cancelHref` is the return_url with `success=0&user_id=…`. */
  readonly grant?: { readonly appName: string; readonly cancelHref: string };
  /** The user name of the previous attempt. */
  readonly username?: string;
  /** Why the last attempt failed (role alert). */
  readonly error?: string;
  /** Whether the error is about the name and the password. */
  readonly isWrong?: boolean;
  /** A success, such as a completed sign-out (role status). */
  readonly notice?: string;
}

/**
 * The page that leads on to another system after a form. Chromium applies CSP `form-action` to every
 * redirect after a form post, so a redirect would be blocked.
 */
export interface OnwardPage {
  /** What happens there: signing out too, or signing in with another account. */
  readonly onward: 'sign_out' | 'sign_in';
  /** The page redirects there and has a link to it. */
  readonly href: string;
}

/** The question whether to sign out. */
export interface ConfirmLogoutPage {
  readonly user: ShownUser;
  readonly nonce: string;
  readonly redirectTo?: string;
  /** Where Cancel leads, a path of this server. */
  readonly cancelHref: string;
}

export type SessionPages = ReturnType<typeof sessionPages>;

/** Returns a function per page for signing in and out. Each renders a complete HTML document. */
export function sessionPages(look: TemplateDependencies) {
  const template = templates(look);
  const firstRun = template('first-run');
  return {
    login: template<LoginPage>('login'),
    confirmLogout: template<ConfirmLogoutPage>('confirm-logout'),
    /** Renders what follows a sign-out that the other system has to end too. */
    signedOutHere: template<OnwardPage>('signed-out-here'),
    /** Renders the page of a store without users. It says how to add the first manager. */
    firstRun: () => firstRun({}),
  };
}
