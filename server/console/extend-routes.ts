import { Router } from 'express';
import type { KeyAdministration } from '../administration/key-administration';
import type { ConsumerKey } from '../consumer-keys/consumer-key';
import { DAY_MS } from '../consumer-keys/key-lifetime';
import type { FieldText } from '../errors/message-text';
import { userErrorOf } from '../errors/user-error';
import type { ConfirmIdentity } from './confirm-identity';
import type { ConsoleAccess } from './console-access';
import type { SendKeyPage } from './key-page';
import { isSameEnd } from './limit-fields';
import type { ManagedKeys } from './managed-key';
import { endText } from './shown-limits';

export interface ExtendRouteDependencies {
  readonly access: ConsoleAccess;
  readonly showKey: SendKeyPage;
  readonly managed: ManagedKeys;
  readonly keyAdministration: KeyAdministration;
  readonly confirm: ConfirmIdentity;
}

/** Returns the route that lets a key end later, also one that has ended. Its form is on the key's page. */
export function extendRoutes(dependencies: ExtendRouteDependencies): Router {
  const { access, showKey, managed, keyAdministration, confirm } = dependencies;
  const router = Router();

  router.post(
    '/keys/:keyId/extend',
    access.form('manager', { texts: ['days', 'shown_end', 'extend_password'] }, async (visit, { texts }) => {
      const found = await managed.findFor(visit.user, visit.request);
      const { key, owner } = found;
      const days = /^[1-9]\d{0,4}$/.test(texts.days) ? Number(texts.days) : NaN;
      const done = () => visit.goTo(`/keys/${key.keyId}?extended=1`);
      const reject = (error: FieldText, status = 400) => {
        visit.response.status(status);
        return showKey(visit, found, { extendDays: texts.days, error });
      };
      if (texts.shown_end !== endText(key.limits)) {
        if (wasExtended(key, { shownEnd: texts.shown_end, days, now: visit.at })) return done();
        throw managed.overtaken(key.keyId);
      }
      const confirmed = await confirm(visit, texts.extend_password);
      if (confirmed === 'wrong') return reject({ field: 'extend_password', key: 'key.password_wrong' }, 403);
      if (confirmed === 'missing')
        return reject({
          field: 'extend_password',
          key: visit.session.external ? 'extend.sign_in_needed' : 'extend.password_needed',
        });
      const error = await userErrorOf(async () => {
        if ((await keyAdministration.extend(key, owner, days, visit.by)) === 'overtaken') {
          const { key: current } = await managed.findFor(visit.user, visit.request);
          if (!wasExtended(current, { shownEnd: texts.shown_end, days, now: visit.at }))
            throw managed.overtaken(key.keyId);
        }
        done();
      });
      if (error) return reject({ ...error, field: 'days' });
    }),
  );

  return router;
}

/** Returns whether the form was sent twice, and the first time extended the key. */
function wasExtended(
  { limits }: ConsumerKey,
  { shownEnd, days, now }: { shownEnd: string; days: number; now: number },
): boolean {
  const from = Math.max(Date.parse(shownEnd), now);
  return isSameEnd(limits.expiresAt, from + days * DAY_MS);
}
