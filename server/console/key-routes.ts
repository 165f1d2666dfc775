import { Router } from 'express';
import type { KeyAdministration } from '../administration/key-administration';
import { isPermissions, isRaised, type ConsumerKey } from '../consumer-keys/consumer-key';
import { parseDescription } from '../consumer-keys/description';
import type { Messages } from '../pages/messages';
import type { StoreUrl } from '../http/store-url';
import { mayHoldSecretOf, mayManage } from '../users/may-manage';
import type { User } from '../users/user';
import type { UserService } from '../users/user-service';
import type { ConfirmPassword } from './confirm-password';
import type { ConsoleDoor, Visit } from './console-door';
import { queryText } from './console-form';
import type { ConsolePages, KeyPage } from './console-pages';
import type { ManagedKeys } from './managed-key';
import { sendSecret } from './new-key-routes';
import { ownerChoice } from './owner-choice';
import type { SecretForm } from './secret-form';
import { showOwnedKey } from './shown-keys';

export interface KeyRouteDependencies {
  readonly door: ConsoleDoor;
  readonly pages: ConsolePages;
  readonly managed: ManagedKeys;
  readonly keyAdministration: KeyAdministration;
  readonly secretForms: SecretForm;
  readonly passwordIsRight: ConfirmPassword;
  readonly users: UserService;
  readonly messages: Messages;
  readonly storeUrl: StoreUrl;
}

/** What the form showed when it was opened. */
const SHOWN = ['shown_description', 'shown_permissions', 'shown_owner'] as const;

/** One key: shown, changed, and given a new pair. */
export function keyRoutes(dependencies: KeyRouteDependencies): Router {
  const { door, pages, managed, keyAdministration, secretForms, passwordIsRight, users, messages, storeUrl } =
    dependencies;
  const router = Router();
  const owners = ownerChoice(users);

  async function show(
    { response, frame, user }: Visit,
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
        values: { description: key.description, permissions: key.permissions, owner: owner.login },
        ...page,
      }),
    );
  }

  router.get(
    '/keys/:keyId',
    door.page('manager', async (visit) => {
      const changed = queryText(visit.request, 'changed') === '1';
      await show(visit, await managed.find(visit.request), changed ? { notice: { key: 'key.changed' } } : {});
    }),
  );

  router.post(
    '/keys/:keyId',
    door.form(
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
        // Sent twice: the first has done it.
        if (isAsWanted) return visit.goTo(`/keys/${key.keyId}?changed=1`);
        // Saved as it stands, it would silently undo what somebody else has changed since the form was opened.
        if (!isAsShown) throw managed.overtaken(key.keyId);
        const refuse = (error: string, status = 400) => {
          visit.response.status(status);
          return show(visit, found, {
            values: { ...values, owner: values.owner || owner.login },
            error: { key: error },
          });
        };
        // A description that an app made stays as it is while nobody touches it.
        const description =
          values.description === key.description ? key.description : parseDescription(values.description);
        const { permissions } = values;
        const givenAway = values.owner !== '' && values.owner !== owner.login;
        const newOwner = givenAway ? await owners.chosen(visit.user, values.owner) : owner;
        if (givenAway && !visit.isAdministrator) throw managed.forbidden();
        if (description === undefined) return refuse('key.bad_description');
        if (!isPermissions(permissions)) return refuse('key.bad_permissions');
        if (!newOwner) return refuse('key.bad_owner');
        const isWeighty = isRaised(key.permissions, permissions) || newOwner.userId !== owner.userId;
        if (isWeighty && password === '') return refuse('key.password_needed');
        if (isWeighty && !(await passwordIsRight(visit.user, password, visit.by)))
          return refuse('key.password_wrong', 403);
        const to = { description, permissions, owner: newOwner };
        if ((await keyAdministration.change(key, owner, to, visit.by)) === 'overtaken')
          throw managed.overtaken(key.keyId);
        visit.goTo(`/keys/${key.keyId}?changed=1`);
      },
    ),
  );

  router.get(
    '/keys/:keyId/regenerate',
    door.page('manager', async ({ request, response, user, session, frame }) => {
      const { key, owner } = await managed.findFor(user, request);
      if (!mayHoldSecretOf(user, owner)) throw managed.forbidden();
      if (key.pending) throw managed.overtaken(key.keyId);
      const path = `${storeUrl.basePath}/keys/${key.keyId}`;
      response.send(
        pages.confirm({
          frame: frame('keys'),
          title: messages('regenerate.title'),
          lead: messages(key.app ? 'regenerate.lead_app' : 'regenerate.lead', {
            app: key.app?.appName ?? '',
          }),
          notes: [messages('regenerate.note')],
          keys: [showOwnedKey(key, owner)],
          furtherKeys: 0,
          apps: [],
          furtherApps: 0,
          action: `${path}/regenerate`,
          hidden: [
            ['form_id', secretForms.value(session)],
            ['truncated_key', key.truncatedKey],
          ],
          submit: messages('regenerate.submit'),
          busy: messages('regenerate.busy'),
          isHarmful: true,
          cancelHref: path,
        }),
      );
    }),
  );

  router.post(
    '/keys/:keyId/regenerate',
    door.form('manager', { texts: ['form_id', 'truncated_key'] }, async (visit, { texts }) => {
      const { key, owner } = await managed.findFor(visit.user, visit.request);
      if (!mayHoldSecretOf(visit.user, owner)) throw managed.forbidden();
      const spendForm = secretForms.spending(visit.session, texts.form_id);
      // The pair that the form was about; another one by now is not what was confirmed.
      const confirmed = { ...key, truncatedKey: texts.truncated_key };
      const issued = await keyAdministration.regenerate(confirmed, owner, visit.by, spendForm);
      if (issued === 'form spent') throw secretForms.spent();
      if (issued === 'overtaken') throw managed.overtaken(key.keyId);
      await sendSecret(pages, visit, issued, { ...key, owner, isNew: false });
    }),
  );
  return router;
}
