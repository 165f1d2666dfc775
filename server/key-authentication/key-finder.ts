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
  consumer_key: string;
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
  readonly sealing: Pick<Sealing, 'open'>;
  /** With any key: opens a secret that is nobody's, so that unknown keys take as long as a wrong secret. */
  readonly decoySealing: Sealing;
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
 * A key that has proven itself is remembered, with its secret opened, for as long as no key and no user is changed: each use
 * asks for the number of changes first, which the database itself counts, in a snapshot taken after the request came. So a
 * revocation counts at once, everywhere. Only proven keys are remembered, and what a remembered secret does not prove is looked up after all, so that a wrong secret costs what an
 * unknown key costs. On PostgreSQL each use looks its key up.
 */
export function keyFinder(dependencies: KeyFinderDependencies) {
  const { database, sealing, decoySealing, now, logFailure } = dependencies;
  const find = database.hot.finder<Row>({
    select: `
      select k.consumer_key, k.key_id, k.user_id, k.permissions, k.consumer_secret, k.app_user_id, k.pending_until, u.role,
        u.disabled_at
      from consumer_keys k join users u on u.user_id = k.user_id`,
    column: 'consumer_key',
    version: 'select changes as version from key_changes',
    // As long as a row, so that unknown keys take as long as a wrong secret.
    decoy: `
      select '${'0'.repeat(64)}', 0, 0, 'read_write', '${'0'.repeat(123)}', '', null, 'administrator', null`,
  });

  const decoyHash = '0'.repeat(64);
  const decoy = decoySealing.seal(`cs_${'0'.repeat(40)}`, decoyHash);

  const remembered = new Map<string, ProvenKey>();
  let rememberedAt = NaN;

  function recall(consumerKey: string, version: number): ProvenKey | undefined {
    if (version !== rememberedAt) {
      remembered.clear();
      rememberedAt = version;
      return undefined;
    }
    const known = remembered.get(consumerKey);
    return known && isLive(known.pendingUntil) ? known : undefined;
  }

  const isLive = (pendingUntil: number | null) => pendingUntil === null || pendingUntil > now();

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

  return (consumerKey: string, proves: (consumerSecret: string) => boolean): Promise<FoundKey> => {
    let hash: string | undefined;
    const hashed = () => (hash ??= consumerKeyHash(consumerKey));
    return find(hashed, ({ version, row }) => {
      const known = version === undefined ? undefined : recall(consumerKey, version);
      if (known && proves(known.consumerSecret)) return { key: known.key, proven: true };
      const found = row();
      if (!found || !isLive(found.pending_until)) {
        proves(decoySealing.open(decoy, decoyHash));
        return { key: undefined, proven: false };
      }
      const key = keyOf(found);
      const consumerSecret = open(found.consumer_secret, hashed());
      const proven = proves(consumerSecret);
      if (proven && version !== undefined)
        remember(consumerKey, { key, consumerSecret, pendingUntil: found.pending_until });
      return { key, proven };
    });
  };
}

function keyOf(row: Row): KeyRecord {
  return {
    keyId: row.key_id,
    userId: row.user_id,
    permissions: row.permissions,
    appUserId: row.app_user_id,
    ownerIsManager: row.disabled_at === null && MANAGER_ROLES.includes(row.role),
  };
}
