import { Router } from 'express';
import type { KeyAdministration } from '../administration/key-administration';
import { isExpired, type ConsumerKey } from '../consumer-keys/consumer-key';
import type { ConsumerKeyService } from '../consumer-keys/consumer-key-service';
import { DAY_MS, OVERLAP_DAYS, OVERLAP_DEFAULT_DAYS } from '../consumer-keys/key-lifetime';
import { PageError } from '../errors/http-errors';
import type { MessageText } from '../errors/message-text';
import { UserError } from '../errors/user-error';
import type { StoreUrl } from '../http/store-url';
import type { Messages } from '../pages/messages';
import { mayHoldSecretOf } from '../users/may-manage';
import type { User } from '../users/user';
import type { ConsoleAccess, Visit } from './console-access';
import type { ConsolePages } from './console-pages';
import type { ConfirmPage } from './key-pages';
import type { ManagedKeys } from './managed-key';
import { sendSecret } from './new-key-routes';
import type { SecretForm } from './secret-form';
import { showOwnedKey } from './shown-keys';

export interface ReplaceRouteDependencies {
  readonly access: ConsoleAccess;
  readonly pages: ConsolePages;
  readonly managed: ManagedKeys;
  readonly consumerKeys: ConsumerKeyService;
  readonly keyAdministration: KeyAdministration;
  readonly secretForms: SecretForm;
  readonly messages: Messages;
  readonly storeUrl: StoreUrl;
}

interface Found {
  readonly key: ConsumerKey;
  readonly owner: User;
}

/** Returns the routes that give the holder of a key a new pair, after a page that asks for confirmation. */
export function replaceRoutes(dependencies: ReplaceRouteDependencies): Router {
  const { access, pages, managed, consumerKeys, keyAdministration } = dependencies;
  const { secretForms, messages, storeUrl } = dependencies;
  const router = Router();
  const pathOf = (keyId: number) => `${storeUrl.basePath}/keys/${keyId}`;

  /** Finds the key. @throws PageError if this user may not replace it, or it cannot be replaced */
  async function find({ user, request, at }: Visit): Promise<Found> {
    const { key, owner } = await managed.findFor(user, request);
    if (!mayHoldSecretOf(user, owner)) throw managed.forbidden();
    if (key.pending) throw managed.overtaken(key.keyId);
    const show = (keyId: number) => ({ next: { href: pathOf(keyId), label: 'key.show' } });
    if (isExpired(key, at)) throw new PageError(409, 'replace.ended', show(key.keyId));
    const replacement = await consumerKeys.replacementOf(key);
    if (replacement !== null)
      throw new PageError(409, 'replace.replaced', {
        text: { key: 'replace.replaced.text', values: { key: replacement } },
        next: { href: pathOf(replacement), label: 'replace.show_new' },
      });
    return { key, owner };
  }

  function ask(
    { response, session, frame, at }: Visit,
    { key, owner }: Found,
    chosen: string,
    error?: MessageText,
  ): void {
    const choice: ConfirmPage['choice'] = {
      name: 'overlap',
      label: messages('replace.overlap'),
      hint: messages('replace.overlap_hint', { key: key.keyId }),
      options: OVERLAP_DAYS.map((days) => ({
        value: String(days),
        text: days === 0 ? messages('replace.at_once') : messages('replace.after', { count: days }),
        isChosen: String(days) === chosen,
      })),
    };
    response.send(
      pages.confirm({
        frame: frame('keys'),
        ...(error ? { error: { ...error, field: 'overlap' } } : {}),
        title: messages('replace.title'),
        lead: messages(key.app ? 'replace.lead_app' : 'replace.lead', { app: key.app?.appName ?? '' }),
        notes: key.limits.expiresAt === null ? [] : [messages('replace.same_end')],
        keys: [showOwnedKey(key, owner, at)],
        furtherKeys: 0,
        apps: [],
        furtherApps: 0,
        action: `${pathOf(key.keyId)}/replace`,
        hidden: [
          ['form_id', secretForms.value(session)],
          ['truncated_key', key.truncatedKey],
        ],
        choice,
        submit: messages('replace.submit'),
        busy: messages('replace.busy'),
        isHarmful: false,
        cancelHref: pathOf(key.keyId),
      }),
    );
  }

  router.get(
    '/keys/:keyId/replace',
    access.page('manager', async (visit) => ask(visit, await find(visit), String(OVERLAP_DEFAULT_DAYS))),
  );

  router.post(
    '/keys/:keyId/replace',
    access.form('manager', { texts: ['form_id', 'truncated_key', 'overlap'] }, async (visit, { texts }) => {
      const found = await find(visit);
      const { key, owner } = found;
      const spendForm = secretForms.spending(visit.session, texts.form_id);
      // The user confirmed this pair. If the key has another one by now, the change fails.
      const confirmed = { ...key, truncatedKey: texts.truncated_key };
      const days = OVERLAP_DAYS.find((one) => String(one) === texts.overlap);
      try {
        if (days === undefined) throw new UserError({ field: 'overlap', key: 'key.error.bad_overlap' });
        const issued = await keyAdministration.replace(confirmed, owner, days * DAY_MS, visit.by, spendForm);
        if (issued === 'form spent') throw secretForms.spent();
        if (issued === 'overtaken') throw managed.overtaken(key.keyId);
        const old = await consumerKeys.find(key.keyId);
        const isAnother = issued.keyId !== key.keyId;
        await sendSecret(pages, visit, issued, {
          ...key,
          owner,
          isNew: false,
          ...(isAnother && old ? { oldKey: showOwnedKey(old, owner, visit.at) } : {}),
        });
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        visit.response.status(400);
        ask(visit, found, texts.overlap, error.text);
      }
    }),
  );
  return router;
}
