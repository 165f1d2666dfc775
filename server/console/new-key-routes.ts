import { Router } from 'express';
import type { KeyAdministration } from '../administration/key-administration';
import { isPermissions, type ConsumerKey } from '../consumer-keys/consumer-key';
import type { IssuedKey } from '../consumer-keys/consumer-key-service';
import { DESCRIPTION_MAX, parseDescription } from '../consumer-keys/description';
import type { FieldText } from '../errors/message-text';
import type { User } from '../users/user';
import type { UserService } from '../users/user-service';
import type { ConsoleAccess, Visit } from './console-access';
import type { ConsolePages } from './console-pages';
import type { NewKeyPage } from './key-pages';
import { ownerChoice } from './owner-choice';
import { pairQrCode } from './qr-code';
import type { SecretForm } from './secret-form';

export interface NewKeyRouteDependencies {
  readonly access: ConsoleAccess;
  readonly pages: ConsolePages;
  readonly keyAdministration: KeyAdministration;
  readonly secretForms: SecretForm;
  readonly users: UserService;
}

/** Sends the page that shows a new key and its secret. Only this page shows the secret. */
export async function sendSecret(
  pages: ConsolePages,
  { response, frame }: Pick<Visit, 'response' | 'frame'>,
  issued: IssuedKey,
  about: Pick<ConsumerKey, 'description' | 'permissions'> & { owner: User; isNew: boolean },
): Promise<void> {
  response.send(
    pages.secret({
      frame: frame('keys'),
      isNew: about.isNew,
      keyId: issued.keyId,
      description: about.description,
      permissions: about.permissions,
      owner: about.owner.login,
      consumerKey: issued.consumerKey,
      consumerSecret: issued.consumerSecret,
      qrCode: await pairQrCode(issued),
    }),
  );
}

/** Returns the routes that create a key by hand. */
export function newKeyRoutes(dependencies: NewKeyRouteDependencies): Router {
  const { access, pages, keyAdministration, secretForms, users } = dependencies;
  const router = Router();
  const owners = ownerChoice(users);

  async function showForm(
    { response, frame, session, user }: Visit,
    page: Pick<NewKeyPage, 'values' | 'error'>,
  ): Promise<void> {
    response.send(
      pages.newKey({
        frame: frame('keys'),
        ...page,
        formId: secretForms.value(session),
        ...(await owners.namesFor(user)),
      }),
    );
  }

  router.get(
    '/keys/new',
    access.page('manager', (visit) =>
      showForm(visit, { values: { description: '', owner: visit.user.login, permissions: 'read' } }),
    ),
  );

  router.post(
    '/keys/new',
    access.form(
      'manager',
      { texts: ['description', 'owner', 'permissions', 'form_id'] },
      async (visit, { texts }) => {
        const spendForm = secretForms.spending(visit.session, texts.form_id);
        const owner = await owners.chosen(visit.user, texts.owner);
        const description = parseDescription(texts.description);
        const { permissions } = texts;
        const values = { description: texts.description, owner: texts.owner, permissions };
        const reject = (error: FieldText) => {
          visit.response.status(400);
          return showForm(visit, { values, error });
        };
        if (description === undefined)
          return reject({
            field: 'description',
            key: 'key.bad_description',
            values: { most: DESCRIPTION_MAX },
          });
        if (!isPermissions(permissions)) return reject({ field: 'permissions', key: 'key.bad_permissions' });
        if (!owner) return reject({ field: 'owner', key: 'key.bad_owner' });
        const issued = await keyAdministration.create(
          { owner, description, permissions },
          visit.by,
          spendForm,
        );
        if (issued === 'form spent') throw secretForms.spent();
        return sendSecret(pages, visit, issued, { owner, description, permissions, isNew: true });
      },
    ),
  );
  return router;
}
