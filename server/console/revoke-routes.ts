import { Router } from 'express';
import { ownerOf } from '../administration/key-state';
import { revokeInPieces } from '../administration/revoke-in-pieces';
import type { KeyListStore, RoleSelection, RoleTotal } from '../consumer-keys/key-list-store';
import { PageError } from '../errors/http-errors';
import type { Messages } from '../pages/messages';
import type { StoreUrl } from '../http/store-url';
import type { RevocationService } from '../revocation/revocation-service';
import { mayManage } from '../users/may-manage';
import { ROLES } from '../users/user';
import type { ConsoleDoor, Visit } from './console-door';
import { refuseUnreadable } from './console-form';
import type { ConsolePages } from './console-pages';
import type { ManagedKeys } from './managed-key';
import { hiddenFields, REVOKE_FORM, selectionOf, wishOf, type RevokeWish } from './revoke-selection';
import { appsShown, showOwnedKey, SHOWN_MAX } from './shown-keys';

export interface RevokeRouteDependencies {
  readonly door: ConsoleDoor;
  readonly pages: ConsolePages;
  readonly managed: ManagedKeys;
  readonly keyList: KeyListStore;
  readonly revocation: RevocationService;
  readonly messages: Messages;
  readonly storeUrl: StoreUrl;
}

/** One key, several, all of an app or all of a user: named on a page that asks, and then ended. */
export function revokeRoutes(dependencies: RevokeRouteDependencies): Router {
  const { door, pages, managed, keyList, revocation, messages, storeUrl } = dependencies;
  const router = Router();
  const keysPath = `${storeUrl.basePath}/keys`;

  interface Found {
    /** What of the selection this user may end. */
    readonly mine: RoleSelection;
    readonly totals: readonly RoleTotal[];
    readonly count: number;
    readonly others: number;
  }

  /** @throws PageError when nothing is selected, or a key among the ticked ones is not this user's to end */
  async function find(wish: RevokeWish, { user }: Visit): Promise<Found> {
    const toKeys = { href: keysPath, label: 'keys.all' };
    const selection = selectionOf(wish);
    if (!selection) throw new PageError(400, 'revoke.nothing', { next: toKeys });
    const roles = ROLES.filter((role) => mayManage(user, { role }));
    const all = await keyList.totals(selection);
    const totals = all.filter(({ role }) => (roles as readonly string[]).includes(role));
    const count = sum(totals);
    const others = sum(all) - count;
    if (others > 0 && (wish.keyIds.length > 0 || count === 0)) throw managed.forbidden();
    if (count === 0) throw new PageError(404, 'revoke.gone', { next: toKeys });
    return { mine: { selection, roles }, totals, count, others };
  }

  router.get(
    '/keys/revoke',
    door.page('manager', async (visit) => {
      refuseUnreadable(visit.request, REVOKE_FORM.texts, REVOKE_FORM.lists);
      const wish = wishOf(visit.request);
      const { mine, totals, count, others } = await find(wish, visit);
      // Ticked keys are few, and each stands in the form; of all of an app or a user only the first are read.
      const limit = wish.keyIds.length > 0 ? wish.keyIds.length : SHOWN_MAX;
      const owned = await keyList.selected(mine, limit);
      const isUsed = totals.some(({ lastAccess }) => lastAccess !== null);
      visit.response.send(
        pages.confirm({
          frame: visit.frame('keys'),
          title: messages('revoke.title', { count }),
          lead: messages(isUsed ? 'revoke.lead' : 'revoke.lead_unused', { count }),
          notes: others > 0 ? [messages('revoke.others', { count: others })] : [],
          keysHeading: messages('revoke.keys', { count }),
          keys: owned.slice(0, SHOWN_MAX).map((one) => showOwnedKey(one.key, ownerOf(one))),
          furtherKeys: Math.max(0, count - SHOWN_MAX),
          ...(await appsShown(keyList, mine)),
          action: `${keysPath}/revoke`,
          hidden: hiddenFields(wish, {
            keyIds: owned.map(({ key }) => key.keyId),
            newest: Math.max(...totals.map(({ newest }) => newest)),
          }),
          submit: messages('revoke.submit', { count }),
          busy: messages('revoke.busy'),
          isHarmful: true,
          cancelHref: keysPath,
        }),
      );
    }),
  );

  router.post(
    '/keys/revoke',
    door.form('manager', REVOKE_FORM, async (visit, { texts, lists }) => {
      const wish = {
        keyIds: lists.key_id,
        app: texts.app,
        callbackOrigin: texts.callback_origin,
        userId: texts.user_id,
        upTo: texts.up_to,
      };
      const { mine } = await find(wish, visit);
      const revoked = await revokeInPieces(mine, visit.by, { keyList, revocation });
      visit.goTo(`/keys${revoked === 0 ? '' : '?revoked=1'}`);
    }),
  );
  return router;
}

const sum = (totals: readonly RoleTotal[]) => totals.reduce((all, { keys }) => all + keys, 0);
