import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database } from '../storage/database';
import { isForeignKeyViolation } from '../storage/errors';
import { TIMESTAMP_WINDOW_SECONDS } from './oauth-freshness';
import { unknownKey } from './refusals';
import type { NonceUse } from './verify';

export type NonceStore = ReturnType<typeof nonceStore>;

/** The table's primary key. */
interface Place {
  key_id: number;
  nonce_hash: Buffer;
}

const BEFORE_ALL: Place = { key_id: 0, nonce_hash: Buffer.alloc(0) };
/** Looked through at a time: the rest of the server waits for some ten milliseconds. */
const SLICE_ROWS = 10_000;

const KEPT_LONGER_MS = 60_000;

/**
 * Used OAuth nonces: one row a use under a unique index, so that of many copies one gets in, and the cost does not grow
 * with how many a key has used. The same nonce with another timestamp is refused too, as in WooCommerce.
 *
 * A nonce is forgotten a minute after its timestamp has become too old: another server's clock may be behind this one's, and
 * whoever is about to spend it again has then been refused for long. A clock that was ahead and is set right makes it young again, so what
 * was forgotten is kept as one number: until when the last of them would have been remembered.
 */
export function nonceStore({
  hot,
  knex,
  transaction,
  dialect,
}: Pick<Database, 'hot' | 'knex' | 'transaction' | 'dialect'>) {
  // Cast, since in a SELECT of values alone PostgreSQL takes each for text.
  const spend = hot.writer(`
    insert into oauth_nonces (key_id, nonce_hash, expires_at)
    select cast(? as bigint), ${dialect.fromHex('?')}, cast(? as bigint)
    where ? > coalesce((select until from forgotten_nonces), 0)
    on conflict (key_id, nonce_hash) do update set expires_at = excluded.expires_at
    where oauth_nonces.expires_at < ?`);
  return {
    /**
     * `true` when the nonce was unused, as far as is known. It is remembered for as long as its timestamp would be accepted.
     * @throws RestError 401 when the key was revoked since it was found
     */
    async spendNonce({ keyId, nonce, timestamp, now }: NonceUse): Promise<boolean> {
      const expiresAt = (timestamp + TIMESTAMP_WINDOW_SECONDS + 1) * 1000;
      try {
        return (await spend(keyId, nonce, expiresAt, expiresAt, now)) === 1;
      } catch (error) {
        if (isForeignKeyViolation(error)) throw unknownKey();
        throw error;
      }
    },
    /** Goes through the whole table in its own order: no index by time has to be written with each request. */
    async removeExpired(now: number): Promise<number> {
      let removed = 0;
      let from: Place | undefined = BEFORE_ALL;
      while (from !== undefined) {
        const to = await sliceEnd(from);
        removed += await removeWithin(slice(from, to), now - KEPT_LONGER_MS);
        from = to;
        await nextTurn();
      }
      return removed;
    },
  };

  /** The last row of the slice behind a row; `undefined` when the table ends before. */
  async function sliceEnd(from: Place): Promise<Place | undefined> {
    const { condition, values } = slice(from);
    return knex<Place>('oauth_nonces')
      .whereRaw(condition, values)
      .orderBy(['key_id', 'nonce_hash'])
      .offset(SLICE_ROWS - 1)
      .first('key_id', 'nonce_hash');
  }

  // It begins with its write: a transaction that has read first never gets the lock once another has committed.
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

function slice(from: Place, to?: Place): Slice {
  const behind: Slice = {
    condition: '(key_id, nonce_hash) > (?, ?)',
    values: [from.key_id, from.nonce_hash],
  };
  if (!to) return behind;
  return {
    condition: `${behind.condition} and (key_id, nonce_hash) <= (?, ?)`,
    values: [...behind.values, to.key_id, to.nonce_hash],
  };
}
