import { Router } from 'express';
import type { AuditLog } from '../audit/audit-log';
import { ownerOf } from '../administration/key-state';
import type { AppListReader, AppSummary } from '../consumer-keys/app-list-reader';
import { hostSearch } from '../consumer-keys/host-search';
import type { KeyListReader } from '../consumer-keys/key-list-reader';
import { requestParams } from '../http/request-params';
import type { StoreUrl } from '../http/store-url';
import { mayManage } from '../users/may-manage';
import type { User } from '../users/user';
import { readAppListQuery } from './app-list';
import type { ConsoleAccess } from './console-access';
import { carried, queryString, queryText } from './console-form';
import type { ConsolePages } from './console-pages';
import { disconnectedApp } from './disconnected-app';
import { pieceOf } from './paging';
import { showApp } from './shown-keys';

export interface AppRouteDependencies {
  readonly access: ConsoleAccess;
  readonly pages: ConsolePages;
  readonly appList: AppListReader;
  readonly keyList: KeyListReader;
  readonly audit: AuditLog;
  readonly storeUrl: StoreUrl;
}

/**
 * Returns the routes of the list of connected apps: those of all managers, or of this one with
 * `?who=me`.
 */
export function appRoutes(dependencies: AppRouteDependencies): Router {
  const { access, pages, appList, keyList, audit, storeUrl } = dependencies;
  const router = Router();
  const { basePath } = storeUrl;
  const path = `${basePath}/apps`;

  router.get(
    '/apps',
    access.page('manager', async ({ request, response, user, frame, at }) => {
      const { search, who } = readAppListQuery(requestParams(request));
      const list = carried({ search, who, paged: queryText(request, 'paged') });
      const filter = {
        userId: who === 'me' ? user.userId : undefined,
        search: search === undefined ? undefined : hostSearch(search),
      };
      const { items, ...piece } = await pieceOf(
        request,
        path,
        { search, who },
        (limit, offset) => appList.page(filter, { limit, offset }),
        (most) => appList.count(filter, most),
      );
      const app = await disconnectedApp(queryText(request, 'disconnected'), user, { audit, keyList });
      if (piece.isOutOfRange) response.status(404);
      const link = (name: 'everyone' | 'mine', value: string | undefined) => ({
        name,
        href: path + queryString({ search, who: value }),
        current: who === value,
      });
      response.send(
        pages.apps({
          frame: frame('apps'),
          ...(app === undefined ? {} : { notice: { key: 'apps.disconnected', values: { app } } }),
          apps: items.map((one) => ({ ...showApp(one, at), ...linksOf(one, user, list) })),
          search: search ?? '',
          whose: [link('everyone', undefined), link('mine', 'me')],
          allHref: path + queryString({ who }),
          ...piece,
        }),
      );
    }),
  );

  function linksOf(app: AppSummary, user: User, list: string) {
    const { appName, callbackOrigin, userId } = app;
    const owner = ownerOf(app);
    return {
      keysHref: `${basePath}/keys${queryString({ app: appName, owner: owner.login })}`,
      ...(mayManage(user, owner)
        ? {
            disconnectHref: `${path}/disconnect${queryString({
              app: appName,
              callback_origin: callbackOrigin,
              user_id: userId,
              list,
            })}`,
          }
        : {}),
    };
  }
  return router;
}
