import { Router } from 'express';
import type { KeyListStore } from '../consumer-keys/key-list-store';
import type { StoreUrl } from '../http/store-url';
import { mayManage } from '../users/may-manage';
import type { Role } from '../users/user';
import type { ConsoleAccess } from './console-access';
import { queryString, queryText } from './console-form';
import type { ConsolePages } from './console-pages';
import { pieceOf } from './paging';
import { showApp } from './shown-keys';

export interface AppRouteDependencies {
  readonly access: ConsoleAccess;
  readonly pages: ConsolePages;
  readonly keyList: KeyListStore;
  readonly storeUrl: StoreUrl;
}

/**
 * Routes of the list of connected apps: those of the manager, or of all managers with
 * `?who=everyone`.
 */
export function appRoutes({ access, pages, keyList, storeUrl }: AppRouteDependencies): Router {
  const router = Router();
  const { basePath } = storeUrl;
  router.get(
    '/apps',
    access.page('manager', async ({ request, response, user, frame }) => {
      const everyone = queryText(request, 'who') === 'everyone';
      const wanted = { userId: everyone ? undefined : user.userId };
      const links = { who: everyone ? 'everyone' : undefined };
      const { items, isOutOfRange, pager } = await pieceOf(
        request,
        `${basePath}/apps`,
        links,
        (limit, offset) => keyList.apps(wanted, { limit, offset }),
      );
      if (isOutOfRange) response.status(404);
      response.send(
        pages.apps({
          frame: frame('apps'),
          everyone,
          isOutOfRange,
          pager,
          apps: items.map((app) => ({
            ...showApp(app),
            keysHref: `${basePath}/keys${queryString({ app: app.appName, owner: app.ownerLogin })}`,
            ...(mayManage(user, { role: app.ownerRole as Role })
              ? {
                  disconnectHref: `${basePath}/keys/revoke${queryString({
                    app: app.appName,
                    callback_origin: app.callbackOrigin,
                    user_id: app.userId,
                  })}`,
                }
              : {}),
          })),
        }),
      );
    }),
  );
  return router;
}
