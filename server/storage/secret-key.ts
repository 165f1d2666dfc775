import { createHash, createHmac, hkdfSync } from 'node:crypto';

/** A secret that is not in the database. Every use gets a key of its own, so that none can stand for another. */
export interface SecretKey {
  /** 8 hex digits that tell keys apart and say nothing about them; each sealed secret carries its key's. */
  readonly id: string;
  /** Hex HMAC that stands in the database, so that another key is noticed before anything is sealed with it. */
  readonly proof: string;
  /** 32 bytes (HKDF-SHA256, RFC 5869) that only this purpose knows. */
  derive(purpose: string): Buffer;
}

/** Characters a secret key has at least. */
export const SECRET_KEY_MIN = 32;

export function secretKey(text: string): SecretKey {
  const derive = (purpose: string) => Buffer.from(hkdfSync('sha256', text, 'wc-auth-server', purpose, 32));
  return {
    id: sealingKeyId(derive('consumer secrets')),
    proof: createHmac('sha256', derive('check')).update('wc-auth-server').digest('hex'),
    derive,
  };
}

/** The id of a secret key, told from the key derived for `consumer secrets`. */
export function sealingKeyId(key: Buffer): string {
  return createHash('sha256').update('key id').update(key).digest('hex').slice(0, 8);
}
