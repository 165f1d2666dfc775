import { Router } from 'express';
import { ENDS_SOON_DAYS, endingWithin, ownerOf } from '../administration/key-state';
import type { AppListReader } from '../consumer-keys/app-list-reader';
import type { KeyListReader } from '../consumer-keys/key-list-reader';
import type { Messages } from '../pages/messages';
import type { StoreUrl } from '../http/store-url';
import { mayManage } from '../users/may-manage';
import type { UserService } from '../users/user-service';
import type { ConsoleAccess, JustDid } from './console-access';
import { carried, parseId, queryString, queryText } from './console-form';
import type { ConsolePages } from './console-pages';
import { columnsOf, ENDS, readKeyListQuery, type KeyListQuery } from './key-list';
import { COUNTED_MAX, pieceOf } from './paging';
import { showOwnedKey } from './shown-keys';

export interface KeyListRouteDependencies {
  readonly access: ConsoleAccess;
  readonly pages: ConsolePages;
  readonly keyList: KeyListReader;
  readonly appList: AppListReader;
  readonly users: UserService;
  readonly messages: Messages;
  readonly storeUrl: StoreUrl;
}

const SUGGESTIONS = 50;
/** A revocation of more keys is looked up in the history up to this number. */
const REVOKED_MAX = 1000;

/** Returns the routes of the list of all keys of the store. */
export function keyListRoutes(dependencies: KeyListRouteDependencies): Router {
  const { access, pages, keyList, appList, users, messages, storeUrl } = dependencies;
  const router = Router();
  const path = `${storeUrl.basePath}/keys`;

  router.get(
    '/keys',
    access.page('manager', async ({ request, response, user, frame, justDid, at }) => {
      const query = await readKeyListQuery(request, { users, now: at });
      const { typed, sort, filter, order, select } = query;
      const here = { ...typed, sort, paged: queryText(request, 'paged') };
      const { items, ...piece } = await pieceOf(
        request,
        path,
        { ...typed, sort },
        (limit, offset) => keyList.page(filter, { order, limit, offset }),
        (most) => keyList.count(filter, most),
      );
      const keys = items.map((owned) => {
        const owner = ownerOf(owned);
        return { ...showOwnedKey(owned.key, owner, at), mayRevoke: mayManage(user, owner) };
      });
      const owners = await users.managers(SUGGESTIONS);
      const revoked = await revokedJustNow(queryText(request, 'revoked'), justDid);
      if (piece.isOutOfRange) response.status(404);
      response.send(
        pages.keys({
          frame: frame('keys'),
          ...(revoked > 0 ? { notice: { key: 'keys.revoked', values: { count: revoked } } } : {}),
          keys,
          filter: { ...typed, unused: typed.unused !== '', sort: sort ?? '' },
          foldedFilters: [typed.app, typed.owner, typed.permissions, typed.unused, typed.ends].filter(Boolean)
            .length,
          ending: await endingKeys(at),
          someEnd: keys.some(({ limits }) => limits.endsAt !== undefined),
          selectable: keys.filter(({ mayRevoke }) => mayRevoke).length,
          isSelected: select !== undefined,
          selectHref: path + queryString({ ...here, select: select === undefined ? 'page' : undefined }),
          list: carried(here),
          isFiltered: query.isFiltered,
          sorts: query.orders,
          columns: columnsOf(query, path),
          appNames: await appList.names(SUGGESTIONS),
          ownerLogins: owners.map(({ login }) => login),
          ...piece,
          ...(keys.some(({ mayRevoke }) => mayRevoke) ? revokeAll(query, here) : {}),
        }),
      );
    }),
  );

  /** Counts the keys of the store that end soon, and those that have ended. */
  async function endingKeys(at: number) {
    const [soon, over] = await Promise.all([
      keyList.count(endingWithin(ENDS_SOON_DAYS, at), COUNTED_MAX),
      keyList.count({ endedBy: at }, COUNTED_MAX),
    ]);
    const [soonValue, overValue] = ENDS;
    return {
      soon: { count: soon, href: path + queryString({ ends: soonValue }) },
      over: { count: over, href: path + queryString({ ends: overValue }) },
    };
  }

  /** Returns the link to revoke all keys of the app and the owner that the list is filtered by. */
  function revokeAll(
    { filter: { appName: app, userId }, typed: { owner } }: KeyListQuery,
    here: Readonly<Record<string, string | undefined>>,
  ) {
    if (app === undefined && userId === undefined) return {};
    const whose =
      app === undefined ? 'revoke_owner' : userId === undefined ? 'revoke_app' : 'revoke_app_owner';
    return {
      revokeAll: {
        href: `${path}/revoke${queryString({ app, user_id: userId, list: carried(here) })}`,
        label: messages(`keys.${whose}`, { app: app ?? '', owner }),
      },
    };
  }
  return router;
}

/** Returns the number of revoked keys in the link, or 0 if the user has not just revoked as many. */
async function revokedJustNow(asked: string | undefined, justDid: JustDid): Promise<number> {
  const count = parseId(asked) ?? 0;
  const entries = await justDid('key.revoked', Math.min(count, REVOKED_MAX));
  return entries.length >= Math.min(count, REVOKED_MAX) ? count : 0;
}
