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
import type { ChangedKey, ConsumerKeyStore, NewConsumerKey } from './consumer-key-store';
import type { KeySelection } from './key-conditions';
import { NO_LIMITS, type KeyLimits } from './key-limits';
import type { SecretSealing } from './secret-sealing';

export interface ConsumerKeyDependencies {
  readonly store: ConsumerKeyStore;
  readonly sealing: Pick<SecretSealing, 'seal' | 'open'>;
  /** Default: `generateKeyPair`. */
  readonly newKeyPair?: typeof generateKeyPair | undefined;
}

/** A new key. Only here its two halves exist in clear text. */
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
  /** Default: none. */
  readonly limits?: KeyLimits;
}

export type ConsumerKeyService = ReturnType<typeof consumerKeyService>;

/**
 * Consumer keys, for the rest of the server. No function takes or returns a hash, a digest or a
 * sealed secret to store.
 */
export function consumerKeyService({
  store,
  sealing,
  newKeyPair = generateKeyPair,
}: ConsumerKeyDependencies) {
  return {
    find: (keyId: number, within?: Knex) => store.find(keyId, within),
    /** Lists the keys of one user, or all, the oldest first. */
    list: (userId?: number) => store.list(userId),
    /** Lists a selection, the oldest first. A selection without a condition selects nothing. */
    select: (selection: KeySelection, within?: Knex) => store.select(selection, within),
    /** Lists the delivered keys of this user that this app holds. */
    heldBy: (app: App, userId: number, within?: Knex) => store.heldBy(app, userId, within),
    /**
     * Makes a pending key permanent. Returns `false` if the key is gone or its deadline has passed.
     */
    markDelivered: (keyId: number, now: number, within?: Knex) => store.markDelivered(keyId, now, within),
    /** Changes a delivered key. Returns `false` if it has changed since it was read. */
    change: (key: ConsumerKey, to: ChangedKey, within?: Knex) => store.change(key, to, within),
    /**
     * Makes a key end at this time at the latest, because another key takes its place. Returns `false`
     * if it is gone.
     */
    endBy: (keyId: number, at: number, replacedBy: number, within?: Knex) =>
      store.endBy(keyId, at, replacedBy, within),
    /** Returns the number of the key that takes the place of this one, or `null` if it is gone too. */
    async replacementOf({ replacedBy }: Pick<ConsumerKey, 'replacedBy'>): Promise<number | null> {
      return replacedBy !== null && (await store.find(replacedBy)) ? replacedBy : null;
    },
    /** Returns the numbers of the keys that take the place of these, without those that are gone. */
    replacementsOf: (keys: readonly Pick<ConsumerKey, 'replacedBy'>[]): Promise<ReadonlySet<number>> =>
      store.existing(keys.flatMap(({ replacedBy }) => replacedBy ?? [])),
    /**
     * Deletes a key. Returns `false` if it was gone. To revoke a key, use the revocation service,
     * which also records it.
     */
    remove: (keyId: number, within?: Knex) => store.remove(keyId, within),

    /** Returns the key whose consumer key has this hash. Its secret is opened only on request. */
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
            limits: request.limits ?? NO_LIMITS,
          },
          within,
        );
        return { keyId, ...pair };
      });
    },

    /**
     * Stores a new pair in the same row. The old pair stops working at once. Returns `undefined` if
     * the key does not exist any more.
     */
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
   * Between sealing and writing, the secret key may have been replaced. The database then rejects
   * what the old key sealed, and the secret is sealed again. A transaction is repeated as a whole,
   * from its beginning (storage/retry.ts).
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
    const pair = newKeyPair();
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
