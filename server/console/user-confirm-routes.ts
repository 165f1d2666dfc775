import { Router } from 'express';
import { ownerOf } from '../administration/key-state';
import type { UserOutcome } from '../administration/user-administration';
import { PageError } from '../errors/http-errors';
import type { Messages } from '../pages/messages';
import { isRole, MANAGER_ROLES, ROLES, type User } from '../users/user';
import type { Visit } from './console-access';
import { queryText } from './console-form';
import { appsShown, showOwnedKey, CONFIRMED_ROWS_MAX } from './shown-keys';
import { accountIn, type UserRouteDependencies } from './user-routes';

export interface UserConfirmRouteDependencies extends UserRouteDependencies {
  readonly messages: Messages;
}

/**
 * Returns the routes that disable or remove an account, or change its role. Each first shows a page
 * with the affected apps and keys.
 */
export function userConfirmRoutes(dependencies: UserConfirmRouteDependencies): Router {
  const { access, pages, users, userAdministration, keyList, appList, messages, storeUrl } = dependencies;
  const router = Router();

  interface Question {
    readonly action: 'disable' | 'remove' | 'role';
    /** Whether the account's keys stop, permanently or until the change is undone. */
    readonly stopsKeys: boolean;
    readonly hidden?: readonly (readonly [string, string])[];
    readonly words?: Readonly<Record<string, string>>;
  }

  async function ask({ response, frame, at }: Visit, account: User, question: Question): Promise<void> {
    const { action, stopsKeys, hidden = [], words = {} } = question;
    if (await users.isLastAdministrator(account.userId)) throw notTheLast(account);
    const selection = { userId: account.userId };
    const own = { selection, roles: ROLES };
    const totals = stopsKeys ? await keyList.totals(selection) : [];
    const count = totals.reduce((all, { keys }) => all + keys, 0);
    const keys = stopsKeys ? await keyList.selected(own, CONFIRMED_ROWS_MAX) : [];
    const values = { name: account.login, count, ...words };
    const effect = !stopsKeys ? 'no_effect' : count === 0 ? 'no_keys' : 'keys';
    response.send(
      pages.confirm({
        frame: frame('users'),
        title: messages(`users.${action}.title`, values),
        lead: messages(`users.${action}.lead`, values),
        notes: [messages(`users.${action}.${effect}`, values)],
        keysHeading: messages('revoke.keys', values),
        keys: keys.map((one) => showOwnedKey(one.key, ownerOf(one), at)),
        furtherKeys: Math.max(0, count - CONFIRMED_ROWS_MAX),
        ...(stopsKeys ? await appsShown(appList, own, at) : { apps: [], furtherApps: 0 }),
        action: `${storeUrl.basePath}/users/${account.userId}/${action}`,
        hidden,
        submit: messages(`users.${action}.submit`, values),
        busy: messages('users.busy'),
        isHarmful: stopsKeys,
        cancelHref: `${storeUrl.basePath}/users/${account.userId}`,
      }),
    );
  }

  /** @throws PageError 409 */
  function settle(outcome: UserOutcome, account: User): void {
    if (outcome === 'gone')
      throw new PageError(409, 'users.gone', {
        next: { href: `${storeUrl.basePath}/users`, label: 'users.all' },
      });
    if (outcome === 'last administrator') throw notTheLast(account);
  }

  const notTheLast = ({ userId }: User) =>
    new PageError(409, 'users.last', {
      next: { href: `${storeUrl.basePath}/users/${userId}`, label: 'users.back' },
    });

  const accountOf = ({ request }: Visit) => accountIn(request, dependencies);

  router.get(
    '/users/:userId/disable',
    access.page('administrator', async (visit) =>
      ask(visit, await accountOf(visit), { action: 'disable', stopsKeys: true }),
    ),
  );
  router.post(
    '/users/:userId/disable',
    access.form('administrator', {}, async (visit) => {
      const account = await accountOf(visit);
      settle(await userAdministration.disable(account, visit.by), account);
      visit.goTo(`/users/${account.userId}?done=disabled`);
    }),
  );

  router.get(
    '/users/:userId/remove',
    access.page('administrator', async (visit) =>
      ask(visit, await accountOf(visit), { action: 'remove', stopsKeys: true }),
    ),
  );
  router.post(
    '/users/:userId/remove',
    access.form('administrator', {}, async (visit) => {
      const account = await accountOf(visit);
      settle(await userAdministration.remove(account, visit.by), account);
      visit.goTo('/users?done=removed');
    }),
  );

  const badRole = () => new PageError(400, 'users.bad_role');

  router.get(
    '/users/:userId/role',
    access.page('administrator', async (visit) => {
      const account = await accountOf(visit);
      const role = queryText(visit.request, 'role') ?? '';
      if (!isRole(role)) throw badRole();
      const stopsKeys = MANAGER_ROLES.includes(account.role) && !MANAGER_ROLES.includes(role);
      await ask(visit, account, {
        action: 'role',
        stopsKeys,
        hidden: [['role', role]],
        words: { from: messages(`role.${account.role}`), to: messages(`role.${role}`) },
      });
    }),
  );
  router.post(
    '/users/:userId/role',
    access.form('administrator', { texts: ['role'] }, async (visit, { texts }) => {
      const account = await accountOf(visit);
      if (!isRole(texts.role)) throw badRole();
      if (texts.role !== account.role)
        settle(await userAdministration.changeRole(account, texts.role, visit.by), account);
      visit.goTo(`/users/${account.userId}?done=role`);
    }),
  );
  return router;
}
