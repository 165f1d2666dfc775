import { Router, type Request } from 'express';
import type { UserAdministration } from '../administration/user-administration';
import type { AppListReader } from '../consumer-keys/app-list-reader';
import type { KeyListReader } from '../consumer-keys/key-list-reader';
import { PageError } from '../errors/http-errors';
import type { FieldText } from '../errors/message-text';
import { userErrorOf } from '../errors/user-error';
import { requestParams } from '../http/request-params';
import type { StoreUrl } from '../http/store-url';
import type { ExternalSubject } from '../users/sign-in-way';
import { isRole, type User } from '../users/user';
import type { ExternalUserService } from '../users/external-user-service';
import type { UserService } from '../users/user-service';
import type { ConsoleAccess, Visit } from './console-access';
import { parseId, queryString, queryText, rejectUnreadable, SEARCH_MAX } from './console-form';
import type { ConsolePages } from './console-pages';
import type { NewUserPage, ShownAccount, UserPage } from './account-pages';
import { accountOf, doneIn } from './done-notice';
import { pieceOf } from './paging';

export interface UserRouteDependencies {
  readonly access: ConsoleAccess;
  readonly pages: ConsolePages;
  readonly users: UserService;
  readonly externalUsers: Pick<ExternalUserService, 'subjectOf' | 'subjectsOf'>;
  readonly keyList: KeyListReader;
  readonly appList: AppListReader;
  readonly userAdministration: UserAdministration;
  readonly storeUrl: StoreUrl;
}

/** What `?done=` may say on the page of an account, with the event that proves it. */
const NOTICES = {
  added: 'user.added',
  details: 'user.changed',
  role: 'user.role_changed',
  disabled: 'user.disabled',
  enabled: 'user.enabled',
  password: 'user.password_changed',
} as const;

/** Returns the account in a request's path. @throws PageError 404 */
export async function accountIn(
  request: Request,
  { users, storeUrl }: Pick<UserRouteDependencies, 'users' | 'storeUrl'>,
): Promise<User> {
  const { userId } = request.params;
  const id = parseId(typeof userId === 'string' ? userId : undefined);
  const user = id === undefined ? undefined : await users.find(id);
  const toUsers = { href: `${storeUrl.basePath}/users`, label: 'users.all' };
  if (!user) throw new PageError(404, 'users.gone', { next: toUsers });
  return user;
}

/**
 * Returns the routes of the store's accounts, for administrators. Changes that ask for confirmation
 * are in user-confirm-routes.ts.
 */
export function userRoutes(dependencies: UserRouteDependencies): Router {
  const { access, pages, users, externalUsers, keyList, userAdministration, storeUrl } = dependencies;
  const router = Router();
  const path = `${storeUrl.basePath}/users`;

  const showAccount = (user: User, subject: ExternalSubject | undefined): ShownAccount => ({
    userId: user.userId,
    login: user.login,
    name: user.name,
    email: user.email,
    role: user.role,
    isDisabled: user.disabledAt !== null,
    createdAt: new Date(user.createdAt),
    ...(subject ? { way: subject.way } : {}),
    href: `${path}/${user.userId}`,
  });
  const noticeOf = (done: string | undefined) =>
    done === undefined ? {} : { notice: { key: `users.done.${done}` } };

  router.get(
    '/users',
    access.page('administrator', async (visit) => {
      const { request, response, frame } = visit;
      rejectUnreadable(requestParams(request), ['search', 'paged']);
      const search = queryText(request, 'search');
      if (search !== undefined && search.length > SEARCH_MAX) throw new PageError(400, 'keys.bad_filter');
      const { items, isOutOfRange, pager } = await pieceOf(request, path, { search }, (limit, offset) =>
        users.page(search, limit, offset),
      );
      if (isOutOfRange) response.status(404);
      const subjects = await externalUsers.subjectsOf(items.map(({ userId }) => userId));
      response.send(
        pages.users({
          frame: frame('users'),
          ...noticeOf(await doneIn(visit, { removed: 'user.removed' }, () => true)),
          accounts: items.map((user) => showAccount(user, subjects.get(user.userId))),
          search: search ?? '',
          isOutOfRange,
          pager,
        }),
      );
    }),
  );

  const showNew = ({ response, frame }: Visit, page: Pick<NewUserPage, 'values' | 'error'>) =>
    void response.send(pages.newUser({ frame: frame('users'), ...page }));

  router.get(
    '/users/new',
    access.page('administrator', (visit) => {
      showNew(visit, { values: { login: '', email: '', name: '', role: 'shop_manager' } });
    }),
  );

  router.post(
    '/users/new',
    access.form(
      'administrator',
      { texts: ['login', 'email', 'name', 'role', 'password'] },
      async (visit, { texts }) => {
        const { password, ...values } = texts;
        const reject = (error: FieldText) => {
          visit.response.status(400);
          showNew(visit, { values, error });
        };
        const { role } = values;
        if (!isRole(role)) return reject({ field: 'role', key: 'users.choose_role' });
        const account = { ...values, name: values.name.trim() || undefined, role, password };
        const error = await userErrorOf(async () => {
          const user = await userAdministration.add(account, visit.by);
          visit.goTo(`/users/${user.userId}?done=added`);
        });
        if (error) reject(error);
      },
    ),
  );

  async function show(
    { response, frame, user }: Visit,
    account: User,
    page: Pick<UserPage, 'error' | 'notice'>,
  ): Promise<void> {
    const subject = await externalUsers.subjectOf(account.userId);
    const hasKeys = (await keyList.totals({ userId: account.userId })).length > 0;
    response.send(
      pages.user({
        frame: frame('users'),
        ...page,
        account: showAccount(account, subject),
        ...(subject ? { subject: { issuer: subject.issuer, name: subject.subject } } : {}),
        isSelf: account.userId === user.userId,
        keysHref: `${storeUrl.basePath}/keys${queryString({ owner: account.login })}`,
        ...(hasKeys ? { revokeHref: `${storeUrl.basePath}/keys/revoke?user_id=${account.userId}` } : {}),
      }),
    );
  }

  router.get(
    '/users/:userId',
    access.page('administrator', async (visit) => {
      const account = await accountIn(visit.request, dependencies);
      const done = await doneIn(visit, NOTICES, (entry) => accountOf(entry) === account.userId);
      await show(visit, account, noticeOf(done));
    }),
  );

  router.post(
    '/users/:userId/password',
    access.form('administrator', { texts: ['new_password'] }, async (visit, { texts }) => {
      const account = await accountIn(visit.request, dependencies);
      // The user's own password is changed on the account page, which asks for the old one.
      if (account.userId === visit.user.userId)
        throw new PageError(403, 'users.own_password', {
          next: { href: `${storeUrl.basePath}/account`, label: 'nav.account' },
        });
      const error = await userErrorOf(() =>
        userAdministration.setPassword(account, texts.new_password, visit.by),
      );
      if (!error) return visit.goTo(`/users/${account.userId}?done=password`);
      visit.response.status(400);
      await show(visit, account, { error: { ...error, field: 'new_password' } });
    }),
  );

  router.post(
    '/users/:userId/enable',
    access.form('administrator', {}, async (visit) => {
      const account = await accountIn(visit.request, dependencies);
      await userAdministration.enable(account, visit.by);
      visit.goTo(`/users/${account.userId}?done=enabled`);
    }),
  );
  return router;
}
