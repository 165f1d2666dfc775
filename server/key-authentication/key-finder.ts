import { randomBytes, timingSafeEqual } from 'node:crypto';
import { consumerKeyHash, pairDigest, type Permissions } from '../consumer-keys/consumer-key';
import type { Sealing } from '../consumer-keys/sealing';
import type { Database } from '../storage/database';
import { isManager, type Role } from '../users/user';
import { checkedLimits, type CheckedColumns } from './check-limits';
import type { FoundKey, KeyFinder, KeyRecord } from './found-key';

interface Row extends CheckedColumns {
  key_id: number;
  user_id: number;
  permissions: Permissions;
  consumer_key: string;
  evidence: string;
  /** Whether the digest of the pair is not written yet. Only a lookup of the secret selects it. */
  lacks_digest?: number | boolean;
  app_user_id: string | null;
  pending_until: number | null;
  role: Role;
  disabled_at: number | null;
}

interface ProvenKey {
  readonly key: KeyRecord;
  readonly evidence: string;
  /**
   * When a key whose callback is in flight stops verifying, in ms since 1970. `null` for any other
   * key.
   */
  readonly pendingUntil: number | null;
}

/** What a claim to a key is compared with. */
interface Evidence {
  /** The selected columns: `evidence`, and for a secret `lacks_digest`. */
  readonly selected: string;
  /**
   * The index that covers all selected columns of the key. Only a database in this process has it.
   */
  readonly index?: string;
  /** Turns the stored value into the evidence. */
  readonly read: (stored: string, consumerKeyHash: string) => string;
  /**
   * Compared for unknown keys, so that they take as long as wrong secrets. Signatures have no
   * decoy: signing a large form is expensive, and the error messages distinguish an unknown key
   * from a wrong signature anyway.
   */
  readonly decoy?: string;
}

/** A right use of an imported key whose digest is not written yet. */
export interface FirstProof {
  readonly keyId: number;
  readonly pairDigest: string;
  /** The sealed text whose secret was proven. */
  readonly sealedSecret: string;
}

export interface KeyFinderDependencies {
  readonly database: Pick<Database, 'hot'>;
  readonly sealing: Pick<Sealing, 'open'>;
  readonly now: () => number;
  /** Called if a secret in the table cannot be opened, so that the operator learns of it. */
  readonly reportFailure: (error: unknown) => unknown;
  /** Called for each right use that was looked up while the key lacks its digest. */
  readonly noteFirstProof: (proof: FirstProof) => void;
}

/** About ten megabytes. */
const CACHED_MAX = 10_000;
const RECENT_MAX = 16_384;

/**
 * Returns the lookups of a key by its pair and by its signature, as the database has the key now.
 *
 * A pending key verifies while its callback is in flight, because apps call the store with it
 * before they answer. It stops verifying at its deadline. A pair sent in clear text is compared
 * with its digest, so that its secret stays sealed. A signature needs the secret.
 *
 * An imported key has an empty digest until its first right use, because WooCommerce stores only the
 * hash of a consumer key. Until then its sealed secret proves a pair, with a second lookup.
 *
 * On SQLite, a key that is verified twice is cached until any key or user changes. Each use first
 * reads the number of changes, which the database counts, in a snapshot taken after the request
 * arrived. So a revocation takes effect at once in every process. Only verified keys are cached,
 * and a wrong secret for a cached key still leads to a lookup, so that it takes as long as an
 * unknown key. On PostgreSQL every use looks up its key.
 */
