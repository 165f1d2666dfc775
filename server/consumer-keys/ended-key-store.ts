import type { Knex } from 'knex';
import type { Database } from '../storage/database';
import type { ConsumerKey } from './consumer-key';
import { fromRow, withUse, type StoredKeyRow } from './consumer-key-row';
import { KEYS_PER_TRANSACTION } from './consumer-key-store';

export type EndedKeyStore = ReturnType<typeof endedKeyStore>;

/** Finds the keys that have ended. Each read follows the index of the keys that end. */
export function endedKeyStore({ knex }: Pick<Database, 'knex'>) {
  const keys = (within: Knex = knex) => within<StoredKeyRow>('consumer_keys').whereNotNull('expires_at');
  return {
    /**
     * Notes that keys had ended at this time, so that they stay ended if the clock is set back. A key
     * that verification saw has such a note already.
     */
    async markEnded(now: number): Promise<void> {
      const ended = () => keys().where('expires_at', '<=', now).whereNull('expired_at');
      // Each update empties the cache of the key finder on SQLite, even if it changes nothing.
      if (await ended().first('key_id')) await ended().update({ expired_at: now });
    },

    /** Lists some keys that were seen as ended at this time or before, the oldest first. */
    async endedBefore(time: number, within: Knex): Promise<ConsumerKey[]> {
      const rows = await withUse(
        keys(within)
          .where('expires_at', '<=', time)
          .where('expired_at', '<=', time)
          .orderBy('key_id')
          .limit(KEYS_PER_TRANSACTION),
      );
      return rows.map(fromRow);
    },
  };
}
