import { Router } from 'express';
import { ownerOf } from '../administration/key-state';
import { KEY_ORDERS, type KeyListStore } from '../consumer-keys/key-list-store';
import type { Messages } from '../pages/messages';
import type { StoreUrl } from '../http/store-url';
import { mayManage } from '../users/may-manage';
import type { UserService } from '../users/user-service';
import type { ConsoleDoor } from './console-door';
import { queryString, queryText } from './console-form';
import type { ConsolePages } from './console-pages';
import { columnsOf, readKeyListQuery, type KeyListQuery } from './key-list';
import { pieceOf } from './paging';
import { showOwnedKey } from './shown-keys';

export interface KeyListRouteDependencies {
  readonly door: ConsoleDoor;
  readonly pages: ConsolePages;
  readonly keyList: KeyListStore;
  readonly users: UserService;
  readonly messages: Messages;
  readonly storeUrl: StoreUrl;
  readonly now: () => number;
}

const SUGGESTIONS = 50;

/** Every key of the store in one list. */
export function keyListRoutes(dependencies: KeyListRouteDependencies): Router {
  const { door, pages, keyList, users, messages, storeUrl, now } = dependencies;
  const router = Router();
  const path = `${storeUrl.basePath}/keys`;

  router.get(
    '/keys',
    door.page('manager', async ({ request, response, user, frame }) => {
      const query = await readKeyListQuery(request, { users, now: now() });
      const { typed, sort, filter, order } = query;
      const { items, ...piece } = await pieceOf(request, path, { ...typed, sort }, (limit, offset) =>
        keyList.page(filter, { order, limit, offset }),
      );
      const keys = items.map((owned) => {
        const owner = ownerOf(owned);
        return { ...showOwnedKey(owned.key, owner), mayRevoke: mayManage(user, owner) };
      });
      const owners = await users.managers(SUGGESTIONS);
      const revoked = queryText(request, 'revoked') !== undefined;
      if (piece.isOutOfRange) response.status(404);
      response.send(
        pages.keys({
          frame: frame('keys'),
          ...(revoked ? { notice: { key: 'keys.revoked' } } : {}),
          keys,
          filter: { ...typed, unused: typed.unused !== '', sort: sort ?? '' },
          isFiltered: query.isFiltered,
          sorts: KEY_ORDERS,
          columns: columnsOf(query, path),
          appNames: await keyList.appNames(SUGGESTIONS),
          ownerLogins: owners.map(({ login }) => login),
          ...piece,
          ...(keys.some(({ mayRevoke }) => mayRevoke) ? revokeAll(query) : {}),
        }),
      );
    }),
  );

  /** The way to all keys of the app or the owner filtered by; with both, to those of both and no others. */
  function revokeAll({ filter: { appName: app, userId }, typed: { owner } }: KeyListQuery) {
    if (app === undefined && userId === undefined) return {};
    const whose =
      app === undefined ? 'revoke_owner' : userId === undefined ? 'revoke_app' : 'revoke_app_owner';
    return {
      revokeAll: {
        href: `${path}/revoke${queryString({ app, user_id: userId })}`,
        label: messages(`keys.${whose}`, { app: app ?? '', owner }),
      },
    };
  }
  return router;
}
