import type { Knex } from 'knex';
import { isForeignKeyViolation } from '../storage/errors';
import {
  consumerKeyHash,
  generateKeyPair,
  pairDigest,
  truncatedKey,
  type Permissions,
  type App,
  type ConsumerKey,
} from './consumer-key';
import type { ConsumerKeyStore, KeySelection, NewConsumerKey } from './consumer-key-store';
import type { SecretSealing } from './secret-sealing';

export interface ConsumerKeyDependencies {
  readonly store: ConsumerKeyStore;
  readonly sealing: Pick<SecretSealing, 'seal' | 'open'>;
}

/** A key just made: the one moment in which its two halves stand in clear. */
export interface IssuedKey {
  readonly keyId: number;
  readonly consumerKey: string;
  readonly consumerSecret: string;
}

export interface KeyRequest {
  readonly userId: number;
  readonly description: string;
  readonly permissions: Permissions;
  readonly now: number;
  readonly app?: App;
  readonly pending?: NewConsumerKey['pending'];
}

export type ConsumerKeyService = ReturnType<typeof consumerKeyService>;

/** Consumer keys, for the rest of the server. No function takes or returns a hash, a digest or a sealed secret to store. */
export function consumerKeyService({ store, sealing }: ConsumerKeyDependencies) {
  return {
    find: (keyId: number, within?: Knex) => store.find(keyId, within),
    /** Oldest first; of one user, or all. */
    list: (userId?: number) => store.list(userId),
    /** Oldest first. A selection without a condition selects nothing. */
    select: (selection: KeySelection, within?: Knex) => store.select(selection, within),
    /** The delivered keys that this app holds of this user. */
    heldBy: (app: App, userId: number, within?: Knex) => store.heldBy(app, userId, within),
    /** Makes a pending key a lasting one; `false` if it is gone or too late. */
    markDelivered: (keyId: number, now: number, within?: Knex) => store.markDelivered(keyId, now, within),
    /** Changes a delivered key; `false` if it has changed since it was read. */
    change: (
      key: ConsumerKey,
      to: Pick<ConsumerKey, 'description' | 'permissions' | 'userId'>,
      within?: Knex,
    ) => store.change(key, to, within),
    /** Deletes a key; `false` if it was gone. To revoke one, use the revocation service, which also records it. */
    remove: (keyId: number, within?: Knex) => store.remove(keyId, within),

    /** The key whose consumer key has this hash; its secret is opened only when asked for. */
    async findByHash(hash: string): Promise<{ key: ConsumerKey; consumerSecret: () => string } | undefined> {
      const found = await store.findByHash(hash);
      return found && { key: found.key, consumerSecret: () => sealing.open(found.sealedSecret, hash) };
    },

    /** Makes a pair and stores it, hashed and sealed. */
    async issue(request: KeyRequest, within?: Knex): Promise<IssuedKey> {
      return sealedInTime(within, async () => {
        const { pair, stored } = await newPair();
        const keyId = await store.insert(
          {
            userId: request.userId,
            description: request.description,
            permissions: request.permissions,
            ...stored,
            createdAt: request.now,
            app: request.app ?? null,
            pending: request.pending ?? null,
          },
          within,
        );
        return { keyId, ...pair };
      });
    },

    /** A new pair in the same row; the old one is dead at once. `undefined` when the key is not there any more. */
    async regenerate(
      key: Pick<ConsumerKey, 'keyId' | 'truncatedKey'>,
      within?: Knex,
    ): Promise<IssuedKey | undefined> {
      return sealedInTime(within, async () => {
        const { pair, stored } = await newPair();
        return (await store.replacePair(key, stored, within)) ? { keyId: key.keyId, ...pair } : undefined;
      });
    },
  };

  /**
   * Between sealing and writing the secret key may have been replaced, and the database refuses what the old one sealed.
   * It is sealed again then; a transaction is done again as a whole, from where it was begun (storage/retry.ts).
   */
  async function sealedInTime<T>(within: Knex | undefined, sealAndWrite: () => Promise<T>): Promise<T> {
    try {
      return await sealAndWrite();
    } catch (error) {
      if (within !== undefined || !isForeignKeyViolation(error)) throw error;
      return sealAndWrite();
    }
  }

  async function newPair() {
    const pair = generateKeyPair();
    const hash = consumerKeyHash(pair.consumerKey);
    const stored = {
      consumerKeyHash: hash,
      sealedSecret: await sealing.seal(pair.consumerSecret, hash),
      pairDigest: pairDigest(pair.consumerKey, pair.consumerSecret),
      truncatedKey: truncatedKey(pair.consumerKey),
    };
    return { pair, stored };
  }
}
