import type { Knex } from 'knex';
import type { Database } from '../storage/database';
import type { StoredKeyRow } from './consumer-key-row';
import { keyIdOf } from './sealing';
import type { SecretSealing } from './secret-sealing';

const KEYS_A_TRANSACTION = 200;

export interface Resealed {
  readonly resealed: number;
  /** Ids of keys whose secret cannot be opened; they stay as they are. */
  readonly damaged: readonly number[];
}

/**
 * Seals every consumer secret with this key that is sealed with another, a few at a time, so that servers write in
 * between. Each row is sound before and after; ended anywhere, a second run goes on with what is left.
 */
export async function reseal(
  { knex }: Pick<Database, 'knex'>,
  sealing: SecretSealing,
  keyId: string,
): Promise<Resealed> {
  const damaged: number[] = [];
  let resealed = 0;
  let after = 0;
  for (;;) {
    const rows = await knex<StoredKeyRow>('consumer_keys')
      .where('key_id', '>', after)
      .andWhere((either) => void either.whereNull('sealed_with').orWhereNot('sealed_with', keyId))
      .orderBy('key_id')
      .limit(KEYS_A_TRANSACTION);
    const last = rows.at(-1);
    if (!last) return { resealed, damaged };
    after = last.key_id;
    // Each row is guarded by itself; one commit for many is all that they share.
    resealed += await knex.transaction((within) => resealRows(rows, within));
  }

  async function resealRows(rows: readonly StoredKeyRow[], within: Knex): Promise<number> {
    let changed = 0;
    for (const { key_id, consumer_key, consumer_secret } of rows) {
      const secret = opened(consumer_secret, consumer_key);
      if (secret === undefined) {
        damaged.push(key_id);
        continue;
      }
      const sealed = sealing.sealWith(keyId, secret, consumer_key);
      // Only what was read: a key may have been regenerated since, and is sealed anew then.
      changed += await within<StoredKeyRow>('consumer_keys')
        .where({ key_id, consumer_secret })
        .update({ consumer_secret: sealed, sealed_with: keyIdOf(sealed) });
    }
    return changed;
  }

  function opened(sealed: string, hash: string): string | undefined {
    try {
      return sealing.open(sealed, hash);
    } catch {
      return undefined;
    }
  }
}
