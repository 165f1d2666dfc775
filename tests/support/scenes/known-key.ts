import { consumerKeyHash, pairDigest, truncatedKey } from '../../../server/consumer-keys/consumer-key';
import { consumerKeyStore, type NewConsumerKey } from '../../../server/consumer-keys/consumer-key-store';
import { NO_LIMITS } from '../../../server/consumer-keys/key-limits';
import type { SecretSealing } from '../../../server/consumer-keys/secret-sealing';
import type { Database } from '../../../server/storage/database';

type KnownKey = Pick<NewConsumerKey, 'userId' | 'permissions' | 'description' | 'createdAt' | 'app'> & {
  readonly consumerKey: string;
  readonly consumerSecret: string;
};

/**
 * Stores a pair that a test has chosen, where the server would make a random one. Returns its key
 * id.
 */
export async function insertKnownKey(
  { database, secretSealing }: { database: Database; secretSealing: SecretSealing },
  { consumerKey, consumerSecret, ...key }: KnownKey,
): Promise<number> {
  const hash = consumerKeyHash(consumerKey);
  return consumerKeyStore(database).insert({
    ...key,
    consumerKeyHash: hash,
    sealedSecret: await secretSealing.seal(consumerSecret, hash),
    pairDigest: pairDigest(consumerKey, consumerSecret),
    truncatedKey: truncatedKey(consumerKey),
    pending: null,
    limits: NO_LIMITS,
  });
}
