import { createHash, timingSafeEqual } from 'node:crypto';
import { consumerKeyHash, type ConsumerKey } from '../consumer-keys/consumer-key';
import type { ConsumerKeyService } from '../consumer-keys/consumer-key-service';
import type { RevokeBody } from './revoke-body';
import { RevokeError } from '../errors/oauth';

/** Which keys a request is about. */
export interface RevokeTarget {
  /** `ck_…` or `ck_….cs_…`; absent: the caller's own. */
  readonly token: string | undefined;
  readonly keyId: number | undefined;
  readonly allSessions: boolean;
  /** Must be the caller's own key where it stands without a secret. */
  readonly clientId: string | undefined;
}

/** @throws RevokeError 400 */
export function parseRevokeTarget({ fields }: RevokeBody): RevokeTarget {
  // RFC 7009 calls it `token`; shoppers' clients send one of the other two.
  const tokens = new Set(
    [fields.token, fields.access_token, fields.refresh_token].filter((token) => token !== undefined),
  );
  if (tokens.size > 1) throw new RevokeError(400, 'Name one key to revoke, not several.');
  const [token] = tokens;
  if (token === '') throw new RevokeError(400, 'The token is empty.');
  if (fields.hint !== undefined && fields.hint !== 'all-sessions')
    throw new RevokeError(400, 'The only hint is all-sessions.');
  if (fields.key_id !== undefined && !/^[1-9]\d{0,15}$/.test(fields.key_id))
    throw new RevokeError(400, 'The key_id is not a number.');
  if (fields.key_id !== undefined && token !== undefined)
    throw new RevokeError(400, 'Name the key by its token or by its key_id, not by both.');
  return {
    token,
    keyId: fields.key_id === undefined ? undefined : Number(fields.key_id),
    allSessions: fields.hint === 'all-sessions',
    clientId: fields.client_secret === undefined ? fields.client_id : undefined,
  };
}

/** The key that a token names; `undefined` for an unknown one, and for a pair whose secret is not that key's. */
export async function keyOfToken(
  token: string,
  consumerKeys: ConsumerKeyService,
): Promise<ConsumerKey | undefined> {
  const [consumerKey = '', ...rest] = token.split('.');
  const found = await consumerKeys.findByHash(consumerKeyHash(consumerKey));
  if (!found || rest.length === 0) return found?.key;
  const [stored, presented] = [found.consumerSecret(), rest.join('.')].map((secret) =>
    createHash('sha256').update(secret).digest(),
  ) as [Buffer, Buffer];
  return timingSafeEqual(stored, presented) ? found.key : undefined;
}
