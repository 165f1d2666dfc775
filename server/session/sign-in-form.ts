import type { Request, Response } from 'express';
import { PageError } from '../errors/http-errors';
import { tooManyAttempts } from '../errors/too-many-attempts';
import type { Messages } from '../pages/messages';
import { formParams, textParam } from '../http/request-params';
import type { LoginPage, SessionPages } from './session-pages';
import type { SessionService, SignInOutcome } from './session-service';
import { onlyExternalWay, type SignInChoices } from './sign-in-choices';

export interface SignInFormDependencies {
  readonly sessions: SessionService;
  readonly choices: SignInChoices;
  readonly pages: Pick<SessionPages, 'login'>;
  readonly messages: Messages;
}

/** The sign-in page without the parts that this code fills in. */
export type SignInPage = Omit<LoginPage, 'ways' | 'csrf' | 'username' | 'error' | 'isWrong'> & {
  /** The path of this server that the browser goes to when it is signed in. */
  readonly returnTo: string;
};

export type SignInForm = ReturnType<typeof signInForm>;

/**
 * Shows the ways of signing in, and handles the form with a name and a password. The same with and
 * without a grant.
 */
export function signInForm({ sessions, choices, pages, messages }: SignInFormDependencies) {
  function render(
    request: Request,
    response: Response,
    { returnTo, ...page }: SignInPage & Partial<LoginPage>,
  ): void {
    const ways = choices.ways.map((way) => (way === 'local' ? way : choices.button(way, returnTo)));
    response.send(pages.login({ ...page, ways, csrf: sessions.signInToken(request, response) }));
  }
  /** Sets the status of the response and says what went wrong. */
  function reject(response: Response, outcome: Exclude<SignInOutcome, 'signed in'>): string {
    if (outcome === 'wrong') return messages('login.wrong');
    if (outcome === 'forged') {
      response.status(403);
      return messages('login.expired');
    }
    const { text, headers } = tooManyAttempts(outcome.waitMs);
    response.status(429).set(headers);
    return messages(text.key, text.values);
  }

  return {
    /**
     * Shows the page. If there is one way and it is external, goes on to it at once, except after a
     * sign-out, which the page reports.
     */
    async show(request: Request, response: Response, page: SignInPage): Promise<void> {
      const only = onlyExternalWay(choices);
      if (only !== undefined && page.notice === undefined)
        return choices.begin(only, { request, response, returnTo: page.returnTo });
      render(request, response, page);
    },
    /**
     * Handles the post of the form. Returns `true` if the browser is now signed in. Otherwise the
     * page was sent again, with one text for an unknown user and a wrong password, and with status
     * 429 after too many failures.
     * @throws PageError 403 if SIGN_IN does not list `local`.
     */
    async submit(request: Request, response: Response, page: SignInPage): Promise<boolean> {
      if (!choices.ways.includes('local')) throw new PageError(403, 'sign_in.not_local');
      const params = formParams(request);
      const loginOrEmail = textParam(params, 'username')?.trim() ?? '';
      const password = textParam(params, 'password') ?? '';
      const token = textParam(params, 'wc_auth_csrf');
      const outcome = await sessions.signIn(request, response, { loginOrEmail, password, token });
      if (outcome === 'signed in') return true;
      render(request, response, {
        ...page,
        username: loginOrEmail.slice(0, 100),
        error: reject(response, outcome),
        isWrong: outcome === 'wrong',
      });
      return false;
    },
  };
}
