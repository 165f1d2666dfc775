import { Router } from 'express';
import type { KeyAdministration, NewKey } from '../administration/key-administration';
import type { ConsumerKey } from '../consumer-keys/consumer-key';
import type { IssuedKey } from '../consumer-keys/consumer-key-service';
import { parseDescription } from '../consumer-keys/description';
import { defaultLifetime, endOf, lifetimeChoices, type KeyLifetimes } from '../consumer-keys/key-lifetime';
import { NO_LIMITS } from '../consumer-keys/key-limits';
import { UserError } from '../errors/user-error';
import type { User } from '../users/user';
import type { UserService } from '../users/user-service';
import type { ConsoleAccess, Visit } from './console-access';
import type { ConsolePages } from './console-pages';
import { checkedKeyFields } from './key-fields';
import type { NewKeyPage, SecretPage } from './key-pages';
import { atField, LIMIT_FIELDS, limitValues, readLimits, typedLimits } from './limit-fields';
import { ownerChoice } from './owner-choice';
import { pairQrCode } from './qr-code';
import type { SecretForm } from './secret-form';
import { showLimits } from './shown-limits';

export interface NewKeyRouteDependencies {
  readonly access: ConsoleAccess;
  readonly pages: ConsolePages;
  readonly keyAdministration: KeyAdministration;
  readonly secretForms: SecretForm;
  readonly users: UserService;
  readonly lifetimes: KeyLifetimes;
}

/** Sends the page that shows a new key and its secret. Only this page shows the secret. */
export async function sendSecret(
  pages: ConsolePages,
  { response, frame, at }: Pick<Visit, 'response' | 'frame' | 'at'>,
  issued: IssuedKey,
  about: Pick<ConsumerKey, 'description' | 'permissions' | 'limits'> &
    Pick<SecretPage, 'oldKey'> & { owner: User; isNew: boolean },
): Promise<void> {
  response.send(
    pages.secret({
      frame: frame('keys'),
      isNew: about.isNew,
      keyId: issued.keyId,
      description: about.description,
      permissions: about.permissions,
      owner: about.owner.login,
      limits: showLimits({ limits: about.limits, expiredAt: null }, at),
      consumerKey: issued.consumerKey,
      consumerSecret: issued.consumerSecret,
      ...(about.oldKey ? { oldKey: about.oldKey } : {}),
      qrCode: await pairQrCode(issued),
    }),
  );
}

const FORM = {
  texts: ['description', 'owner', 'permissions', 'form_id', ...LIMIT_FIELDS.texts],
  lists: LIMIT_FIELDS.lists,
} as const;

/** Returns the routes that create a key by hand. */
export function newKeyRoutes(dependencies: NewKeyRouteDependencies): Router {
  const { access, pages, keyAdministration, secretForms, users, lifetimes } = dependencies;
  const router = Router();
  const owners = ownerChoice(users);
  const standard = defaultLifetime(lifetimes);

  async function showForm(
    { response, frame, session, user }: Visit,
    page: Pick<NewKeyPage, 'values' | 'error'>,
  ): Promise<void> {
    response.send(
      pages.newKey({
        frame: frame('keys'),
        ...page,
        lifetimes: lifetimeChoices(lifetimes),
        formId: secretForms.value(session),
        ...(await owners.namesFor(user)),
      }),
    );
  }

  router.get(
    '/keys/new',
    access.page('manager', (visit) =>
      showForm(visit, {
        values: {
          description: '',
          owner: visit.user.login,
          permissions: 'read',
          ...limitValues(NO_LIMITS, standard === null ? 'never' : String(standard)),
        },
      }),
    ),
  );

  router.post(
    '/keys/new',
    access.form('manager', FORM, async (visit, form) => {
      const { description, owner, permissions, form_id } = form.texts;
      const spendForm = secretForms.spending(visit.session, form_id);
      const values = { description, owner, permissions, ...typedLimits(form) };
      try {
        const key = await keyIn(values, visit);
        const issued = await keyAdministration.create(key, visit.by, spendForm);
        if (issued === 'form spent') throw secretForms.spent();
        return await sendSecret(pages, visit, issued, { ...key, isNew: true });
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        visit.response.status(400);
        return showForm(visit, { values, error: atField(error.text, values) });
      }
    }),
  );

  /** Returns the key that was typed. @throws UserError for a value that a person can correct */
  async function keyIn(typed: NewKeyPage['values'], { user, at }: Visit): Promise<NewKey> {
    const fields = checkedKeyFields({
      description: parseDescription(typed.description),
      permissions: typed.permissions,
      owner: await owners.chosen(user, typed.owner),
    });
    const limits = readLimits(typed, { kept: endOf(standard, at), now: at, lifetimes });
    return { ...fields, limits };
  }
  return router;
}
