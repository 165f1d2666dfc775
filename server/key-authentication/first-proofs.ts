import type { Logger } from 'pino';
import type { Database } from '../storage/database';
import { collectedWrites } from './collected-writes';
import type { FirstProof } from './key-finder';

/**
 * Writes the digests of imported keys after their first right use, a moment later
 * (collected-writes.ts).
 *
 * Each change of a key empties the cache of the key finder on SQLite. Written together, a thousand
 * first uses empty it a few times and not a thousand times.
 */
export function firstProofs({ database, log }: { database: Pick<Database, 'hot'>; log: Logger }) {
  const write = database.hot.bulkUpdate({
    table: 'consumer_keys',
    key: ['key_id', 'bigint'],
    set: { pair_digest: 'text' },
    compared: { consumer_secret: 'text' },
    // A row that was regenerated, imported again or sealed again since must not get the digest of an
    // old pair. The next right use proves it again.
    guard: (sent) =>
      `consumer_keys.pair_digest = '' and consumer_keys.consumer_secret = ${sent('consumer_secret')}`,
  });
  const proofs = collectedWrites<FirstProof>({
    write,
    rowOf: (keyId, { pairDigest, sealedSecret }) => [pairDigest, sealedSecret, keyId],
    log,
    failure: 'the digests of imported keys could not be written; the next write includes them',
  });
  return {
    /** Keeps a proof in memory until the next write. */
    note(proof: FirstProof): void {
      proofs.note(proof.keyId, proof);
    },
    /** Writes the digests that are still in memory. Call it before the database is closed. */
    flush: () => proofs.flush(),
  };
}
