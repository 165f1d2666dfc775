import type { Knex } from 'knex';
import type { CutOff } from '../consumer-keys/pending-key-store';
import type { Database } from '../storage/database';
import { asStored, GRANT_COLUMNS, GRANT_PARAMETERS, type AsSent } from './grant-parameters';

/** One visit to the consent page. Times are milliseconds since 1970, UTC. */
export interface GrantRequest {
  readonly grantRequestId: number;
  readonly sessionHash: string;
  readonly userId: number;
  /** The five parameters as they were sent. The form must send the same values. */
  readonly asSent: AsSent;
  readonly decision: Decision | null;
  /**
   * For an approval: the lease of the process that delivers the key, and the time by which it is
   * settled.
   */
  readonly lease: string | null;
  readonly deadline: number | null;
  readonly outcome: 'delivered' | 'failed' | null;
  /** Why the delivery failed, as JSON. */
  readonly failure: string | null;
}

export type Decision = 'approved' | 'denied';

/** Its further columns, {@link GRANT_COLUMNS}, hold the parameters. */
interface Row extends Record<string, unknown> {
  grant_request_id: number;
  nonce_hash: string;
  session_hash: string;
  user_id: number;
  created_at: number;
  expires_at: number;
  decision: Decision | null;
  lease: string | null;
  deadline: number | null;
  outcome: 'delivered' | 'failed' | null;
  failure: string | null;
}

export type GrantRequestStore = ReturnType<typeof grantRequestStore>;

/**
 * The largest number of undecided requests per session. Each consent page opens one, so an app that
 * reloads the page would otherwise fill the disk. A manager has far fewer tabs open.
 */
const OPEN_MAX = 20;

/** Returns the only code that reads and writes the table of grant requests. */
export function grantRequestStore({ knex, hot }: Pick<Database, 'knex' | 'hot'>) {
  // An open request may be lost in a power cut, so this does not wait for the disk.
  const insertOpen = hot.writer(`
    insert into grant_requests (nonce_hash, session_hash, user_id, created_at, expires_at,
      ${GRANT_COLUMNS.join(', ')}) values (?, ?, ?, ?, ?${', ?'.repeat(GRANT_COLUMNS.length)})`);
  const undecided = 'grant_requests where user_id = ? and session_hash = ? and decision is null';
  // Keeps the new request and the newest others, so the order of the two statements does not
  // matter.
  const removeOldest = hot.writer(`
    delete from ${undecided} and grant_request_id <= (
      select grant_request_id from ${undecided} and nonce_hash <> ?
      order by grant_request_id desc limit 1 offset ${OPEN_MAX - 1})`);
  const requests = (within: Knex = knex) => within<Row>('grant_requests');
  return {
    /** Opens a request, and removes the oldest undecided ones of the session beyond OPEN_MAX. */
    async insert(
      request: Pick<GrantRequest, 'sessionHash' | 'userId' | 'asSent'>,
      { nonceHash, now, expiresAt }: { nonceHash: string; now: number; expiresAt: number },
    ): Promise<void> {
      const { asSent, userId, sessionHash } = request;
      await Promise.all([
        // In SQLite both are one transaction, and the new row reuses the pages of the removed one.
        removeOldest(userId, sessionHash, userId, sessionHash, nonceHash),
        insertOpen(
          nonceHash,
          sessionHash,
          userId,
          now,
          expiresAt,
          ...GRANT_PARAMETERS.map((name) => asSent[name]),
        ),
      ]);
    },

    async findByNonce(nonceHash: string, now: number): Promise<GrantRequest | undefined> {
      const row = await requests().where({ nonce_hash: nonceHash }).andWhere('expires_at', '>', now).first();
      return row && fromRow(row);
    },

    async find(grantRequestId: number, within?: Knex): Promise<GrantRequest | undefined> {
      const row = await requests(within).where({ grant_request_id: grantRequestId }).first();
      return row && fromRow(row);
    },

    /** Stores the decision. Returns `false` if the request was already decided. */
    async decide(
      grantRequestId: number,
      decision: Decision,
      carriedOutBy: { lease: string; deadline: number } | null,
      within: Knex,
    ): Promise<boolean> {
      const changed = await requests(within)
        .where({ grant_request_id: grantRequestId })
        .whereNull('decision')
        .update({ decision, lease: carriedOutBy?.lease ?? null, deadline: carriedOutBy?.deadline ?? null });
      return changed === 1;
    },

    /** Stores the outcome of an approval. Returns `false` if it was already settled. */
    async settle(
      grantRequestId: number,
      outcome: 'delivered' | 'failed',
      failure: string | null,
      within?: Knex,
    ): Promise<boolean> {
      const changed = await requests(within)
        .where({ grant_request_id: grantRequestId })
        .whereNull('outcome')
        .update({ outcome, failure });
      return changed === 1;
    },

    /** Returns the leases of the processes with unsettled approvals. */
    async unsettledLeases(): Promise<string[]> {
      const rows = await requests().whereNotNull('lease').whereNull('outcome').distinct('lease');
      return rows.map((row) => String(row.lease));
    },

    /** Marks approvals that were cut off as failed. Settled ones do not change. */
    async settleAll(cutOff: CutOff, failure: string, within: Knex): Promise<number> {
      const unsettled = requests(within).where({ decision: 'approved' }).whereNull('outcome');
      const those =
        'lease' in cutOff
          ? unsettled.andWhere({ lease: cutOff.lease })
          : unsettled.andWhere('deadline', '<', cutOff.overdueAt);
      return those.update({ outcome: 'failed', failure });
    },

    async removeExpired(now: number): Promise<number> {
      return requests().where('expires_at', '<=', now).delete();
    },
  };
}

function fromRow(row: Row): GrantRequest {
  return {
    grantRequestId: row.grant_request_id,
    sessionHash: row.session_hash,
    userId: row.user_id,
    asSent: asStored(row),
    decision: row.decision,
    lease: row.lease,
    deadline: row.deadline,
    outcome: row.outcome,
    failure: row.failure,
  };
}
