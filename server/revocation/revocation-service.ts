import type { Knex } from 'knex';
import type { AuditLog } from '../audit/audit-log';
import type { ConsumerKeyService } from '../consumer-keys/consumer-key-service';
import type { ConsumerKey } from '../consumer-keys/consumer-key';
import type { Database } from '../storage/database';

/** Who ends a key, and how; it goes into the audit. */
export interface RevokedBy {
  /** `app`, `manager`, `grant`, `console`, `command line`: the way it was asked for. */
  readonly how: string;
  /** The manager; absent where an app or the command line asks. */
  readonly userId?: number | undefined;
  readonly login?: string | undefined;
  readonly address?: string | undefined;
  /** The key with which an app asked, or which takes the place of the ended one. */
  readonly keyId?: number | undefined;
}

export interface RevocationDependencies {
  readonly database: Pick<Database, 'transaction'>;
  readonly consumerKeys: ConsumerKeyService;
  readonly audit: AuditLog;
  readonly now: () => number;
}

export type RevocationService = ReturnType<typeof revocationService>;

/** The one way a key ends: apps, their logout dialects, the console, the command line and a grant all come here. */
export function revocationService({ database, consumerKeys, audit, now }: RevocationDependencies) {
  async function revokeWithin(keys: readonly ConsumerKey[], by: RevokedBy, within: Knex): Promise<number[]> {
    const revoked: number[] = [];
    for (const key of keys) {
      if (!(await consumerKeys.remove(key.keyId, within))) continue;
      revoked.push(key.keyId);
      await audit.record(
        {
          event: 'key.revoked',
          at: now(),
          userId: by.userId,
          login: by.login,
          address: by.address,
          keyId: key.keyId,
          appName: key.app?.appName,
          callbackOrigin: key.app?.callbackOrigin,
          detail: {
            by: by.how,
            owner: key.userId,
            description: key.description,
            permissions: key.permissions,
            ...(by.keyId === undefined ? {} : { byKey: by.keyId }),
          },
        },
        within,
      );
    }
    return revoked;
  }

  return {
    /**
     * Ends these keys and answers the ids of those that were there until now: of many callers at once, one is told of
     * each key, and one entry is written. The row goes, and the sealed secret with it. A callback in flight for a key
     * finds it gone and cannot bring it back.
     */
    async revoke(keys: readonly ConsumerKey[], by: RevokedBy, within?: Knex): Promise<number[]> {
      if (keys.length === 0) return [];
      if (within) return revokeWithin(keys, by, within);
      return database.transaction((transaction) => revokeWithin(keys, by, transaction));
    },

    /** The keys that `all-sessions` ends: same app, same app user, same store user, their callbacks in flight or not. */
    async sessionsOf(key: ConsumerKey): Promise<ConsumerKey[]> {
      // A key made by hand belongs to no app, so nothing else is a session of it.
      if (key.app === null) return [key];
      const { appName, callbackOrigin } = key.app;
      const ofApp = await consumerKeys.select({ userId: key.userId, appName, callbackOrigin });
      return ofApp.filter((other) => isSameSession(other, key));
    },
  };
}

/** Whether two keys belong to the same app, for the same merchant and the same store user. */
export function isSameSession(a: ConsumerKey, b: ConsumerKey): boolean {
  if (a.keyId === b.keyId) return true;
  if (a.userId !== b.userId || a.app === null || b.app === null) return false;
  return (
    a.app.appName === b.app.appName &&
    a.app.callbackOrigin === b.app.callbackOrigin &&
    a.app.appUserId === b.app.appUserId
  );
}
