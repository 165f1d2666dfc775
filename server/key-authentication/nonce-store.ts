import type { Database } from '../storage/database';
import { TIMESTAMP_WINDOW_SECONDS } from './oauth-freshness';
import { unknownKey } from './refusals';
import type { NonceUse } from './verify';

export type NonceStore = ReturnType<typeof nonceStore>;

/**
 * Used OAuth nonces: one row a use under a unique index, so that of many copies one gets in, and the cost does not grow
 * with how many a key has used. The same nonce with another timestamp is refused too, as in WooCommerce.
 */
export function nonceStore({ hot, knex }: Pick<Database, 'hot' | 'knex'>) {
  const spend = hot.writer(`
    insert into oauth_nonces (key_id, nonce_hash, expires_at) values (?, ?, ?)
    on conflict (key_id, nonce_hash) do update set expires_at = excluded.expires_at
    where oauth_nonces.expires_at < ?`);
  return {
    /**
     * `true` when the nonce was unused. It is remembered for as long as its timestamp would be accepted.
     * @throws RestError 401 when the key was revoked since it was found
     */
    async spendNonce({ keyId, nonce, timestamp, now }: NonceUse): Promise<boolean> {
      const expiresAt = (timestamp + TIMESTAMP_WINDOW_SECONDS + 1) * 1000;
      try {
        return (await spend(keyId, nonce, expiresAt, now)) === 1;
      } catch (error) {
        if ((error as { code?: unknown }).code === 'SQLITE_CONSTRAINT_FOREIGNKEY') throw unknownKey();
        throw error;
      }
    },
    async removeExpired(now: number): Promise<number> {
      return knex('oauth_nonces').where('expires_at', '<', now).delete();
    },
  };
}
