import type { Knex } from 'knex';
import type { SpendForm } from '../administration/key-administration';
import { PageError } from '../errors/http-errors';
import type { Session, SessionService } from '../session/session-service';
import type { SessionStore } from '../session/session-store';

export type SecretForm = ReturnType<typeof secretForm>;

/** A form whose answer shows a secret: it can be sent once, so that a reload or a double click makes no second pair. */
export function secretForm({
  sessions,
  sessionRecords,
}: {
  sessions: SessionService;
  sessionRecords: SessionStore;
}) {
  const spent = () => new PageError(409, 'form.spent');
  return {
    value: (session: Session): string => sessions.oneTimeValue(session),
    spent,
    /** @throws PageError 403 for a value this session was never given. */
    spending(session: Session, value: string): SpendForm {
      if (!sessions.isOneTimeValue(session, value)) throw new PageError(403, 'status.403');
      return (within: Knex) => sessionRecords.spendForm(session.sessionHash, value, within);
    },
  };
}
