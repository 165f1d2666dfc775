import type { Permissions } from '../consumer-keys/consumer-key';
import type { Sealing } from '../consumer-keys/sealing';
import type { Database } from '../storage/database';
import { MANAGER_ROLES, type Role } from '../users/user';
import type { KeyRecord } from './verify';

interface Row {
  key_id: number;
  user_id: number;
  permissions: Permissions;
  consumer_secret: string;
  app_user_id: string | null;
  pending_until: number | null;
  role: Role;
  disabled_at: number | null;
}

export interface KeyFinderDependencies {
  readonly database: Pick<Database, 'hot'>;
  readonly sealing: Sealing;
  readonly now: () => number;
}

/** Some ten megabytes. */
const REMEMBERED_MAX = 10_000;

/**
 * Keys as the database has them now. A pending key verifies while its callback is in flight (apps call the store with it
 * before they answer) and stops by itself at its deadline.
 *
 * A key that has proven itself is remembered, with its secret opened, for as long as the database is unchanged: each use
 * asks `PRAGMA data_version` first, which differs as soon as any other connection, in this process or another, has
 * committed anything. So a revocation counts at once, everywhere. (The hot connection's own writes do not count, and it
 * writes neither keys nor users.) Only proven keys are remembered, so that a wrong secret costs what an unknown key costs.
 */
export function keyFinder({ database, sealing, now }: KeyFinderDependencies) {
  const find = database.hot.reader<Row>(`
    select k.key_id, k.user_id, k.permissions, k.consumer_secret, k.app_user_id, k.pending_until, u.role, u.disabled_at
    from consumer_keys k join users u on u.user_id = k.user_id
    where k.consumer_key = ? and (k.pending_until is null or k.pending_until > ?)`);
  const readVersion = database.hot.reader<{ data_version: number }>('pragma data_version');
  const dataVersion = () => readVersion()?.data_version ?? NaN;

  // Read and opened for unknown keys, so that they take as long as a wrong secret.
  const readDecoy = database.hot.reader<Row>(`
    select 0 as key_id, 0 as user_id, '' as permissions, ? as consumer_secret, '' as app_user_id, null as pending_until,
      '' as role, null as disabled_at`);
  const decoyHash = '0'.repeat(64);
  const decoy = sealing.seal(`cs_${'0'.repeat(40)}`, decoyHash);

  const remembered = new Map<string, KeyRecord>();
  let rememberedAt = NaN;

  return {
    findKey(consumerKeyHash: string): KeyRecord | undefined {
      // Asked before the row is read: what changes in between makes the record look older than it is, never newer.
      const version = dataVersion();
      const row = find(consumerKeyHash, now());
      if (!row) {
        readDecoy(decoy);
        return undefined;
      }
      let secret: string | undefined;
      return {
        keyId: row.key_id,
        userId: row.user_id,
        permissions: row.permissions,
        appUserId: row.app_user_id,
        ownerIsManager: row.disabled_at === null && MANAGER_ROLES.includes(row.role),
        consumerSecret: () => (secret ??= sealing.open(row.consumer_secret, consumerKeyHash)),
        pendingUntil: row.pending_until,
        version,
      };
    },

    /** A key that has proven itself and is as it was then; without looking at its secret, which the caller compares. */
    recall(consumerKey: string): KeyRecord | undefined {
      const version = dataVersion();
      if (version !== rememberedAt) {
        remembered.clear();
        rememberedAt = version;
        return undefined;
      }
      const key = remembered.get(consumerKey);
      return key?.pendingUntil == null || key.pendingUntil > now() ? key : undefined;
    },

    remember(consumerKey: string, key: KeyRecord): void {
      if (key.version !== rememberedAt) return;
      if (remembered.size >= REMEMBERED_MAX) remembered.clear();
      remembered.set(consumerKey, key);
    },

    decoySecret: () => sealing.open(decoy, decoyHash),
  };
}
