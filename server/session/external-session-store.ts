import type { Knex } from 'knex';
import type { Database } from '../storage/database';
import type { ExternalSubject, ExternalWay } from '../users/sign-in-way';

/** What is known of a session that another system opened. */
export interface ExternalSession {
  readonly way: ExternalWay;
  /** The claim `sid` of the provider, for back-channel logout. */
  readonly providerSession?: string;
  /** The ID token, as the provider sent it, for RP-initiated logout. */
  readonly idToken?: string;
  /**
   * When the person signed in there because this server asked for it. Unset if the other system may
   * only have remembered the browser. Milliseconds since 1970, UTC.
   */
  readonly provedAt?: number;
}

interface Row {
  session_hash: string;
  way: ExternalWay;
  provider_session: string | null;
  id_token: string | null;
  proved_at: number | null;
}

export type ExternalSessionStore = ReturnType<typeof externalSessionStore>;

/** Returns the only code that reads and writes the table of sessions that other systems opened. */
export function externalSessionStore({ knex, hot }: Pick<Database, 'knex' | 'hot'>) {
  const findOne = hot.reader<Row & { issuer: string; subject: string }>(`
    select s.session_hash, s.way, s.provider_session, s.id_token, s.proved_at, a.issuer, a.subject
    from external_sessions s
    join sessions o on o.session_hash = s.session_hash
    join external_accounts a on a.user_id = o.user_id
    where s.session_hash = ?`);
  return {
    async add(sessionHash: string, session: ExternalSession, within: Knex): Promise<void> {
      await within<Row>('external_sessions').insert({
        session_hash: sessionHash,
        way: session.way,
        provider_session: session.providerSession ?? null,
        id_token: session.idToken ?? null,
        proved_at: session.provedAt ?? null,
      });
    },

    /** Returns what is known of a session, or `undefined` if the person signed in with a password. */
    async find(sessionHash: string): Promise<(ExternalSession & ExternalSubject) | undefined> {
      const row = await findOne(sessionHash);
      return (
        row && {
          way: row.way,
          issuer: row.issuer,
          subject: row.subject,
          ...(row.provider_session === null ? {} : { providerSession: row.provider_session }),
          ...(row.id_token === null ? {} : { idToken: row.id_token }),
          ...(row.proved_at === null ? {} : { provedAt: row.proved_at }),
        }
      );
    },

    /** Returns the sessions that a provider's session opened, with their users. */
    async ofProviderSession(
      { way, issuer, sid }: { readonly way: ExternalWay; readonly issuer: string; readonly sid: string },
      within: Knex = knex,
    ): Promise<{ sessionHash: string; userId: number }[]> {
      const rows = await within('external_sessions as s')
        .join('sessions as o', 'o.session_hash', 's.session_hash')
        .join('external_accounts as a', 'a.user_id', 'o.user_id')
        .where({ 's.provider_session': sid, 's.way': way, 'a.issuer': issuer })
        .select<{ session_hash: string; user_id: number }[]>('s.session_hash', 'o.user_id');
      return rows.map(({ session_hash, user_id }) => ({ sessionHash: session_hash, userId: user_id }));
    },
  };
}
