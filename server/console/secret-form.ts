import type { Knex } from 'knex';
import type { SpendForm } from '../administration/key-administration';
import { PageError } from '../errors/http-errors';
import type { Session, SessionService } from '../session/session-service';
import type { SessionStore } from '../session/session-store';

export type SecretForm = ReturnType<typeof secretForm>;

/**
 * Returns the form whose response shows a secret. It can be sent once, so a reload or a double
 * click does not make a second pair.
 */
export function secretForm({
  sessions,
  sessionRecords,
}: {
  sessions: SessionService;
  sessionRecords: Pick<SessionStore, 'spendForm'>;
}) {
  const spent = () => new PageError(409, 'form.spent');
  return {
    value: (session: Session): string => sessions.oneTimeValue(session),
    spent,
    /**
     * Returns the function that marks the form as used.
     * @throws PageError 403 if the session did not get this value.
     */
    spending(session: Session, value: string): SpendForm {
      if (!sessions.isOneTimeValue(session, value)) throw new PageError(403, 'status.403');
      return (within: Knex) => sessionRecords.spendForm(session.sessionHash, value, within);
    },
  };
}
