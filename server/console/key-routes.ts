import { Router } from 'express';
import type { KeyAdministration } from '../administration/key-administration';
import { isPermissions, isRaised, type ConsumerKey } from '../consumer-keys/consumer-key';
import { DESCRIPTION_MAX, parseDescription } from '../consumer-keys/description';
import type { FieldText } from '../errors/message-text';
import type { StoreUrl } from '../http/store-url';
import { mayHoldSecretOf, mayManage } from '../users/may-manage';
import type { User } from '../users/user';
import type { UserService } from '../users/user-service';
import { isFresh, type ConfirmIdentity } from './confirm-identity';
import type { ConsoleAccess, Visit } from './console-access';
import { queryText } from './console-form';
import type { ConsolePages } from './console-pages';
import type { KeyPage } from './key-pages';
import type { ManagedKeys } from './managed-key';
import { ownerChoice } from './owner-choice';
import { showOwnedKey } from './shown-keys';
import { freshSignInHref } from './fresh-sign-in';

export interface KeyRouteDependencies {
  readonly access: ConsoleAccess;
  readonly pages: ConsolePages;
  readonly managed: ManagedKeys;
  readonly keyAdministration: KeyAdministration;
  readonly confirm: ConfirmIdentity;
  readonly users: UserService;
  readonly storeUrl: StoreUrl;
  readonly now: () => number;
}

/** The values that the form showed when it was opened. */
const SHOWN = ['shown_description', 'shown_permissions', 'shown_owner'] as const;

/** Returns the routes that show and change one key. */
export function keyRoutes(dependencies: KeyRouteDependencies): Router {
  const { access, pages, managed, keyAdministration, confirm, users, storeUrl, now } = dependencies;
  const router = Router();
  const owners = ownerChoice(users);

  async function show(
    { response, frame, user, session }: Visit,
    { key, owner }: { key: ConsumerKey; owner: User },
    page: Partial<Pick<KeyPage, 'values' | 'error' | 'notice'>>,
  ): Promise<void> {
    const isEditable = mayManage(user, owner) && !key.pending;
    response.send(
      pages.key({
        frame: frame('keys'),
        key: showOwnedKey(key, owner),
        isEditable,
        mayRevoke: mayManage(user, owner),
        mayRegenerate: isEditable && mayHoldSecretOf(user, owner),
        ...(isEditable && user.role === 'administrator'
          ? await owners.namesFor(user)
          : { owners: [], ownerIsTyped: false }),
        ...(session.external
          ? {
              freshSignIn: {
                href: freshSignInHref(storeUrl, session.external.way, `/keys/${key.keyId}`),
                isDone: isFresh(session, now()),
              },
            }
          : {}),
        values: { description: key.description, permissions: key.permissions, owner: owner.login },
        ...page,
      }),
    );
  }

  router.get(
    '/keys/:keyId',
    access.page('manager', async (visit) => {
      const found = await managed.find(visit.request);
      const isDone =
        queryText(visit.request, 'changed') === '1' &&
        (await visit.justDid('key.changed')).some(({ keyId }) => keyId === found.key.keyId);
      await show(visit, found, isDone ? { notice: { key: 'key.changed' } } : {});
    }),
  );

  router.post(
    '/keys/:keyId',
    access.form(
      'manager',
      { texts: ['description', 'permissions', 'owner', 'password', ...SHOWN] },
      async (visit, form) => {
        const found = await managed.findFor(visit.user, visit.request);
        const { key, owner } = found;
        const { password, shown_description, shown_permissions, shown_owner, ...values } = form.texts;
        const isAsShown =
          shown_description === key.description &&
          shown_permissions === key.permissions &&
          shown_owner === owner.login;
        const isAsWanted =
          values.description === key.description &&
          values.permissions === key.permissions &&
          (values.owner || owner.login) === owner.login;
        // The form was sent twice, and the first time made the change.
        if (isAsWanted) return visit.goTo(`/keys/${key.keyId}?changed=1`);
        // Saving it would silently undo a change that was made since the form was opened.
        if (!isAsShown) throw managed.overtaken(key.keyId);
        const reject = (error: FieldText, status = 400) => {
          visit.response.status(status);
          return show(visit, found, {
            values: { ...values, owner: values.owner || owner.login },
            error,
          });
        };
        // An unchanged description stays as it is, even if an app chose one that a form would
        // reject.
        const description =
          values.description === key.description ? key.description : parseDescription(values.description);
        const { permissions } = values;
        const givenAway = values.owner !== '' && values.owner !== owner.login;
        const newOwner = givenAway ? await owners.chosen(visit.user, values.owner) : owner;
        if (givenAway && !visit.isAdministrator) throw managed.forbidden();
        if (description === undefined)
          return reject({
            field: 'description',
            key: 'key.bad_description',
            values: { most: DESCRIPTION_MAX },
          });
        if (!isPermissions(permissions)) return reject({ field: 'permissions', key: 'key.bad_permissions' });
        if (!newOwner) return reject({ field: 'owner', key: 'key.bad_owner' });
        const isWeighty = isRaised(key.permissions, permissions) || newOwner.userId !== owner.userId;
        const confirmed = isWeighty ? await confirm(visit, password) : 'confirmed';
        if (confirmed === 'missing')
          return reject({
            field: 'password',
            key: visit.session.external ? 'key.sign_in_needed' : 'key.password_needed',
          });
        if (confirmed === 'wrong') return reject({ field: 'password', key: 'key.password_wrong' }, 403);
        const to = { description, permissions, owner: newOwner };
        if ((await keyAdministration.change(key, owner, to, visit.by)) === 'overtaken')
          throw managed.overtaken(key.keyId);
        visit.goTo(`/keys/${key.keyId}?changed=1`);
      },
    ),
  );
  return router;
}
