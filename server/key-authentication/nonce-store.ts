import type { Database } from '../storage/database';
import { isForeignKeyViolation } from '../storage/errors';
import { TIMESTAMP_WINDOW_SECONDS } from './oauth-freshness';
import { unknownKey } from './refusals';
import type { NonceUse } from './verify';

export type NonceStore = ReturnType<typeof nonceStore>;

/**
 * Used OAuth nonces: one row a use under a unique index, so that of many copies one gets in, and the cost does not grow
 * with how many a key has used. The same nonce with another timestamp is refused too, as in WooCommerce.
 *
 * A nonce is forgotten once its timestamp is too old. A clock that was ahead and is set right makes it young again, so what
 * was forgotten is kept as one number: until when the last of them would have been remembered.
 */
export function nonceStore({ hot, transaction }: Pick<Database, 'hot' | 'transaction'>) {
  const spend = hot.writer(`
    insert into oauth_nonces (key_id, nonce_hash, expires_at)
    select cast(? as bigint), cast(? as text), cast(? as bigint)
    where cast(? as bigint) > coalesce((select until from forgotten_nonces), 0)
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
    async removeExpired(now: number): Promise<number> {
      return transaction(async (within): Promise<number> => {
        await within.raw(
          `insert into forgotten_nonces (one, until)
           select 1, max(expires_at) from oauth_nonces where expires_at < ? having max(expires_at) is not null
           on conflict (one) do update set until = excluded.until where forgotten_nonces.until < excluded.until`,
          [now],
        );
        return within('oauth_nonces').where('expires_at', '<', now).delete();
      });
    },
  };
}
