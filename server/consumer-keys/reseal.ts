import type { Knex } from 'knex';
import type { Database } from '../storage/database';
import type { StoredKeyRow } from './consumer-key-row';
import { KEYS_PER_TRANSACTION } from './consumer-key-store';
import { sealingKeyIdOf } from './sealing';
import type { SecretSealing } from './secret-sealing';

export interface Resealed {
  readonly resealed: number;
  /** The ids of keys whose secret cannot be opened. They stay as they are. */
  readonly damaged: readonly number[];
}

/**
 * Seals all consumer secrets with this key, a few at a time, so that servers can write in between.
 *
 * Each row is valid before and after. If the run is interrupted, the next one continues. `tell`
 * gets the number of sealed secrets so far.
 */
export async function reseal(
  { knex }: Pick<Database, 'knex'>,
  sealing: SecretSealing,
  keyId: string,
  tell: (resealed: number) => void = () => undefined,
): Promise<Resealed> {
  const damaged: number[] = [];
  let resealed = 0;
  let after = 0;
  for (;;) {
    const rows = await knex<StoredKeyRow>('consumer_keys')
      .where('key_id', '>', after)
      .andWhere((either) => void either.whereNull('sealed_with').orWhereNot('sealed_with', keyId))
      .orderBy('key_id')
      .limit(KEYS_PER_TRANSACTION);
    const last = rows.at(-1);
    if (!last) return { resealed, damaged };
    after = last.key_id;
    // Each row has its own guard. They only share the commit.
    resealed += await knex.transaction((within) => resealRows(rows, within));
    tell(resealed);
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
      // Only if the secret is the one that was read. A key that was regenerated in the meantime is
      // sealed with the new key already.
      changed += await within<StoredKeyRow>('consumer_keys')
        .where({ key_id, consumer_secret })
        .update({ consumer_secret: sealed, sealed_with: sealingKeyIdOf(sealed) });
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
