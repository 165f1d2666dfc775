import { setImmediate as turn } from 'node:timers/promises';
import { KEYS_PER_TRANSACTION } from '../consumer-keys/consumer-key-store';
import type { EndedKeyStore } from '../consumer-keys/ended-key-store';
import { EXTENDABLE_MS } from '../consumer-keys/key-limits';
import type { Database } from '../storage/database';
import type { RevocationService } from './revocation-service';

export interface EndedKeysDependencies {
  readonly database: Pick<Database, 'transaction'>;
  readonly store: EndedKeyStore;
  readonly revocation: Pick<RevocationService, 'revoke'>;
}

/** Removes keys that ended so long ago that they cannot be extended any more. */
export function endedKeys({ database, store, revocation }: EndedKeysDependencies) {
  return {
    /** Notes which keys have ended, and removes the oldest of them with their history entry. */
    async removeExpired(now: number): Promise<void> {
      await store.markEnded(now);
      let removed: number;
      do {
        // Read in the same transaction, because a key may be extended meanwhile.
        removed = await database.transaction(async (within) => {
          const keys = await store.endedBefore(now - EXTENDABLE_MS, within);
          return (await revocation.revoke(keys, { how: 'expiry' }, within)).length;
        });
        await turn();
      } while (removed === KEYS_PER_TRANSACTION);
    },
  };
}
