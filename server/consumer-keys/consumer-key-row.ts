import type { Knex } from 'knex';
import type { ConsumerKey, Permissions } from './consumer-key';
import { limitsOf, type LimitColumns } from './key-limits';

/** A row of the table. Only the stores of this folder use it. */
export interface StoredKeyRow extends LimitColumns {
  key_id: number;
  user_id: number;
  description: string;
  permissions: Permissions;
  consumer_key: string;
  consumer_secret: string;
  pair_digest: string;
  sealed_with: string | null;
  truncated_key: string;
  app_name: string | null;
  app_user_id: string | null;
  callback_origin: string | null;
  created_at: number;
  pending_until: number | null;
  pending_lease: string | null;
  import_source_id: number | null;
  expired_at: number | null;
  replaced_by: number | null;
}

/** The same with its last use, which is stored in another table. */
export interface ConsumerKeyRow extends StoredKeyRow {
  last_access: number | null;
  last_address: string | null;
}

/** Selects rows of the key table, each with its last use. */
export function withUse(
  keys: Knex.QueryBuilder<StoredKeyRow>,
): Knex.QueryBuilder<ConsumerKeyRow, ConsumerKeyRow[]> {
  return keys.leftJoin('key_uses', (both) => void both.using('key_id')) as never;
}

/** Returns the key of a row, without its digest and its sealed secret. */
export function fromRow(row: ConsumerKeyRow): ConsumerKey {
  return {
    keyId: row.key_id,
    userId: row.user_id,
    description: row.description,
    permissions: row.permissions,
    truncatedKey: row.truncated_key,
    createdAt: row.created_at,
    lastAccess: row.last_access,
    lastAddress: row.last_address,
    app:
      row.app_name === null
        ? null
        : {
            appName: row.app_name,
            callbackOrigin: row.callback_origin ?? '',
            appUserId: row.app_user_id ?? '',
          },
    pending: row.pending_until !== null,
    imported: row.import_source_id !== null,
    limits: limitsOf(row),
    expiredAt: row.expired_at,
    replacedBy: row.replaced_by,
  };
}
