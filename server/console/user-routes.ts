import { Router, type Request } from 'express';
import type { UserAdministration } from '../administration/user-administration';
import type { AppListStore } from '../consumer-keys/app-list-store';
import type { KeyListStore } from '../consumer-keys/key-list-store';
import { PageError } from '../errors/http-errors';
import type { MessageText } from '../errors/message-text';
import { userErrorOf } from '../errors/user-error';
import type { StoreUrl } from '../http/store-url';
import { isRole, type User } from '../users/user';
import type { UserService } from '../users/user-service';
import type { ConsoleAccess, Visit } from './console-access';
import { parseId, queryString, queryText, rejectUnreadable, SEARCH_MAX } from './console-form';
import type { ConsolePages } from './console-pages';
import type { NewUserPage, ShownAccount, UserPage } from './account-pages';
import { pieceOf } from './paging';

export interface UserRouteDependencies {
  readonly access: ConsoleAccess;
  readonly pages: ConsolePages;
  readonly users: UserService;
  readonly keyList: KeyListStore;
  readonly appList: AppListStore;
  readonly userAdministration: UserAdministration;
  readonly storeUrl: StoreUrl;
}

const NOTICES = ['added', 'details', 'role', 'disabled', 'enabled', 'password', 'removed'];

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
 * Routes of the store's accounts, for administrators. Changes that ask for confirmation are in
 * user-confirm-routes.ts.
 */
export function userRoutes(dependencies: UserRouteDependencies): Router {
  const { access, pages, users, keyList, userAdministration, storeUrl } = dependencies;
  const router = Router();
  const path = `${storeUrl.basePath}/users`;

  const showAccount = (user: User): ShownAccount => ({
    userId: user.userId,
    login: user.login,
    name: user.name,
    email: user.email,
    role: user.role,
    isDisabled: user.disabledAt !== null,
    createdAt: new Date(user.createdAt),
    href: `${path}/${user.userId}`,
  });
  const noticeOf = (request: Request) => {
    const done = queryText(request, 'done') ?? '';
    return NOTICES.includes(done) ? { notice: { key: `users.done.${done}` } } : {};
  };

  router.get(
    '/users',
    access.page('administrator', async ({ request, response, frame }) => {
      rejectUnreadable(request, ['search', 'paged']);
      const search = queryText(request, 'search');
      if (search !== undefined && search.length > SEARCH_MAX) throw new PageError(400, 'keys.bad_filter');
      const { items, isOutOfRange, pager } = await pieceOf(request, path, { search }, (limit, offset) =>
        users.page(search, limit, offset),
      );
      if (isOutOfRange) response.status(404);
      response.send(
        pages.users({
          frame: frame('users'),
          ...noticeOf(request),
          accounts: items.map(showAccount),
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
        const reject = (error: MessageText) => {
          visit.response.status(400);
          showNew(visit, { values, error });
        };
        const { role } = values;
        if (!isRole(role)) return reject({ key: 'users.choose_role' });
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
    const hasKeys = (await keyList.totals({ userId: account.userId })).length > 0;
    response.send(
      pages.user({
        frame: frame('users'),
        ...page,
        account: showAccount(account),
        isSelf: account.userId === user.userId,
        keysHref: `${storeUrl.basePath}/keys${queryString({ owner: account.login })}`,
        ...(hasKeys ? { revokeHref: `${storeUrl.basePath}/keys/revoke?user_id=${account.userId}` } : {}),
      }),
    );
  }

  router.get(
    '/users/:userId',
    access.page('administrator', async (visit) => {
      await show(visit, await accountIn(visit.request, dependencies), noticeOf(visit.request));
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
      await show(visit, account, { error });
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
