import type { Request, RequestHandler, Response } from 'express';
import type { Actor } from '../administration/actor';
import { PageError } from '../errors/http-errors';
import { redirect } from '../http/redirect';
import { readForm, formParams, textParam } from '../http/request-params';
import type { AuditEventName, RecordedEvent } from '../audit/audit-events';
import type { AuditLog } from '../audit/audit-log';
import type { StoreUrl } from '../http/store-url';
import type { VisitorOf } from '../http/visitor';
import type { SignOutForm } from '../session/session-pages';
import type { Session, SessionService } from '../session/session-service';
import { showUser } from '../session/shown-user';
import type { Role, User } from '../users/user';
import { readConsoleForm, TOKEN_FIELD, type ConsoleForm, type FormShape } from './console-form';

const TABS = ['apps', 'keys', 'history', 'users', 'account'] as const;
export type Tab = (typeof TABS)[number];

/**
 * The users that a page is for: all who are signed in, those who manage keys, or administrators.
 */
export type Entitled = 'anyone' | 'manager' | 'administrator';

/** The parts that every page of the console shows. */
export interface Frame {
  readonly tabs: readonly { readonly name: Tab; readonly href: string; readonly current: boolean }[];
  readonly user: { readonly displayName: string; readonly login: string; readonly role: Role };
  /** The value of the hidden field `_wpnonce` in every form. */
  readonly token: string;
  readonly signOut: SignOutForm;
}

/** A request by a signed-in user who has access. */
export interface Visit {
  readonly request: Request;
  readonly response: Response;
  readonly session: Session;
  readonly user: User;
  readonly by: Actor;
  readonly isAdministrator: boolean;
  /** When the request arrived. Milliseconds since 1970. */
  readonly at: number;
  readonly frame: (tab: Tab) => Frame;
  /**
   * Redirects to a path of the console. With 303, a reload does not send the form a second time.
   */
  readonly goTo: (path: string) => void;
  readonly justDid: JustDid;
}

/**
 * Lists what this user did in the last minutes: at most `limit` entries of one event, the newest
 * first. A page that says "Saved" asks this, because a link could otherwise make it say so.
 */
export type JustDid = <Name extends AuditEventName>(
  event: Name,
  limit?: number,
) => Promise<readonly Extract<RecordedEvent, { event: Name }>[]>;

const JUST_NOW_MS = 5 * 60_000;

export interface ConsoleAccessDependencies {
  readonly sessions: SessionService;
  readonly storeUrl: StoreUrl;
  readonly visitorOf: VisitorOf;
  readonly audit: Pick<AuditLog, 'list'>;
  readonly now: () => number;
}

export type ConsoleAccess = ReturnType<typeof consoleAccess>;

/**
 * Checks access to the console: the session, the role, and for a form also its origin and token.
 */
export function consoleAccess({ sessions, storeUrl, visitorOf, audit, now }: ConsoleAccessDependencies) {
  const { basePath, href } = storeUrl;

  /**
   * Returns `undefined` if the browser is not signed in. The response then redirects to the sign-in
   * form.
   */
  async function enter(entitled: Entitled, request: Request, response: Response): Promise<Visit | undefined> {
    const session = await sessions.of(request);
    if (!session) {
      const posted = request.method === 'POST';
      const back = encodeURIComponent(basePath + (posted ? '/' : request.url));
      // After a form, the sign-in page does not lead on to another system at once (session-pages.ts).
      redirect(
        response,
        `${href}/login?redirect_to=${back}${posted ? '&form_lost=1' : ''}`,
        posted ? 303 : 302,
      );
      return undefined;
    }
    const { user, isManager } = session;
    const isAdministrator = user.role === 'administrator';
    if (entitled === 'manager' && !isManager)
      throw new PageError(403, 'access.managers', { next: toAccount() });
    if (entitled === 'administrator' && !isAdministrator) throw new PageError(403, 'access.administrators');
    return {
      request,
      response,
      session,
      user,
      isAdministrator,
      at: now(),
      by: {
        how: 'console',
        userId: user.userId,
        login: user.login,
        address: visitorOf(request).address,
      },
      frame: (tab) => ({
        tabs: tabsOf(session).map((name) => ({ name, href: `${basePath}/${name}`, current: name === tab })),
        user: { ...showUser(user), role: user.role },
        token: sessions.consoleToken(session),
        signOut: { nonce: sessions.logoutToken(session) },
      }),
      goTo: (path) => redirect(response, href + path, 303),
      justDid: justDidBy(user),
    };
  }

  function justDidBy({ userId, login }: User): JustDid {
    return async <Name extends AuditEventName>(event: Name, limit = 20) => {
      const filter = { event, person: { userId, login }, since: now() - JUST_NOW_MS };
      const entries = await audit.list(limit, filter);
      // Another account may have had this login.
      return entries.filter((entry) => entry.userId === userId) as Extract<RecordedEvent, { event: Name }>[];
    };
  }

  const toAccount = () => ({ href: `${basePath}/account`, label: 'nav.account' });
  const tabsOf = ({ isManager, user }: Session) =>
    TABS.filter((tab) => {
      if (tab === 'account') return true;
      return tab === 'users' ? user.role === 'administrator' : isManager;
    });

  return {
    /** Returns the handler of a page. */
    page:
      (entitled: Entitled, show: (visit: Visit) => Promise<void> | void): RequestHandler =>
      async (request, response) => {
        const visit = await enter(entitled, request, response);
        if (visit) await show(visit);
      },

    /**
     * Returns the handlers of a form's POST. They reject a form from another session, or with other
     * fields.
     */
    form<Text extends string, List extends string>(
      entitled: Entitled,
      shape: FormShape<Text, List>,
      work: (visit: Visit, form: ConsoleForm<Text, List>) => Promise<void> | void,
    ): RequestHandler[] {
      const take: RequestHandler = async (request, response) => {
        const visit = await enter(entitled, request, response);
        if (!visit) return;
        const token = textParam(formParams(request), TOKEN_FIELD);
        if (!sessions.mayChange(request, visit.session, token)) throw new PageError(403, 'status.403');
        await work(visit, readConsoleForm(request, shape));
      };
      return [readForm, take];
    },
  };
}