export function keyFinder(dependencies: KeyFinderDependencies): KeyFinder {
  const { database, sealing, now, reportFailure, noteFirstProof } = dependencies;
  const decoyHash = '0'.repeat(64);
  const decoyDigest = pairDigest('', randomBytes(20).toString('hex'));

  const byPair = finder({
    selected: 'k.pair_digest as evidence',
    index: 'consumer_keys_pair_index',
    read: (digest) => digest,
    decoy: decoyDigest,
  });
  const bySecret = finder({
    selected: `k.consumer_secret as evidence, k.pair_digest = '' as lacks_digest`,
    read: open,
  });

  return {
    findPair(consumerKey: string, consumerSecret: string): Promise<FoundKey> {
      const presented = Buffer.from(pairDigest(consumerKey, consumerSecret), 'latin1');
      const isPresented = (digest: string) => {
        const known = Buffer.from(digest, 'latin1');
        // The lengths differ only if the stored digest is damaged.
        return known.length === presented.length && timingSafeEqual(known, presented);
      };
      const bySealedSecret = () =>
        bySecret(consumerKey, (secret) => isPresented(pairDigest(consumerKey, secret)));
      return byPair(consumerKey, isPresented, bySealedSecret);
    },
    findSigner: bySecret,
  };

  function open(sealed: string, hash: string): string {
    try {
      return sealing.open(sealed, hash);
    } catch (error) {
      // A damaged row must not verify. The stand-in is random, because anyone could sign with a
      // fixed secret.
      reportFailure(error);
      return randomBytes(32).toString('hex');
    }
  }

  function finder({ selected, index, read, decoy }: Evidence) {
    const find = database.hot.finder<Row>({
      columns: `
        k.consumer_key, k.key_id, k.user_id, k.permissions, ${selected}, k.app_user_id, k.pending_until,
        k.expires_at, k.expired_at, k.resources, k.addresses, u.role, u.disabled_at`,
      from: 'consumer_keys k',
      index,
      join: 'join users u on u.user_id = k.user_id',
      column: 'consumer_key',
      version: 'select changes as version from key_changes',
      // As long as a real row, so that unknown keys take as long as wrong secrets.
      decoy: `
        select '${decoyHash}', 0, 0, 'read_write', '${decoy ?? ''}', '', null, null, null, null, null,
          'administrator', null`,
    });

    const cached = new Map<string, ProvenKey>();
    let cachedVersion = NaN;
    /**
     * Ids of keys that were verified recently, each at the index `id % RECENT_MAX`. A key is cached
     * when it is found here again. With a million keys in equal use, caching does not pay, and ids
     * overwrite each other.
     */
    const recent = new Float64Array(RECENT_MAX);

    function fromCache(consumerKey: string, version: number): ProvenKey | undefined {
      if (version !== cachedVersion) {
        cached.clear();
        cachedVersion = version;
        return undefined;
      }
      const known = cached.get(consumerKey);
      return known && isLive(known.pendingUntil) ? known : undefined;
    }

    const isLive = (pendingUntil: number | null) => pendingUntil === null || pendingUntil > now();

    function addToCache(consumerKey: string, proven: ProvenKey): void {
      const { keyId } = proven.key;
      const place = keyId % RECENT_MAX;
      if (recent[place] !== keyId) {
        recent[place] = keyId;
        return;
      }
      if (cached.size >= CACHED_MAX) cached.clear();
      cached.set(consumerKey, proven);
    }

    return (
      consumerKey: string,
      proves: (evidence: string) => boolean,
      /** Decides in place of empty evidence. */
      withoutEvidence?: () => Promise<FoundKey>,
    ): Promise<FoundKey> => {
      let hash: string | undefined;
      const hashed = () => (hash ??= consumerKeyHash(consumerKey));
      return find(hashed, ({ version, row }) => {
        const known = version === undefined ? undefined : fromCache(consumerKey, version);
        if (known && proves(known.evidence)) return { key: known.key, proven: true };
        const found = row();
        if (!found || !isLive(found.pending_until)) {
          if (decoy !== undefined) proves(decoy);
          return { key: undefined, proven: false };
        }
        if (found.evidence === '' && withoutEvidence) return withoutEvidence();
        const key = keyOf(found);
        const evidence = read(found.evidence, hashed());
        const proven = proves(evidence);
        if (proven && found.lacks_digest)
          noteFirstProof({
            keyId: key.keyId,
            pairDigest: pairDigest(consumerKey, evidence),
            sealedSecret: found.evidence,
          });
        if (proven && version !== undefined)
          addToCache(consumerKey, { key, evidence, pendingUntil: found.pending_until });
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
    ownerIsManager: isManager({ role: row.role, disabledAt: row.disabled_at }),
    limits: checkedLimits(row),
  };
}
