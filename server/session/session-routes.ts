import express, { Router, type Request, type Response } from 'express';
import { ClientError, SignOutError } from '../errors/http-errors';
import { BODY_MAX, rejectWhenTooLarge } from '../http/body-limits';
import { wantsJson } from '../errors/page';
import type { Messages } from '../pages/messages';
import { ownPath } from '../http/own-path';
import { formParams, readForm, requestParams, textParam } from '../http/request-params';
import { redirect } from '../http/redirect';
import type { StoreUrl } from '../http/store-url';
import type { UserService } from '../users/user-service';
import { showUser } from './shown-user';
import type { OnwardPage, SessionPages } from './session-pages';
import type { Session, SessionService } from './session-service';
import { onlyExternalWay, type SignInChoices } from './sign-in-choices';
import type { SignInForm } from './sign-in-form';

export interface SessionRouteDependencies {
  readonly sessions: SessionService;
  readonly choices: SignInChoices;
  readonly form: SignInForm;
  readonly users: UserService;
  readonly pages: SessionPages;
  readonly messages: Messages;
  readonly storeUrl: StoreUrl;
}

const LOGOUT = '/wc-auth/v1/logout';
/** The `message` of the JSON response, which clients may match. The page has a text of its own. */
const SIGN_OUT_QUESTION = 'Do you really want to log out?';
const readJson = rejectWhenTooLarge(express.json({ limit: BODY_MAX }), BODY_MAX);

/** Serves sign-in without a grant, and signing out as a page and as JSON. */
export function sessionRoutes({
  sessions,
  choices,
  form,
  users,
  pages,
  messages,
  storeUrl,
}: SessionRouteDependencies): Router {
  const router = Router();
  const home = `${storeUrl.basePath}/`;
  const isLocalOnly = choices.ways.every((way) => way === 'local');
  const target = (request: Request) => ownPath(textParam(requestParams(request), 'redirect_to'), storeUrl);

  router.get('/', async (request, response) => {
    const session = await sessions.of(request);
    redirect(response, `${storeUrl.href}${!session ? '/login' : session.isManager ? '/apps' : '/account'}`);
  });

  router.get('/login', async (request, response) => {
    if (isLocalOnly && !(await users.exist())) {
      response.send(pages.firstRun());
      return;
    }
    if (await sessions.of(request)) {
      redirect(response, storeUrl.origin + (target(request) ?? home));
      return;
    }
    await form.show(request, response, loginPage(request, noticeOf(request)));
  });

  function noticeOf(request: Request): string | undefined {
    const isSet = (name: string) => textParam(requestParams(request), name) === '1';
    if (isSet('logged_out')) return messages('signed_out.notice');
    return isSet('form_lost') ? messages('login.form_lost') : undefined;
  }

  router.post('/login', readForm, async (request, response) => {
    if (await form.submit(request, response, loginPage(request)))
      redirect(response, storeUrl.origin + (target(request) ?? home));
  });

  function loginPage(request: Request, notice?: string) {
    const redirectTo = target(request);
    return {
      action: `${storeUrl.basePath}/login`,
      returnTo: redirectTo ?? home,
      ...(redirectTo === undefined ? {} : { hidden: { redirect_to: redirectTo } }),
      ...(notice === undefined ? {} : { notice }),
    };
  }

  router.get(LOGOUT, async (request, response) => {
    const session = await sessions.of(request);
    if (wantsJson(request)) return askInJson(response, session);
    if (!session) return redirect(response, `${storeUrl.href}/login`);
    const redirectTo = target(request);
    response.send(
      pages.confirmLogout({
        user: showUser(session.user),
        nonce: sessions.logoutToken(session),
        ...(redirectTo === undefined ? {} : { redirectTo }),
        cancelHref: home,
      }),
    );
  });

  router.post(LOGOUT, readForm, readJson, async (request, response) => {
    const session = await sessions.of(request);
    if (wantsJson(request)) return logOutInJson(request, response, session);
    const after = storeUrl.origin + afterSignOut(target(request));
    if (session) {
      const params = formParams(request);
      if (!sessions.mayLogOut(request, session, textParam(params, '_wpnonce')))
        throw new ClientError(403, messages('logout.bad_nonce'));
      await sessions.signOut(request, response, session, textParam(params, 'everywhere') === '1');
      const onward = session.external && (await onwardFrom(session.external, target(request)));
      if (onward) {
        response.send(pages.signedOutHere(onward));
        return;
      }
    }
    redirect(response, after, 303);
  });

  /** Returns where a sign-out leads. If the only way of signing in is external, it is the page that says so. */
  function afterSignOut(redirectTo: string | undefined): string {
    const page = `${storeUrl.basePath}/login?logged_out=1`;
    if (redirectTo === undefined) return page;
    return onlyExternalWay(choices) ? `${page}&redirect_to=${encodeURIComponent(redirectTo)}` : redirectTo;
  }

  /** Returns where a person who signed in through another system goes on to, if that is not here. */
  async function onwardFrom(
    external: NonNullable<Session['external']>,
    returnTo: string | undefined,
  ): Promise<OnwardPage | undefined> {
    // The person wants another account, so the other system has to ask for it.
    if (returnTo !== undefined)
      return onlyExternalWay(choices)
        ? { onward: 'sign_in', href: choices.freshHref(external.way, returnTo) }
        : undefined;
    const href = await choices.signOutHref(external);
    return href === undefined ? undefined : { onward: 'sign_out', href };
  }

  function askInJson(response: Response, session: Session | undefined): void {
    if (!session) throw notSignedIn();
    const nonce = sessions.logoutToken(session);
    const message = SIGN_OUT_QUESTION;
    const data = { confirm: true, message, nonce, logout_url: storeUrl.href + LOGOUT };
    response.json({ success: true, data });
  }

  async function logOutInJson(
    request: Request,
    response: Response,
    session: Session | undefined,
  ): Promise<void> {
    const { confirm, _wpnonce, everywhere } = jsonBody(request);
    if (!session) throw notSignedIn();
    const nonce = typeof _wpnonce === 'string' ? _wpnonce : undefined;
    if (!sessions.mayLogOut(request, session, nonce))
      throw new SignOutError(403, { key: 'logout.bad_nonce' });
    if (confirm !== true && confirm !== '1') throw new SignOutError(409, { key: 'logout.unconfirmed' });
    await sessions.signOut(request, response, session, everywhere === true || everywhere === '1');
    response.json({ success: true, data: { message: messages('signed_out.notice') } });
  }
  return router;
}

const notSignedIn = () => new SignOutError(401, { key: 'logout.no_session' });

/** Returns the members of a JSON body, or of a form sent with `Accept: application/json`. */
function jsonBody(request: Request): Record<string, unknown> {
  if (Buffer.isBuffer(request.body))
    return Object.fromEntries(
      ['confirm', '_wpnonce', 'everywhere'].map((name) => [name, textParam(formParams(request), name)]),
    );
  const body: unknown = request.body;
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
}
