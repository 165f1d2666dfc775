import { timingSafeEqual } from 'node:crypto';
import { pairDigest } from '../consumer-keys/consumer-key';
import { keyFinder, type KeyFinderDependencies } from './key-finder';
import type { KeyRecord } from './found-key';

/** What a pair in clear text proves. */
export type PairProof =
  | { readonly outcome: 'unknown key' }
  | { readonly outcome: 'wrong secret'; readonly keyId: number }
  | {
      readonly outcome: 'proven';
      readonly key: Pick<KeyRecord, 'keyId' | 'userId' | 'permissions'>;
      /** Whether the owner may manage the store. Otherwise the key rests: each request gets 403. */
      readonly ownerIsManager: boolean;
      /** Whether the sealed secret opens to the same secret, which OAuth 1.0a needs. */
      readonly canSign: boolean;
    };

export type ProvePair = (consumerKey: string, consumerSecret: string) => Promise<PairProof>;

/**
 * Returns the function that tells which key a pair proves, as a request with HTTP Basic would.
 *
 * It only reads. It counts no failure, notes no use, and writes no digest of an imported key.
 */
export function pairProver(dependencies: Omit<KeyFinderDependencies, 'noteFirstProof'>): ProvePair {
  const finder = keyFinder({ ...dependencies, noteFirstProof: () => undefined });
  return async (consumerKey, consumerSecret) => {
    // As for a request: WooCommerce trims the key, but not the secret.
    const trimmed = consumerKey.trim();
    const { key, proven } = await finder.findPair(trimmed, consumerSecret);
    if (!key) return { outcome: 'unknown key' };
    const { keyId, userId, permissions, ownerIsManager } = key;
    if (!proven) return { outcome: 'wrong secret', keyId };
    const presented = Buffer.from(pairDigest(trimmed, consumerSecret));
    const signing = await finder.findSigner(trimmed, (secret) =>
      timingSafeEqual(Buffer.from(pairDigest(trimmed, secret)), presented),
    );
    return {
      outcome: 'proven',
      key: { keyId, userId, permissions },
      ownerIsManager,
      canSign: signing.proven,
    };
  };
}
