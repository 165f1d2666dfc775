import type { Knex } from 'knex';
import type { Database } from '../storage/database';
import type { ConsumerKey, Permissions } from './consumer-key';
import { fromRow, withUse, type StoredKeyRow } from './consumer-key-row';
import { sealingKeyIdOf } from './sealing';

/** A key of WooCommerce, as it is stored here. Its consumer key in clear text is unknown. */
export interface ImportedKey {
  /** `undefined`: the database chooses. */
  readonly keyId: number | undefined;
  readonly userId: number;
  readonly description: string;
  readonly permissions: Permissions;
  readonly consumerKeyHash: string;
  readonly sealedSecret: string;
  readonly truncatedKey: string;
  readonly createdAt: number;
  /** Milliseconds since 1970. `null`: never used. */
  readonly lastAccess: number | null;
  /** `null`: made by hand. */
  readonly appName: string | null;
  readonly importSourceId: number;
}

/** A key as it is here, with what an import compares. */
export interface ComparedKey {
  readonly key: ConsumerKey;
  readonly consumerKeyHash: string;
  readonly sealedSecret: string;
}

export type ImportedKeyStore = ReturnType<typeof importedKeyStore>;

/** Reads and writes many keys at once, for an import. */
export function importedKeyStore({ knex }: Pick<Database, 'knex'>) {
  const keys = (within: Knex = knex) => within<StoredKeyRow>('consumer_keys');

  return {
    /** Returns the keys with these ids, by id. */
    async withIds(ids: readonly number[], within: Knex): Promise<Map<number, ComparedKey>> {
      const rows = await withUse(keys(within).whereIn('consumer_keys.key_id', ids));
      return new Map(
        rows.map((row) => [
          row.key_id,
          { key: fromRow(row), consumerKeyHash: row.consumer_key, sealedSecret: row.consumer_secret },
        ]),
      );
    },

    /** Returns the ids of the keys with these hashes, by hash. */
    async withHashes(hashes: readonly string[], within: Knex): Promise<Map<string, number>> {
      const rows = await keys(within).whereIn('consumer_key', hashes).select('consumer_key', 'key_id');
      return new Map(rows.map((row) => [row.consumer_key, row.key_id]));
    },

    /** Stores keys that are not here. Returns their ids, by hash. */
    async insert(imported: readonly ImportedKey[], within: Knex): Promise<Map<string, number>> {
      const ids = new Map<string, number>();
      // The database knows only one way to fill a column in one statement.
      for (const some of [
        imported.filter(({ keyId }) => keyId !== undefined),
        imported.filter(({ keyId }) => keyId === undefined),
      ]) {
        if (some.length === 0) continue;
        const rows = await keys(within).insert(some.map(toRow)).returning(['key_id', 'consumer_key']);
        for (const row of rows) ids.set(row.consumer_key, row.key_id);
        await within('key_uses').insert(
          some.map(({ consumerKeyHash, lastAccess }) => ({
            key_id: ids.get(consumerKeyHash),
            last_access: lastAccess,
          })),
        );
      }
      return ids;
    },

    /** Changes what has changed in the source. */
    async change(
      keyId: number,
      to: {
        readonly description?: string;
        readonly permissions?: Permissions;
        readonly userId?: number | undefined;
      },
      within: Knex,
    ): Promise<void> {
      const { userId, ...values } = to;
      await keys(within)
        .where({ key_id: keyId })
        .update({ ...values, ...(userId === undefined ? {} : { user_id: userId }) });
    },

    /** Replaces the pair of a key. The old pair stops working with this write. */
    async replacePair(
      keyId: number,
      pair: Pick<ImportedKey, 'consumerKeyHash' | 'sealedSecret' | 'truncatedKey'>,
      within: Knex,
    ): Promise<void> {
      await keys(within).where({ key_id: keyId }).update(pairColumns(pair));
    },

    /** Records a later use of a key. */
    async usedAt(keyId: number, lastAccess: number, within: Knex): Promise<void> {
      await within('key_uses')
        .where({ key_id: keyId })
        .andWhere((earlier) => void earlier.whereNull('last_access').orWhere('last_access', '<', lastAccess))
        .update({ last_access: lastAccess });
    },
  };
}

const toRow = (key: ImportedKey) => ({
  ...(key.keyId === undefined ? {} : { key_id: key.keyId }),
  user_id: key.userId,
  description: key.description,
  permissions: key.permissions,
  ...pairColumns(key),
  created_at: key.createdAt,
  app_name: key.appName,
  // WooCommerce does not store it. A condition on an app compares it, and nothing equals null.
  callback_origin: key.appName === null ? null : '',
  import_source_id: key.importSourceId,
});

const pairColumns = (pair: Pick<ImportedKey, 'consumerKeyHash' | 'sealedSecret' | 'truncatedKey'>) => ({
  consumer_key: pair.consumerKeyHash,
  consumer_secret: pair.sealedSecret,
  // The first use proves the secret and stores the digest (key-authentication/key-finder.ts).
  pair_digest: '',
  sealed_with: sealingKeyIdOf(pair.sealedSecret),
  truncated_key: pair.truncatedKey,
});
