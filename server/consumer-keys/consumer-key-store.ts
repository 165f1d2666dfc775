import type { Knex } from 'knex';
import { inSelection, type KeySelection } from './key-conditions';
import type { Database } from '../storage/database';
import type { App, ConsumerKey, Permissions } from './consumer-key';
import { fromRow, withUse, type StoredKeyRow } from './consumer-key-row';
import { limitColumns, type KeyLimits } from './key-limits';
import { sealingKeyIdOf } from './sealing';

/** The values of a new row, with the secret sealed and the key hashed. */
export interface NewConsumerKey {
  readonly userId: number;
  readonly description: string;
  readonly permissions: Permissions;
  readonly consumerKeyHash: string;
  readonly sealedSecret: string;
  readonly pairDigest: string;
  readonly truncatedKey: string;
  readonly createdAt: number;
  readonly app: App | null;
  /**
   * For a callback in progress: the deadline until which the key verifies, and the process that
   * delivers it.
   */
  readonly pending: { readonly until: number; readonly lease: string } | null;
  readonly limits: KeyLimits;
}

/** What a change of a key writes. */
export type ChangedKey = Pick<ConsumerKey, 'description' | 'permissions' | 'userId' | 'limits'>;

/** The number of keys that one transaction changes, so that other writers get a turn in between. */
export const KEYS_PER_TRANSACTION = 100;

/** A statement of SQLite has at most 32,766 values. */
const KEYS_PER_READ = 1_000;

export type ConsumerKeyStore = ReturnType<typeof consumerKeyStore>;

/**
 * Makes, changes and removes keys.
 *
 * Other files use the key table for one purpose each: pending-key-store.ts ends interrupted
 * deliveries, reseal.ts seals secrets again, key-list-reader.ts and app-list-reader.ts read lists,
 * and key-authentication/key-finder.ts verifies.
 */
