import type { Knex } from 'knex';
import type { AuditLog } from '../../audit/audit-log';
import type { ExternalSessionStore } from '../../session/external-session-store';
import type { SessionStore } from '../../session/session-store';
import type { Database } from '../../storage/database';
import type { ExternalUserService } from '../../users/external-user-service';
import type { User } from '../../users/user';
import type { UserService } from '../../users/user-service';
import type { SignInAttemptStore } from '../sign-in-attempt-store';
import { LOGOUT_TOKEN_MS, type SignedOutThere } from './logout-token';

export interface EndProviderSessionsDependencies {
  readonly database: Pick<Database, 'transaction'>;
  readonly issuer: string;
  readonly attempts: Pick<SignInAttemptStore, 'useToken'>;
  readonly sessionRecords: Pick<SessionStore, 'close' | 'closeAllOf'>;
  readonly externalSessions: Pick<ExternalSessionStore, 'ofProviderSession'>;
  readonly accounts: {
    readonly externalUsers: Pick<ExternalUserService, 'find'>;
    readonly users: Pick<UserService, 'find'>;
  };
  readonly audit: AuditLog;
  readonly now: () => number;
}

export type EndProviderSessions = ReturnType<typeof endProviderSessions>;

/** Clocks differ. A used token is kept longer than it counts. */
const KEPT_MS = 2 * LOGOUT_TOKEN_MS;

/**
 * Returns the function that ends the sessions which the provider ended: those of its session `sid`, or
 * all of its subject `sub`. Each person gets one entry in the history.
 */
export function endProviderSessions(dependencies: EndProviderSessionsDependencies) {
  const { database, issuer, attempts, sessionRecords, externalSessions, accounts, audit, now } = dependencies;

  /**
   * Returns the users whose sessions ended.
   *
   * @param user the account of `sub`.
   */
  async function close(
    { sid, sub }: SignedOutThere,
    user: User | undefined,
    within: Knex,
  ): Promise<Set<number>> {
    if (sid === undefined)
      return new Set(user && (await sessionRecords.closeAllOf(user.userId, within)) > 0 ? [user.userId] : []);
    const ended = new Set<number>();
    for (const one of await externalSessions.ofProviderSession({ way: 'oidc', issuer, sid }, within)) {
      // With both claims, both have to fit.
      if (sub !== undefined && one.userId !== user?.userId) continue;
      if (await sessionRecords.close(one.sessionHash, within)) ended.add(one.userId);
    }
    return ended;
  }

  /** `false`: the token was used before. Otherwise, how many people were signed out. */
  return async (signedOut: SignedOutThere, address: string): Promise<number | false> => {
    const { sub } = signedOut;
    const user =
      sub === undefined
        ? undefined
        : await accounts.externalUsers.find({ way: 'oidc', issuer, subject: sub });
    return database.transaction(async (within) => {
      const token = JSON.stringify(['logout token', issuer, signedOut.jti]);
      if (!(await attempts.useToken(token, now() + KEPT_MS, within))) return false;
      const ended = await close(signedOut, user, within);
      for (const userId of ended) {
        const login = (await accounts.users.find(userId, within))?.login;
        const detail = { way: 'oidc' } as const;
        await audit.record(
          { event: 'session.signed_out', at: now(), userId, login, address, detail },
          within,
        );
      }
      return ended.size;
    });
  };
}
