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
 * Approvals that nobody carries out any more: each ends as a failed one does, its key gone and
 * written down.
 */
export function interruptedGrants(dependencies: InterruptedGrantDependencies) {
  const { database, requests, pendingKeys, users, audit, now } = dependencies;
  const failure = JSON.stringify({ kind: 'interrupted' });

  async function settle(cutOff: CutOff): Promise<number> {
    // Looked up beforehand: a transaction that has read and then writes could find that another
    // process was first.
    const keys = await pendingKeys.list(cutOff);
    const owners = new Map(
      await Promise.all(keys.map(async ({ userId }) => [userId, await users.find(userId)] as const)),
    );
    return database.transaction(async (within) => {
      await requests.settleAll(cutOff, failure, within);
      let discarded = 0;
      for (const { keyId, userId, app } of keys) {
        if (!(await pendingKeys.remove(keyId, cutOff, within))) continue;
        discarded += 1;
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
      return discarded;
    });
  }

  return {
    /**
     * Of processes that died; the work of a living one is not touched. Answers how many keys were
     * discarded.
     */
    async ofDeadProcesses(): Promise<number> {
      const holders = new Set([...(await pendingKeys.leases()), ...(await requests.unsettledLeases())]);
      let discarded = 0;
      // At once, for a look at a lease may take its time.
      const gone = await Promise.all([...holders].map((lease) => database.lease.isGone(lease)));
      for (const [index, lease] of [...holders].entries())
        if (gone[index]) discarded += await settle({ lease });
      return discarded;
    },

    /**
     * Those that should have been settled before `then`: the database refused it. Their keys have
     * long stopped verifying.
     */
    overdue: (then: number): Promise<number> => settle({ overdueAt: then }),
  };
}
