import { createHash } from 'node:crypto';
import { Router } from 'express';
import type { UserAdministration } from '../administration/user-administration';
import type { RecordedEvent } from '../audit/audit-events';
import { PageError } from '../errors/http-errors';
import type { FieldText } from '../errors/message-text';
import { userErrorOf } from '../errors/user-error';
import type { SessionRecord, SessionStore } from '../session/session-store';
import type { SessionService } from '../session/session-service';
import type { ConfirmIdentity } from './confirm-identity';
import type { ConsoleAccess, Visit } from './console-access';
import type { AccountPage } from './account-pages';
import type { ConsolePages } from './console-pages';
import { accountOf, doneIn } from './done-notice';
import { shownBrowser } from './shown-browser';

export interface AccountRouteDependencies {
  readonly access: ConsoleAccess;
  readonly pages: ConsolePages;
  readonly sessions: SessionService;
  readonly sessionRecords: Pick<SessionStore, 'listOf'>;
  readonly userAdministration: UserAdministration;
  readonly confirm: ConfirmIdentity;
  readonly now: () => number;
}

/** What `?done=` may say, with the event that proves it. */
const NOTICES = {
  password: 'user.password_changed',
  signed_out: 'session.signed_out',
  details: 'user.changed',
} as const;

/** Returns the routes of the user's own account: the password, and the browsers that are signed in. */
export function accountRoutes(dependencies: AccountRouteDependencies): Router {
  const { access, pages, sessions, sessionRecords, userAdministration, confirm, now } = dependencies;
  const router = Router();

  async function show(visit: Visit, page: Pick<AccountPage, 'error' | 'notice'>): Promise<void> {
    const { response, session, user, frame } = visit;
    const records = await sessionRecords.listOf(user.userId, now());
    response.send(
      pages.account({
        frame: frame('account'),
        ...page,
        isManager: session.isManager,
        email: user.email,
        ...(session.external ? { way: session.external.way } : {}),
        sessions: records.map((record) => ({
          id: shownId(record),
          address: record.address,
          browser: shownBrowser(record.userAgent),
          userAgent: record.userAgent,
          signedInAt: new Date(record.createdAt),
          lastSeenAt: new Date(record.lastSeenAt),
          isThisOne: record.sessionHash === session.sessionHash,
        })),
      }),
    );
  }

  router.get(
    '/account',
    access.page('anyone', async (visit) => {
      const isOwn = (entry: RecordedEvent) =>
        entry.event === 'session.signed_out'
          ? entry.detail.another === true
          : accountOf(entry) === visit.user.userId;
      const done = await doneIn(visit, NOTICES, isOwn);
      return show(visit, done === undefined ? {} : { notice: { key: `account.done.${done}` } });
    }),
  );

  router.post(
    '/account/password',
    access.form(
      'anyone',
      { texts: ['current_password', 'new_password', 'new_password_again'] },
      async (visit, { texts }) => {
        const reject = (error: FieldText, status = 400) => {
          visit.response.status(status);
          return show(visit, { error });
        };
        if (texts.new_password !== texts.new_password_again)
          return reject({ field: 'new_password_again', key: 'account.not_the_same' });
        if (visit.session.external) throw new PageError(403, 'users.external');
        if ((await confirm(visit, texts.current_password)) !== 'confirmed')
          return reject({ field: 'current_password', key: 'account.password_wrong' }, 403);
        const { user, by, session } = visit;
        const error = await userErrorOf(() =>
          userAdministration.setPassword(user, texts.new_password, by, session.sessionHash),
        );
        if (error) return reject({ ...error, field: 'new_password' });
        visit.goTo('/account?done=password');
      },
    ),
  );

  router.post(
    '/account/sign-out',
    access.form('anyone', { texts: ['session'] }, async (visit, { texts }) => {
      const { request, response, session, user } = visit;
      const records = await sessionRecords.listOf(user.userId, now());
      const named = records.find((record) => shownId(record) === texts.session);
      if (!named) throw new PageError(404, 'account.no_session');
      if (named.sessionHash === session.sessionHash) {
        await sessions.signOut(request, response, session, false);
        return visit.goTo('/login?logged_out=1');
      }
      await sessions.signOutOther(request, session, named.sessionHash);
      visit.goTo('/account?done=signed_out');
    }),
  );

  router.post(
    '/account/sign-out-everywhere',
    access.form('anyone', {}, async (visit) => {
      await sessions.signOut(visit.request, visit.response, visit.session, true);
      visit.goTo('/login?logged_out=1');
    }),
  );
  return router;
}

/**
 * Returns an id for a browser on the page. It hashes the stored hash again, so it is of no use
 * elsewhere.
 */
function shownId({ sessionHash }: SessionRecord): string {
  return createHash('sha256').update(sessionHash).digest('hex').slice(0, 16);
}
