import { randomBytes, timingSafeEqual } from 'node:crypto';
import { consumerKeyHash, pairDigest, type Permissions } from '../consumer-keys/consumer-key';
import type { Sealing } from '../consumer-keys/sealing';
import type { Database } from '../storage/database';
import { MANAGER_ROLES, type Role } from '../users/user';
import type { FoundKey, KeyRecord } from './verify';

interface Row {
  key_id: number;
  user_id: number;
  permissions: Permissions;
  consumer_key: string;
  evidence: string;
  app_user_id: string | null;
  pending_until: number | null;
  role: Role;
  disabled_at: number | null;
}

interface ProvenKey {
  readonly key: KeyRecord;
  readonly evidence: string;
  /** Milliseconds since 1970 until which it verifies, when its callback is in flight. */
  readonly pendingUntil: number | null;
}

/** What a claim to a key is held against. */
interface Evidence {
  readonly column: 'pair_digest' | 'consumer_secret';
  /** The index that holds all that is selected of the key, on databases in the process. */
  readonly index?: string;
  /** From what the column holds. */
  readonly read: (stored: string, consumerKeyHash: string) => string;
  /**
   * Compared for unknown keys, so that they take as long as wrong secrets. Signatures have no decoy: signing a large form
   * is expensive, and the texts of the errors tell an unknown key and a wrong signature apart anyway.
   */
  readonly decoy?: string;
}

export interface KeyFinderDependencies {
  readonly database: Pick<Database, 'hot'>;
  readonly sealing: Pick<Sealing, 'open'>;
  readonly now: () => number;
  /** Told of what an operator should know of: a secret in the table that cannot be opened. */
  readonly reportFailure: (error: unknown) => unknown;
}

/** Some ten megabytes. */
const REMEMBERED_MAX = 10_000;
const RECENT_MAX = 16_384;

/**
 * Keys as the database has them now. A pending key verifies while its callback is in flight (apps call the store with it
 * before they answer) and stops by itself at its deadline.
 *
 * A pair that is sent in clear is held against its digest, so that the sealed secret stays sealed; a signature needs the
 * secret.
 *
 * A key that proves itself twice is remembered for as long as no key and no user is changed: each use
 * asks for the number of changes first, which the database itself counts, in a snapshot taken after the request came. So a
 * revocation counts at once, everywhere. Only proven keys are remembered, and what a remembered one does not prove is
 * looked up after all, so that a wrong secret costs what an unknown key costs. On PostgreSQL each use looks its key up.
 */
export function keyFinder({ database, sealing, now, reportFailure }: KeyFinderDependencies) {
  const decoyHash = '0'.repeat(64);
  const decoyDigest = pairDigest('', randomBytes(20).toString('hex'));

  const byPair = finder({
    column: 'pair_digest',
    index: 'consumer_keys_pair_index',
    read: (digest) => digest,
    decoy: decoyDigest,
  });
  const bySecret = finder({
    column: 'consumer_secret',
    read: open,
  });

  return {
    findPair(consumerKey: string, consumerSecret: string): Promise<FoundKey> {
      const presented = Buffer.from(pairDigest(consumerKey, consumerSecret), 'latin1');
      return byPair(consumerKey, (digest) => {
        const known = Buffer.from(digest, 'latin1');
        // Only a damaged one is of another length.
        return known.length === presented.length && timingSafeEqual(known, presented);
      });
    },
    findSigner: bySecret,
  };

  function open(sealed: string, hash: string): string {
    try {
      return sealing.open(sealed, hash);
    } catch (error) {
      // A damaged row proves nobody's claim. No constant may stand in: whoever knows it would be let in.
      reportFailure(error);
      return randomBytes(32).toString('hex');
    }
  }

  function finder({ column, index, read, decoy }: Evidence) {
    const find = database.hot.finder<Row>({
      columns: `
        k.consumer_key, k.key_id, k.user_id, k.permissions, k.${column} as evidence, k.app_user_id, k.pending_until,
        u.role, u.disabled_at`,
      from: 'consumer_keys k',
      index,
      join: 'join users u on u.user_id = k.user_id',
      column: 'consumer_key',
      version: 'select changes as version from key_changes',
      // As long as a row, so that unknown keys take as long as a wrong secret.
      decoy: `
        select '${decoyHash}', 0, 0, 'read_write', '${decoy ?? ''}', '', null, 'administrator', null`,
    });

    const remembered = new Map<string, ProvenKey>();
    let rememberedAt = NaN;
    /** Ids of keys that have proven themselves, each in one place; of a million in equal use none is worth remembering. */
    const recent = new Float64Array(RECENT_MAX);

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
      const { keyId } = proven.key;
      const place = keyId % RECENT_MAX;
      if (recent[place] !== keyId) {
        recent[place] = keyId;
        return;
      }
      if (remembered.size >= REMEMBERED_MAX) remembered.clear();
      remembered.set(consumerKey, proven);
    }

    return (consumerKey: string, proves: (evidence: string) => boolean): Promise<FoundKey> => {
      let hash: string | undefined;
      const hashed = () => (hash ??= consumerKeyHash(consumerKey));
      return find(hashed, ({ version, row }) => {
        const known = version === undefined ? undefined : recall(consumerKey, version);
        if (known && proves(known.evidence)) return { key: known.key, proven: true };
        const found = row();
        if (!found || !isLive(found.pending_until)) {
          if (decoy !== undefined) proves(decoy);
          return { key: undefined, proven: false };
        }
        const key = keyOf(found);
        const evidence = read(found.evidence, hashed());
        const proven = proves(evidence);
        if (proven && version !== undefined)
          remember(consumerKey, { key, evidence, pendingUntil: found.pending_until });
        return { key, proven };
      });
    };
  }
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
