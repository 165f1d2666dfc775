import { Router } from 'express';
import type { KeyAdministration, KeyChanges } from '../administration/key-administration';
import { isRaised, type ConsumerKey } from '../consumer-keys/consumer-key';
import { parseDescription } from '../consumer-keys/description';
import type { KeyLifetimes } from '../consumer-keys/key-lifetime';
import { hasSameLimits, isWidened } from '../consumer-keys/key-limits';
import type { FieldText } from '../errors/message-text';
import { UserError } from '../errors/user-error';
import type { User } from '../users/user';
import type { UserService } from '../users/user-service';
import type { ConfirmIdentity } from './confirm-identity';
import type { ConsoleAccess, Visit } from './console-access';
import { queryText } from './console-form';
import { checkedKeyFields } from './key-fields';
import type { SendKeyPage } from './key-page';
import { atField, LIMIT_FIELDS, readLimits, typedLimits, type LimitValues } from './limit-fields';
import type { ManagedKeys } from './managed-key';
import { ownerChoice } from './owner-choice';
import { limitsText } from './shown-limits';

export interface KeyRouteDependencies {
  readonly access: ConsoleAccess;
  readonly showKey: SendKeyPage;
  readonly managed: ManagedKeys;
  readonly keyAdministration: KeyAdministration;
  readonly confirm: ConfirmIdentity;
  readonly users: UserService;
  readonly lifetimes: KeyLifetimes;
}

/** The values that the form showed when it was opened. */
const SHOWN = ['shown_description', 'shown_permissions', 'shown_owner', 'shown_limits'] as const;
const FORM = {
  texts: ['description', 'permissions', 'owner', 'password', ...SHOWN, ...LIMIT_FIELDS.texts],
  lists: LIMIT_FIELDS.lists,
} as const;

interface Typed extends LimitValues {
  readonly description: string;
  readonly permissions: string;
  readonly owner: string;
}

/** Returns the routes that show and change one key. */
export function keyRoutes(dependencies: KeyRouteDependencies): Router {
  const { access, showKey, managed, keyAdministration, confirm, users, lifetimes } = dependencies;
  const router = Router();
  const owners = ownerChoice(users);

  router.get(
    '/keys/:keyId',
    access.page('manager', async (visit) => {
      const found = await managed.find(visit.request);
      const done = ['changed', 'extended'].find((name) => queryText(visit.request, name) === '1');
      const isDone =
        done !== undefined &&
        (await visit.justDid('key.changed')).some(({ keyId }) => keyId === found.key.keyId);
      await showKey(visit, found, isDone ? { notice: { key: `key.${done}` } } : {});
    }),
  );

  router.post(
    '/keys/:keyId',
    access.form('manager', FORM, async (visit, form) => {
      const found = await managed.findFor(visit.user, visit.request);
      const { key, owner } = found;
      const { description, permissions, password, ...texts } = form.texts;
      const values = { description, permissions, owner: texts.owner || owner.login, ...typedLimits(form) };
      const reject = ({ status = 400, ...error }: FieldText & { status?: number }) => {
        visit.response.status(status);
        return showKey(visit, found, { values, error });
      };
      const isAsShown =
        texts.shown_description === key.description &&
        texts.shown_permissions === key.permissions &&
        texts.shown_owner === owner.login &&
        texts.shown_limits === limitsText(key.limits);
      try {
        const to = await changesIn(values, visit, found);
        // The form was sent twice, and the first time made the change.
        if (isAsWanted(to, found)) return visit.goTo(`/keys/${key.keyId}?changed=1`);
        // Saving it would silently undo a change that was made since the form was opened.
        if (!isAsShown) throw managed.overtaken(key.keyId);
        const unconfirmed = isWeighty(to, found) ? await notConfirmed(visit, password) : undefined;
        if (unconfirmed) return await reject(unconfirmed);
        if ((await keyAdministration.change(key, owner, to, visit.by)) === 'overtaken') {
          // The same form may have been sent twice at the same time.
          const current = await managed.findFor(visit.user, visit.request);
          if (!isAsWanted(await changesIn(values, visit, current), current))
            throw managed.overtaken(key.keyId);
        }
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        if (!isAsShown) throw managed.overtaken(key.keyId);
        return reject(atField(error.text, values));
      }
      visit.goTo(`/keys/${key.keyId}?changed=1`);
    }),
  );

  /** Returns the values of the form. @throws UserError for one that a person can correct */
  async function changesIn(
    typed: Typed,
    visit: Visit,
    { key, owner }: { key: ConsumerKey; owner: User },
  ): Promise<KeyChanges> {
    // An unchanged description stays as it is, even if an app chose one that a form would reject.
    const description =
      typed.description === key.description ? key.description : parseDescription(typed.description);
    const givenAway = typed.owner !== owner.login;
    if (givenAway && !visit.isAdministrator) throw managed.forbidden();
    const newOwner = givenAway ? await owners.chosen(visit.user, typed.owner) : owner;
    const fields = checkedKeyFields({ description, permissions: typed.permissions, owner: newOwner });
    const limits = readLimits(typed, { kept: key.limits.expiresAt, now: visit.at, lifetimes });
    return { ...fields, limits };
  }

  /** Returns why the person has not confirmed who they are, or `undefined` if they have. */
  async function notConfirmed(visit: Visit, password: string) {
    const confirmed = await confirm(visit, password);
    if (confirmed === 'confirmed') return undefined;
    if (confirmed === 'wrong') return { field: 'password', key: 'key.password_wrong', status: 403 };
    return { field: 'password', key: visit.session.external ? 'key.sign_in_needed' : 'key.password_needed' };
  }
  return router;
}

const isAsWanted = (to: KeyChanges, { key, owner }: { key: ConsumerKey; owner: User }): boolean =>
  to.description === key.description &&
  to.permissions === key.permissions &&
  to.owner.userId === owner.userId &&
  hasSameLimits(to.limits, key.limits);

/** Returns whether a change needs the password: it gives the key more, or to another user. */
const isWeighty = (to: KeyChanges, { key, owner }: { key: ConsumerKey; owner: User }): boolean =>
  isRaised(key.permissions, to.permissions) ||
  isWidened(key.limits, to.limits) ||
  // Any new end revives a key that has ended, even an earlier one if the clock was set back.
  (key.expiredAt !== null && to.limits.expiresAt !== key.limits.expiresAt) ||
  to.owner.userId !== owner.userId;
