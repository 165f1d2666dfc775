import type { Knex } from 'knex';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database } from '../storage/database';
import { isForeignKeyViolation } from '../storage/errors';
import { TIMESTAMP_WINDOW_SECONDS } from './oauth-freshness';
import { unknownKey } from './verification-errors';
import type { NonceUse } from './verify';

/** Returns when a nonce is not needed any more, in milliseconds since 1970. */
const expiryOf = (timestamp: number): number => (timestamp + TIMESTAMP_WINDOW_SECONDS + 1) * 1000;

export type NonceStore = ReturnType<typeof nonceStore>;

/** The primary key of the table `oauth_nonces`. */
interface NonceKey {
  key_id: number;
  nonce_hash: Buffer;
}

const BEFORE_FIRST: NonceKey = { key_id: 0, nonce_hash: Buffer.alloc(0) };
/**
 * Rows per step of the cleanup. One step blocks the rest of the server for about ten milliseconds.
 */
const SLICE_ROWS = 10_000;

/**
 * Nonces are kept this much longer than needed, in milliseconds, because another server's clock may
 * be behind.
 */
const KEPT_LONGER_MS = 60_000;

/**
 * Returns the store of used OAuth nonces.
 *
 * Each use is a row under a unique index, so only one of many concurrent copies succeeds, and the
 * cost does not grow with the number of used nonces. The same nonce with another timestamp fails
 * too, as in WooCommerce.
 *
 * A nonce is removed a minute after its timestamp has become too old. If the clock was ahead and is
 * then corrected, that timestamp counts as recent again. Therefore the table `forgotten_nonces`
 * keeps one number: the latest `expires_at` of all removed nonces. Nonces that expire no later are
 * rejected.
 */
export function nonceStore({
  hot,
  knex,
  transaction,
  dialect,
}: Pick<Database, 'hot' | 'knex' | 'transaction' | 'dialect'>) {
  // PostgreSQL treats a parameter in a SELECT of values as text unless it is cast.
  const spend = hot.writer(`
    insert into oauth_nonces (key_id, nonce_hash, expires_at)
    select cast(? as bigint), ${dialect.fromHex('?')}, cast(? as bigint)
    where ? > coalesce((select until from forgotten_nonces), 0)
    on conflict (key_id, nonce_hash) do update set expires_at = excluded.expires_at
    where oauth_nonces.expires_at < ?`);
  return {
    /**
     * Marks a nonce as used, and returns whether it was unused. It is kept for as long as its
     * timestamp would be accepted.
     * @throws RestError 401 if the key was revoked after it was found
     */
    async spendNonce({ keyId, nonce, timestamp, now }: NonceUse): Promise<boolean> {
      const expiresAt = expiryOf(timestamp);
      try {
        return (await spend(keyId, nonce, expiresAt, expiresAt, now)) === 1;
      } catch (error) {
        if (isForeignKeyViolation(error)) throw unknownKey();
        throw error;
      }
    },
    /** Marks nonces as used that another server accepted. Those that are marked stay so. */
    async keep(uses: readonly Omit<NonceUse, 'now'>[], within: Knex): Promise<void> {
      if (uses.length === 0) return;
      await within('oauth_nonces')
        .insert(
          uses.map(({ keyId, nonce, timestamp }) => ({
            key_id: keyId,
            nonce_hash: Buffer.from(nonce, 'hex'),
            expires_at: expiryOf(timestamp),
          })),
        )
        .onConflict(['key_id', 'nonce_hash'])
        .ignore();
    },
    /**
     * Removes expired nonces and returns their number. It scans the whole table by primary key, so
     * that requests need not maintain an index by time.
     */
    async removeExpired(now: number): Promise<number> {
      let removed = 0;
      let from: NonceKey | undefined = BEFORE_FIRST;
      while (from !== undefined) {
        const to = await sliceEnd(from);
        removed += await removeWithin(slice(from, to), now - KEPT_LONGER_MS);
        from = to;
        await nextTurn();
      }
      return removed;
    },
  };

  /**
   * Returns the last row of the slice after a row, or `undefined` if fewer than `SLICE_ROWS` rows
   * are left.
   */
  async function sliceEnd(from: NonceKey): Promise<NonceKey | undefined> {
    const { condition, values } = slice(from);
    return knex<NonceKey>('oauth_nonces')
      .whereRaw(condition, values)
      .orderBy(['key_id', 'nonce_hash'])
      .offset(SLICE_ROWS - 1)
      .first('key_id', 'nonce_hash');
  }

  // The first statement writes. On SQLite, a transaction that read first cannot get the write lock
  // after another commit.
  async function removeWithin({ condition, values }: Slice, before: number): Promise<number> {
    return transaction(async (within): Promise<number> => {
      await within.raw(
        `insert into forgotten_nonces (one, until)
         select 1, max(expires_at) from oauth_nonces where ${condition} and expires_at < ?
         having max(expires_at) is not null
         on conflict (one) do update set until = excluded.until where forgotten_nonces.until < excluded.until`,
        [...values, before],
      );
      return within('oauth_nonces').whereRaw(condition, values).where('expires_at', '<', before).delete();
    });
  }
}

interface Slice {
  readonly condition: string;
  readonly values: (number | Buffer)[];
}

function slice(from: NonceKey, to?: NonceKey): Slice {
  const after: Slice = {
    condition: '(key_id, nonce_hash) > (?, ?)',
    values: [from.key_id, from.nonce_hash],
  };
  if (!to) return after;
  return {
    condition: `${after.condition} and (key_id, nonce_hash) <= (?, ?)`,
    values: [...after.values, to.key_id, to.nonce_hash],
  };
}
