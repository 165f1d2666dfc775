import { Router } from 'express';
import { ownerOf } from '../administration/key-state';
import { revokeInPieces } from '../administration/revoke-in-pieces';
import type { AppListReader } from '../consumer-keys/app-list-reader';
import type { RoleSelection } from '../consumer-keys/key-conditions';
import type { KeyListReader, RoleTotal } from '../consumer-keys/key-list-reader';
import { PageError } from '../errors/http-errors';
import { requestParams } from '../http/request-params';
import type { StoreUrl } from '../http/store-url';
import type { Messages } from '../pages/messages';
import type { RevocationService } from '../revocation/revocation-service';
import { mayManage } from '../users/may-manage';
import { ROLES, type Role } from '../users/user';
import { carriedAppList } from './app-list';
import type { ConsoleAccess, Visit } from './console-access';
import { queryString, rejectUnreadable } from './console-form';
import type { ConsolePages } from './console-pages';
import {
  hiddenFields,
  REVOKE_FORM,
  revokeRequestIn,
  revokeRequestOf,
  selectionOf,
  type RevokeRequest,
} from './revoke-selection';
import { appsShown, showOwnedKey, CONFIRMED_ROWS_MAX } from './shown-keys';

export interface DisconnectRouteDependencies {
  readonly access: ConsoleAccess;
  readonly pages: ConsolePages;
  readonly appList: AppListReader;
  readonly keyList: KeyListReader;
  readonly revocation: RevocationService;
  readonly messages: Messages;
  readonly storeUrl: StoreUrl;
}

/**
 * Returns the routes that revoke all keys that one manager gave to one app, after a page that asks.
 */
export function disconnectRoutes(dependencies: DisconnectRouteDependencies): Router {
  const { access, pages, appList, keyList, revocation, messages, storeUrl } = dependencies;
  const router = Router();
  const path = `${storeUrl.basePath}/apps`;

  interface Found extends RoleTotal {
    readonly mine: RoleSelection;
  }

  /** @throws PageError 404 if the app is not connected, or 403 if an administrator connected it. */
  async function find(wanted: RevokeRequest, { user }: Visit): Promise<Found> {
    const next = { href: path, label: 'apps.all' };
    const selection = selectionOf(wanted);
    const isOneApp = selection?.appName !== undefined && selection.userId !== undefined;
    const [total] = isOneApp ? await keyList.totals(selection) : [];
    if (!selection || !total) throw new PageError(404, 'apps.gone', { next });
    const role = total.role as Role;
    if (!mayManage(user, { role })) throw new PageError(403, 'apps.forbidden', { next });
    return { ...total, mine: { selection, roles: [role] } };
  }

  router.get(
    '/apps/disconnect',
    access.page('manager', async (visit) => {
      rejectUnreadable(requestParams(visit.request), REVOKE_FORM.texts);
      const wanted = revokeRequestOf(visit.request);
      const { app } = wanted;
      const list = carriedAppList(wanted.list);
      const { mine, keys: count, newest, lastAccess } = await find(wanted, visit);
      const owned = await keyList.selected(mine, CONFIRMED_ROWS_MAX);
      const ofAll = { selection: selectionOf({ ...wanted, userId: '' }) ?? {}, roles: ROLES };
      const others = (await appList.ofSelection(ofAll, 1)).total - 1;
      visit.response.send(
        pages.confirm({
          frame: visit.frame('apps'),
          title: messages('disconnect.title', { app }),
          lead: messages(lastAccess === null ? 'disconnect.lead_unused' : 'disconnect.lead', { app }),
          notes: others > 0 ? [messages('disconnect.others', { app, count: others })] : [],
          keysHeading: messages('revoke.keys', { count }),
          keys: owned.map((one) => showOwnedKey(one.key, ownerOf(one), visit.at)),
          furtherKeys: Math.max(0, count - CONFIRMED_ROWS_MAX),
          ...(await appsShown(appList, mine, visit.at)),
          action: `${path}/disconnect`,
          hidden: hiddenFields(wanted, { keyIds: [], newest }),
          submit: messages('disconnect.submit', { app }),
          busy: messages('disconnect.busy'),
          isHarmful: true,
          cancelHref: path + queryString(list),
        }),
      );
    }),
  );

  router.post(
    '/apps/disconnect',
    access.form('manager', { texts: REVOKE_FORM.texts }, async (visit, { texts }) => {
      const list = { ...carriedAppList(texts.list), paged: undefined };
      const { mine, newest } = await find(revokeRequestIn(texts), visit);
      const revoked = await revokeInPieces(mine, visit.by, { keyList, revocation });
      visit.goTo(`/apps${queryString({ ...list, disconnected: revoked === 0 ? undefined : newest })}`);
    }),
  );
  return router;
}