export function consumerKeyStore({ knex }: Pick<Database, 'knex'>) {
  const keys = (within: Knex = knex) => within<StoredKeyRow>('consumer_keys');
  const facts = (within?: Knex) => withUse(keys(within));
  return {
    /** Runs in its own transaction, unless it is part of another. */
    async insert(key: NewConsumerKey, within?: Knex): Promise<number> {
      if (!within) return knex.transaction((own) => this.insert(key, own));
      const [row] = await keys(within)
        .insert({
          user_id: key.userId,
          description: key.description,
          permissions: key.permissions,
          consumer_key: key.consumerKeyHash,
          consumer_secret: key.sealedSecret,
          pair_digest: key.pairDigest,
          sealed_with: sealingKeyIdOf(key.sealedSecret),
          truncated_key: key.truncatedKey,
          created_at: key.createdAt,
          app_name: key.app?.appName ?? null,
          app_user_id: key.app?.appUserId ?? null,
          callback_origin: key.app?.callbackOrigin ?? null,
          pending_until: key.pending?.until ?? null,
          pending_lease: key.pending?.lease ?? null,
          ...limitColumns(key.limits),
        })
        .returning('key_id');
      if (!row) throw new Error('The key was not stored.');
      await within('key_uses').insert({ key_id: row.key_id });
      return row.key_id;
    },

    /**
     * Makes a pending key permanent. Returns `false` if it is gone (revoked during delivery) or its
     * deadline has passed.
     */
    async markDelivered(keyId: number, now: number, within?: Knex): Promise<boolean> {
      const changed = await keys(within)
        .where({ key_id: keyId })
        .andWhere('pending_until', '>', now)
        .update({ pending_until: null, pending_lease: null });
      return changed === 1;
    },

    /**
     * Changes a delivered key if it still has the description, permissions, owner and limits with
     * which it was read. Returns `false` if another change came first.
     */
    async change(key: ConsumerKey, to: ChangedKey, within?: Knex): Promise<boolean> {
      const changed = await keys(within)
        .where({
          key_id: key.keyId,
          permissions: key.permissions,
          user_id: key.userId,
          description: key.description,
          ...limitColumns(key.limits),
        })
        .whereNull('pending_until')
        .update({
          description: to.description,
          permissions: to.permissions,
          user_id: to.userId,
          ...limitColumns(to.limits),
          // A new end is after the time at which it was set, so the key works until then.
          ...(to.limits.expiresAt === key.limits.expiresAt ? {} : { expired_at: null }),
        });
      return changed === 1;
    },

    /**
     * Replaces the pair of a key. The old pair stops working with this write. Returns `false` if
     * the key does not exist any more.
     */
    async replacePair(
      { keyId, truncatedKey }: Pick<ConsumerKey, 'keyId' | 'truncatedKey'>,
      pair: Pick<NewConsumerKey, 'consumerKeyHash' | 'sealedSecret' | 'pairDigest' | 'truncatedKey'>,
      within?: Knex,
    ): Promise<boolean> {
      const changed = await keys(within)
        .where({ key_id: keyId, truncated_key: truncatedKey })
        .whereNull('pending_until')
        .update({
          consumer_key: pair.consumerKeyHash,
          consumer_secret: pair.sealedSecret,
          pair_digest: pair.pairDigest,
          sealed_with: sealingKeyIdOf(pair.sealedSecret),
          truncated_key: pair.truncatedKey,
        });
      return changed === 1;
    },

    /**
     * Makes a delivered key end at this time, or at its own end if that is earlier, and notes which
     * key takes its place. Returns `false` if the key is gone.
     */
    async endBy(keyId: number, at: number, replacedBy: number, within?: Knex): Promise<boolean> {
      const changed = await keys(within)
        .where({ key_id: keyId })
        .whereNull('pending_until')
        .update({
          expires_at: knex.raw('case when expires_at < ? then expires_at else ? end', [at, at]),
          replaced_by: replacedBy,
        });
      return changed === 1;
    },

    /**
     * Ends a key and erases its secret. Returns `false` if it was gone. Of several concurrent
     * calls, one gets `true`.
     */
    async remove(keyId: number, within?: Knex): Promise<boolean> {
      return (await keys(within).where({ key_id: keyId }).delete()) === 1;
    },

    async find(keyId: number, within?: Knex): Promise<ConsumerKey | undefined> {
      const row = await facts(within).where({ key_id: keyId }).first();
      return row && fromRow(row);
    },

    /** Returns those of these keys that exist. */
    async existing(keyIds: readonly number[]): Promise<ReadonlySet<number>> {
      const found = new Set<number>();
      for (let at = 0; at < keyIds.length; at += KEYS_PER_READ) {
        const some = keyIds.slice(at, at + KEYS_PER_READ);
        for (const keyId of await keys().whereIn('key_id', some).pluck<number[]>('key_id')) found.add(keyId);
      }
      return found;
    },

    /** Returns a key with its sealed secret, for a comparison. */
    async findByHash(
      consumerKeyHash: string,
    ): Promise<{ key: ConsumerKey; sealedSecret: string } | undefined> {
      const row = await facts().where({ consumer_key: consumerKeyHash }).first();
      return row && { key: fromRow(row), sealedSecret: row.consumer_secret };
    },

    /** Lists the keys of one user, or all, the oldest first. */
    async list(userId?: number): Promise<ConsumerKey[]> {
      const all = facts().orderBy('key_id');
      const rows = await (userId === undefined ? all : all.where({ user_id: userId }));
      return rows.map(fromRow);
    },

    /** Lists a selection, the oldest first. A selection without a condition selects nothing. */
    async select(selection: KeySelection, within?: Knex): Promise<ConsumerKey[]> {
      const rows = await facts(within).where(inSelection(selection, 'consumer_keys')).orderBy('key_id');
      return rows.map(fromRow);
    },

    /**
     * Lists the delivered keys of this user that this app holds: with the same name, callback
     * origin and app user.
     */
    async heldBy(app: App, userId: number, within?: Knex): Promise<ConsumerKey[]> {
      const rows = await facts(within)
        .where({
          user_id: userId,
          app_name: app.appName,
          callback_origin: app.callbackOrigin,
          app_user_id: app.appUserId,
        })
        .whereNull('pending_until')
        .orderBy('key_id');
      return rows.map(fromRow);
    },
  };
}
