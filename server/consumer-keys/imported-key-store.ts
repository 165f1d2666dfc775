import type { Knex } from 'knex';
import type { Columns } from '../storage/bulk-writes';
import type { Database } from '../storage/database';
import { insertMany } from '../storage/insert-many';
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
export function importedKeyStore({ knex, dialect }: Pick<Database, 'knex' | 'dialect'>) {
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
      const withId = imported.filter(({ keyId }) => keyId !== undefined);
      const withoutId = imported.filter(({ keyId }) => keyId === undefined);
      await insertMany(within, dialect, {
        table: 'consumer_keys',
        columns: { key_id: 'bigint', ...COLUMNS },
        rows: withId.map((key) => [key.keyId ?? null, ...valuesOf(key)]),
      });
      await insertMany(within, dialect, {
        table: 'consumer_keys',
        columns: COLUMNS,
        rows: withoutId.map(valuesOf),
      });
      const ids = await this.withHashes(
        imported.map(({ consumerKeyHash }) => consumerKeyHash),
        within,
      );
      await insertMany(within, dialect, {
        table: 'key_uses',
        columns: { key_id: 'bigint', last_access: 'bigint' },
        rows: imported.map(({ consumerKeyHash, lastAccess }) => [
          ids.get(consumerKeyHash) ?? null,
          lastAccess,
        ]),
      });
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

const COLUMNS: Columns = {
  user_id: 'bigint',
  description: 'text',
  permissions: 'text',
  consumer_key: 'text',
  consumer_secret: 'text',
  pair_digest: 'text',
  sealed_with: 'text',
  truncated_key: 'text',
  created_at: 'bigint',
  app_name: 'text',
  callback_origin: 'text',
  import_source_id: 'bigint',
};

/** Returns the values of {@link COLUMNS}. */
const valuesOf = (key: ImportedKey) => {
  const pair = pairColumns(key);
  return [
    key.userId,
    key.description,
    key.permissions,
    pair.consumer_key,
    pair.consumer_secret,
    pair.pair_digest,
    pair.sealed_with,
    pair.truncated_key,
    key.createdAt,
    key.appName,
    // WooCommerce does not store it. A condition on an app compares it, and nothing equals null.
    key.appName === null ? null : '',
    key.importSourceId,
  ];
};

const pairColumns = (pair: Pick<ImportedKey, 'consumerKeyHash' | 'sealedSecret' | 'truncatedKey'>) => ({
  consumer_key: pair.consumerKeyHash,
  consumer_secret: pair.sealedSecret,
  // The first use proves the secret and stores the digest (key-authentication/key-finder.ts).
  pair_digest: '',
  sealed_with: sealingKeyIdOf(pair.sealedSecret),
  truncated_key: pair.truncatedKey,
});
