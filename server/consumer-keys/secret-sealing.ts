import type { SecretKeys } from '../storage/secret-keys';
import { sealingKeyIdOf, sealing, type Sealing } from './sealing';

export interface SecretSealing extends Pick<Sealing, 'open'> {
  /** Uses the key that seals now. */
  seal(consumerSecret: string, consumerKeyHash: string): Promise<string>;
  /**
   * Uses this key.
   *
   * @throws if this process does not have it.
   */
  sealWith(keyId: string, consumerSecret: string, consumerKeyHash: string): string;
}

/**
 * Seals and opens with each key of this process.
 *
 * A sealed secret names its key. So secrets of two keys can exist side by side while the secret key
 * is being replaced.
 */
export function secretSealing(
  keys: Pick<SecretKeys, 'find'>,
  { sealingKeyId }: { sealingKeyId: () => Promise<string> },
): SecretSealing {
  const byId = new Map<string, Sealing>();
  function of(keyId: string): Sealing {
    let found = byId.get(keyId);
    if (found === undefined) {
      const key = keys.find(keyId);
      if (!key) throw new Error('This consumer secret was sealed with another key.');
      found = sealing(key.derive('consumer secrets'));
      byId.set(keyId, found);
    }
    return found;
  }
  return {
    seal: async (consumerSecret, hash) => of(await sealingKeyId()).seal(consumerSecret, hash),
    sealWith: (keyId, consumerSecret, hash) => of(keyId).seal(consumerSecret, hash),
    open: (sealed, hash) => of(sealingKeyIdOf(sealed)).open(sealed, hash),
  };
}
