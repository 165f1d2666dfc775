import { Router } from 'express';
import { ownerOf } from '../administration/key-state';
import { revokeInPieces } from '../administration/revoke-in-pieces';
import type { AppListReader } from '../consumer-keys/app-list-reader';
import type { RoleSelection } from '../consumer-keys/key-conditions';
import type { KeyListReader, RoleTotal } from '../consumer-keys/key-list-reader';
import { PageError } from '../errors/http-errors';
import type { Messages } from '../pages/messages';
import { requestParams } from '../http/request-params';
import type { StoreUrl } from '../http/store-url';
import type { RevocationService } from '../revocation/revocation-service';
import { mayManage } from '../users/may-manage';
import { ROLES } from '../users/user';
import type { ConsoleAccess, Visit } from './console-access';
import { queryString, rejectUnreadable } from './console-form';
import type { ConsolePages } from './console-pages';
import { carriedKeyList } from './key-list';
import type { ManagedKeys } from './managed-key';
import {
  hiddenFields,
  REVOKE_FORM,
  selectionOf,
  revokeRequestIn,
  revokeRequestOf,
  type RevokeRequest,
} from './revoke-selection';
import { appsShown, showOwnedKey, CONFIRMED_ROWS_MAX } from './shown-keys';

export interface RevokeRouteDependencies {
  readonly access: ConsoleAccess;
  readonly pages: ConsolePages;
  readonly managed: ManagedKeys;
  readonly keyList: KeyListReader;
  readonly appList: AppListReader;
  readonly revocation: RevocationService;
  readonly messages: Messages;
  readonly storeUrl: StoreUrl;
}

/**
 * Returns the routes that revoke one key, several, all of an app or all of a user, after a page
 * that asks for confirmation.
 */
export function revokeRoutes(dependencies: RevokeRouteDependencies): Router {
  const { access, pages, managed, keyList, appList, revocation, messages, storeUrl } = dependencies;
  const router = Router();
  const keysPath = `${storeUrl.basePath}/keys`;

  interface Found {
    /** The part of the selection that this user may revoke. */
    readonly mine: RoleSelection;
    readonly totals: readonly RoleTotal[];
    readonly count: number;
    readonly others: number;
  }

  /**
   * Finds the selected keys.
   * @throws PageError if there are none, or if the user may not revoke a ticked key.
   */
  async function find(wanted: RevokeRequest, { user }: Visit): Promise<Found> {
    const toKeys = { href: keysPath, label: 'keys.all' };
    const selection = selectionOf(wanted);
    if (!selection) throw new PageError(400, 'revoke.nothing', { next: toKeys });
    const roles = ROLES.filter((role) => mayManage(user, { role }));
    const all = await keyList.totals(selection);
    const totals = all.filter(({ role }) => (roles as readonly string[]).includes(role));
    const count = sum(totals);
    const others = sum(all) - count;
    if (others > 0 && (wanted.keyIds.length > 0 || count === 0)) throw managed.forbidden();
    if (count === 0) throw new PageError(404, 'revoke.gone', { next: toKeys });
    return { mine: { selection, roles }, totals, count, others };
  }

  router.get(
    '/keys/revoke',
    access.page('manager', async (visit) => {
      rejectUnreadable(requestParams(visit.request), REVOKE_FORM.texts, REVOKE_FORM.lists);
      const wanted = revokeRequestOf(visit.request);
      const list = carriedKeyList(wanted.list);
      const { mine, totals, count, others } = await find(wanted, visit);
      // The form lists every ticked key. Of all keys of an app or a user, only the first are read.
      const limit = wanted.keyIds.length > 0 ? wanted.keyIds.length : CONFIRMED_ROWS_MAX;
      const owned = await keyList.selected(mine, limit);
      const isUsed = totals.some(({ lastAccess }) => lastAccess !== null);
      visit.response.send(
        pages.confirm({
          frame: visit.frame('keys'),
          title: messages('revoke.title', { count }),
          lead: messages(isUsed ? 'revoke.lead' : 'revoke.lead_unused', { count }),
          notes: others > 0 ? [messages('revoke.others', { count: others })] : [],
          keysHeading: messages('revoke.keys', { count }),
          keys: owned
            .slice(0, CONFIRMED_ROWS_MAX)
            .map((one) => showOwnedKey(one.key, ownerOf(one), visit.at)),
          furtherKeys: Math.max(0, count - CONFIRMED_ROWS_MAX),
          ...(await appsShown(appList, mine, visit.at)),
          action: `${keysPath}/revoke`,
          hidden: hiddenFields(wanted, {
            keyIds: owned.map(({ key }) => key.keyId),
            newest: Math.max(...totals.map(({ newest }) => newest)),
          }),
          submit: messages('revoke.submit', { count }),
          busy: messages('revoke.busy'),
          isHarmful: true,
          cancelHref: keysPath + queryString(list),
        }),
      );
    }),
  );

  router.post(
    '/keys/revoke',
    access.form('manager', REVOKE_FORM, async (visit, { texts, lists }) => {
      const list = { ...carriedKeyList(texts.list), paged: undefined };
      const { mine } = await find(revokeRequestIn(texts, lists.key_id), visit);
      const revoked = await revokeInPieces(mine, visit.by, { keyList, revocation });
      visit.goTo(`/keys${queryString({ ...list, revoked: revoked === 0 ? undefined : revoked })}`);
    }),
  );
  return router;
}

const sum = (totals: readonly RoleTotal[]) => totals.reduce((all, { keys }) => all + keys, 0);
