import type { SecretKeys } from '../storage/secret-keys';
import { keyIdOf, sealing, type Sealing } from './sealing';

export interface SecretSealing extends Pick<Sealing, 'open'> {
  /** With the key that seals now. */
  seal(consumerSecret: string, consumerKeyHash: string): Promise<string>;
  /** With this key. @throws when this process does not hold it. */
  sealWith(keyId: string, consumerSecret: string, consumerKeyHash: string): string;
}

/**
 * Seals and opens with each of the keys held; a sealed secret says with which. So secrets of two keys stand side by side
 * while the secret key is being replaced.
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
    open: (sealed, hash) => of(keyIdOf(sealed)).open(sealed, hash),
  };
}
