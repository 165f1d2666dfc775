import type { AuditLog } from '../audit/audit-log';
import type { CutOff, PendingKeyStore } from '../consumer-keys/pending-key-store';
import type { Database } from '../storage/database';
import type { UserService } from '../users/user-service';
import type { GrantRequestStore } from './grant-request-store';

export interface InterruptedGrantDependencies {
  readonly database: Pick<Database, 'transaction' | 'lease'>;
  readonly requests: GrantRequestStore;
  readonly pendingKeys: PendingKeyStore;
  readonly users: Pick<UserService, 'find'>;
  readonly audit: AuditLog;
  readonly now: () => number;
}

export type InterruptedGrants = ReturnType<typeof interruptedGrants>;

/**
 * Settles approvals whose process ended: removes the pending key, and records the failure in the
 * history.
 */
export function interruptedGrants(dependencies: InterruptedGrantDependencies) {
  const { database, requests, pendingKeys, users, audit, now } = dependencies;
  const failure = JSON.stringify({ kind: 'interrupted' });

  async function settle(cutOff: CutOff): Promise<void> {
    // Read before the transaction: a transaction that reads and then writes may conflict with
    // another process.
    const keys = await pendingKeys.list(cutOff);
    const owners = new Map(
      await Promise.all(keys.map(async ({ userId }) => [userId, await users.find(userId)] as const)),
    );
    await database.transaction(async (within) => {
      await requests.settleAll(cutOff, failure, within);
      for (const { keyId, userId, app } of keys) {
        if (!(await pendingKeys.remove(keyId, cutOff, within))) continue;
        await audit.record(
          {
            event: 'grant.delivery_failed',
            at: now(),
            userId,
            login: owners.get(userId)?.login,
            keyId,
            appName: app?.appName,
            callbackOrigin: app?.callbackOrigin,
            detail: { reason: 'interrupted' },
          },
          within,
        );
      }
    });
  }

  return {
    /** Settles the approvals of processes that died, and discards their keys. */
    async ofDeadProcesses(): Promise<void> {
      const holders = new Set([...(await pendingKeys.leases()), ...(await requests.unsettledLeases())]);
      // In parallel, because checking a lease can be slow.
      const gone = await Promise.all([...holders].map((lease) => database.lease.isGone(lease)));
      for (const [index, lease] of [...holders].entries()) if (gone[index]) await settle({ lease });
    },

    /**
     * Settles approvals whose deadline passed before `then`, because a database error prevented it.
     * Their keys no longer verify.
     */
    overdue: (then: number): Promise<void> => settle({ overdueAt: then }),
  };
}
