import type { Request, Response } from 'express';
import { tooManyAttempts } from '../errors/too-many-attempts';
import type { Messages } from '../pages/messages';
import { formParams, textParam } from '../http/request-params';
import type { LoginPage, SessionPages } from './session-pages';
import type { SessionService, SignInOutcome } from './session-service';

export interface SignInFormDependencies {
  readonly sessions: SessionService;
  readonly pages: Pick<SessionPages, 'login'>;
  readonly messages: Messages;
}

/** The sign-in page without the parts that this code fills in. */
export type SignInPage = Omit<LoginPage, 'csrf' | 'username' | 'error' | 'isWrong'>;

/** Shows and handles the form with a name and a password, the same with and without a grant. */
export function signInForm({ sessions, pages, messages }: SignInFormDependencies) {
  function show(request: Request, response: Response, page: SignInPage & Partial<LoginPage>): void {
    response.send(pages.login({ ...page, csrf: sessions.signInToken(request, response) }));
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
    show,
    /**
     * Handles the post of the form. Returns `true` if the browser is now signed in. Otherwise the
     * page was sent again, with one text for an unknown user and a wrong password, and with status
     * 429 after too many failures.
     */
    async submit(request: Request, response: Response, page: SignInPage): Promise<boolean> {
      const params = formParams(request);
      const loginOrEmail = textParam(params, 'username')?.trim() ?? '';
      const password = textParam(params, 'password') ?? '';
      const token = textParam(params, 'wc_auth_csrf');
      const outcome = await sessions.signIn(request, response, { loginOrEmail, password, token });
      if (outcome === 'signed in') return true;
      show(request, response, {
        ...page,
        username: loginOrEmail.slice(0, 100),
        error: reject(response, outcome),
        isWrong: outcome === 'wrong',
      });
      return false;
    },
  };
}
