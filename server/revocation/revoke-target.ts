import { createHash, timingSafeEqual } from 'node:crypto';
import { consumerKeyHash, type ConsumerKey } from '../consumer-keys/consumer-key';
import type { ConsumerKeyService } from '../consumer-keys/consumer-key-service';
import type { RevokeBody } from './revoke-body';
import { RevokeError } from '../errors/oauth';

/** The keys that a request wants revoked. */
export interface RevokeTarget {
  /** `ck_…` or `ck_….cs_…`. `undefined`: the caller's own key. */
  readonly token: string | undefined;
  readonly keyId: number | undefined;
  readonly allSessions: boolean;
  /** A client_id without a client_secret. It must name the caller's own key. */
  readonly clientId: string | undefined;
}

/**
 * Reads from a body which keys to revoke.
 * @throws RevokeError 400
 */
export function parseRevokeTarget({ fields }: RevokeBody): RevokeTarget {
  // RFC 7009 uses `token`. Shoppers' clients send one of the other two.
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

/**
 * Returns the key that a token names, or `undefined` if it is unknown, or if the token's secret is
 * wrong.
 */
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
