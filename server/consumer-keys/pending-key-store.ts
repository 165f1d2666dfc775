import type { Knex } from 'knex';
import type { Database } from '../storage/database';
import { fromRow, withUse, type StoredKeyRow } from './consumer-key-row';
import type { ConsumerKey } from './consumer-key';

/**
 * Interrupted deliveries: those of a dead process, or those due before a time (milliseconds since
 * 1970).
 */
export type CutOff = { readonly lease: string } | { readonly overdueAt: number };

export type PendingKeyStore = ReturnType<typeof pendingKeyStore>;

/** Reads and ends the keys whose process died during the callback, or could not settle it in time. */
export function pendingKeyStore({ knex }: Pick<Database, 'knex'>) {
  const keys = (within: Knex = knex) => within<StoredKeyRow>('consumer_keys');
  const pending = (cutOff: CutOff, within?: Knex) =>
    'lease' in cutOff
      ? keys(within).where({ pending_lease: cutOff.lease }).whereNotNull('pending_until')
      : // Both columns are set together, and the lease has the index.
        keys(within).whereNotNull('pending_lease').where('pending_until', '<', cutOff.overdueAt);
  return {
    /** Lists the leases of the processes that are delivering keys. */
    async leases(): Promise<string[]> {
      const rows = await keys().whereNotNull('pending_lease').distinct('pending_lease');
      return rows.map((row) => String(row.pending_lease));
    },

    /** Lists the keys whose delivery was interrupted. */
    async list(cutOff: CutOff): Promise<ConsumerKey[]> {
      const rows = await withUse(pending(cutOff)).orderBy('key_id');
      return rows.map(fromRow);
    },

    /** Ends such a key. Returns `false` if it is gone, or was delivered after all. */
    async remove(keyId: number, cutOff: CutOff, within?: Knex): Promise<boolean> {
      return (await pending(cutOff, within).andWhere({ key_id: keyId }).delete()) === 1;
    },
  };
}
