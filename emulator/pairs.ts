import { generateKeyPair, type Permissions } from '../server/consumer-keys/consumer-key';

/** A pair in clear text, and what its key may do. */
export interface RememberedPair {
  readonly consumerKey: string;
  readonly consumerSecret: string;
  permissions: Permissions;
}

export type RememberedPairs = ReturnType<typeof rememberedPairs>;

/** Remembers every pair that the store makes. The store itself keeps only their hashes. */
export function rememberedPairs() {
  let pairs: RememberedPair[] = [];
  const of = (consumerKey: string) => pairs.find((pair) => pair.consumerKey === consumerKey);
  return {
    of,
    make: () => {
      const pair = generateKeyPair();
      pairs.push({ ...pair, permissions: 'read_write' });
      return pair;
    },
    /** Notes what the key of a pair may do. */
    allow: (consumerKey: string, permissions: Permissions): void => {
      const pair = of(consumerKey);
      if (pair) pair.permissions = permissions;
    },
    /** Returns the pair whose consumer key ends with these characters (`truncated_key`). */
    endingWith: (end: string) => pairs.find(({ consumerKey }) => consumerKey.endsWith(end)),
    forget: (): void => {
      pairs = [];
    },
  };
}
