import type { Knex } from 'knex';
import type { ChangedBy } from '../audit/audit-events';
import type { AuditLog } from '../audit/audit-log';
import type { ConsumerKeyService } from '../consumer-keys/consumer-key-service';
import type { ConsumerKey } from '../consumer-keys/consumer-key';
import type { Database } from '../storage/database';

/** The author of a revocation and the way it was made. The audit records both. */
export interface RevokedBy {
  readonly how: ChangedBy;
  /** The manager. Absent if an app or the command line revokes. */
  readonly userId?: number | undefined;
  readonly login?: string | undefined;
  readonly address?: string | undefined;
  /** The key with which an app revokes, or which replaces the revoked one. */
  readonly keyId?: number | undefined;
}

export interface RevocationDependencies {
  readonly database: Pick<Database, 'transaction'>;
  readonly consumerKeys: ConsumerKeyService;
  readonly audit: AuditLog;
  readonly now: () => number;
}

export type RevocationService = ReturnType<typeof revocationService>;

/**
 * Returns the service that revokes keys. It is the only one: apps, their logout dialects, the
 * console, the command line and grants all use it.
 */
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
     * Revokes keys and returns the ids of those that this call removed. Of several concurrent
     * calls, only one gets the id of a key and writes its audit entry.
     *
     * The row is deleted together with the sealed secret. A callback in flight finds the key
     * deleted and cannot restore it.
     */
    async revoke(keys: readonly ConsumerKey[], by: RevokedBy, within?: Knex): Promise<number[]> {
      if (keys.length === 0) return [];
      if (within) return revokeWithin(keys, by, within);
      return database.transaction((transaction) => revokeWithin(keys, by, transaction));
    },

    /**
     * Returns the keys that `all-sessions` revokes: those of the same app, app user and store user,
     * including keys whose callback is in flight.
     */
    async sessionsOf(key: ConsumerKey): Promise<ConsumerKey[]> {
      // A key that was created by hand has no app, so it is its only session. An app
      // without a callback origin was imported, also if its key was replaced here: its user is unknown, and
      // other keys of the app may belong to others.
      if (key.app === null || key.app.callbackOrigin === '') return [key];
      const { appName, callbackOrigin } = key.app;
      const ofApp = await consumerKeys.select({ userId: key.userId, appName, callbackOrigin });
      return ofApp.filter((other) => isSameSession(other, key));
    },
  };
}

/**
 * Returns whether two keys belong to the same app, for the same merchant and the same store user.
 */
export function isSameSession(a: ConsumerKey, b: ConsumerKey): boolean {
  if (a.keyId === b.keyId) return true;
  if (a.userId !== b.userId || a.app === null || b.app === null) return false;
  return (
    a.app.appName === b.app.appName &&
    a.app.callbackOrigin === b.app.callbackOrigin &&
    a.app.appUserId === b.app.appUserId
  );
}
