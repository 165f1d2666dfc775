import { randomBytes } from 'node:crypto';
import { consumerKeyHash, type Permissions } from '../consumer-keys/consumer-key';
import type { Sealing } from '../consumer-keys/sealing';
import type { Database } from '../storage/database';
import { MANAGER_ROLES, type Role } from '../users/user';
import type { FoundKey, KeyRecord } from './verify';

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

interface ProvenKey {
  readonly key: KeyRecord;
  readonly consumerSecret: string;
  /** Milliseconds since 1970 until which it verifies, when its callback is in flight. */
  readonly pendingUntil: number | null;
}

export interface KeyFinderDependencies {
  readonly database: Pick<Database, 'hot'>;
  readonly sealing: Sealing;
  readonly now: () => number;
  /** Told of what an operator should know of: a secret in the table that cannot be opened. */
  readonly logFailure: (error: unknown) => void;
}

/** Some ten megabytes. */
const REMEMBERED_MAX = 10_000;

/**
 * Keys as the database has them now. A pending key verifies while its callback is in flight (apps call the store with it
 * before they answer) and stops by itself at its deadline.
 *
 * A key that has proven itself is remembered, with its secret opened, for as long as the database is unchanged: each use
 * asks for its `PRAGMA data_version` first, in a snapshot taken after the request came. So a revocation counts at once,
 * everywhere. (The hot connection's own writes do not count, and it writes neither keys nor users.) Only proven keys are
 * remembered, and what a remembered secret does not prove is looked up after all, so that a wrong secret costs what an
 * unknown key costs.
 */
export function keyFinder({ database: { hot }, sealing, now, logFailure }: KeyFinderDependencies) {
  const find = hot.reader<Row>(`
    select k.key_id, k.user_id, k.permissions, k.consumer_secret, k.app_user_id, k.pending_until, u.role, u.disabled_at
    from consumer_keys k join users u on u.user_id = k.user_id
    where k.consumer_key = ? and (k.pending_until is null or k.pending_until > ?)`);

  // Read and opened for unknown keys, so that they take as long as a wrong secret.
  const readDecoy = hot.reader<Row>(`
    select 0 as key_id, 0 as user_id, '' as permissions, ? as consumer_secret, '' as app_user_id, null as pending_until,
      '' as role, null as disabled_at`);
  const decoyHash = '0'.repeat(64);
  const decoy = sealing.seal(`cs_${'0'.repeat(40)}`, decoyHash);

  const remembered = new Map<string, ProvenKey>();
  let rememberedAt = NaN;

  function recall(consumerKey: string, dataVersion: number): ProvenKey | undefined {
    if (dataVersion !== rememberedAt) {
      remembered.clear();
      rememberedAt = dataVersion;
      return undefined;
    }
    const known = remembered.get(consumerKey);
    return known?.pendingUntil == null || known.pendingUntil > now() ? known : undefined;
  }

  function remember(consumerKey: string, proven: ProvenKey): void {
    if (remembered.size >= REMEMBERED_MAX) remembered.clear();
    remembered.set(consumerKey, proven);
  }

  function open(sealed: string, hash: string): string {
    try {
      return sealing.open(sealed, hash);
    } catch (error) {
      // A damaged row proves nobody's claim. No constant may stand in: whoever knows it would be let in.
      logFailure(error);
      return randomBytes(32).toString('hex');
    }
  }

  function lookUp(consumerKey: string, proves: (consumerSecret: string) => boolean): FoundKey {
    const hash = consumerKeyHash(consumerKey);
    const row = find(hash, now());
    if (!row) {
      readDecoy(decoy);
      proves(open(decoy, decoyHash));
      return { key: undefined, proven: false };
    }
    const key = {
      keyId: row.key_id,
      userId: row.user_id,
      permissions: row.permissions,
      appUserId: row.app_user_id,
      ownerIsManager: row.disabled_at === null && MANAGER_ROLES.includes(row.role),
    };
    const consumerSecret = open(row.consumer_secret, hash);
    const proven = proves(consumerSecret);
    if (proven) remember(consumerKey, { key, consumerSecret, pendingUntil: row.pending_until });
    return { key, proven };
  }

  return (consumerKey: string, proves: (consumerSecret: string) => boolean): Promise<FoundKey> =>
    hot.inSnapshot((dataVersion) => {
      const known = recall(consumerKey, dataVersion);
      return known && proves(known.consumerSecret)
        ? { key: known.key, proven: true }
        : lookUp(consumerKey, proves);
    });
}
