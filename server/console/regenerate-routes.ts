import { Router } from 'express';
import type { KeyAdministration } from '../administration/key-administration';
import type { StoreUrl } from '../http/store-url';
import type { Messages } from '../pages/messages';
import { mayHoldSecretOf } from '../users/may-manage';
import type { ConsoleAccess } from './console-access';
import type { ConsolePages } from './console-pages';
import type { ManagedKeys } from './managed-key';
import { sendSecret } from './new-key-routes';
import type { SecretForm } from './secret-form';
import { showOwnedKey } from './shown-keys';

export interface RegenerateRouteDependencies {
  readonly access: ConsoleAccess;
  readonly pages: ConsolePages;
  readonly managed: ManagedKeys;
  readonly keyAdministration: KeyAdministration;
  readonly secretForms: SecretForm;
  readonly messages: Messages;
  readonly storeUrl: StoreUrl;
}

/** Returns the routes that give a key a new pair, after a page that asks for confirmation. */
export function regenerateRoutes(dependencies: RegenerateRouteDependencies): Router {
  const { access, pages, managed, keyAdministration, secretForms, messages, storeUrl } = dependencies;
  const router = Router();

  router.get(
    '/keys/:keyId/regenerate',
    access.page('manager', async ({ request, response, user, session, frame }) => {
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
    access.form('manager', { texts: ['form_id', 'truncated_key'] }, async (visit, { texts }) => {
      const { key, owner } = await managed.findFor(visit.user, visit.request);
      if (!mayHoldSecretOf(visit.user, owner)) throw managed.forbidden();
      const spendForm = secretForms.spending(visit.session, texts.form_id);
      // The user confirmed this pair. If the key has another one by now, the change fails.
      const confirmed = { ...key, truncatedKey: texts.truncated_key };
      const issued = await keyAdministration.regenerate(confirmed, owner, visit.by, spendForm);
      if (issued === 'form spent') throw secretForms.spent();
      if (issued === 'overtaken') throw managed.overtaken(key.keyId);
      await sendSecret(pages, visit, issued, { ...key, owner, isNew: false });
    }),
  );
  return router;
}
