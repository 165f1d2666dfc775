import { createHash, createHmac, hkdfSync } from 'node:crypto';

/**
 * A secret that is not in the database. Each purpose gets its own derived key, so that a value for
 * one purpose never counts for another.
 */
export interface SecretKey {
  /**
   * 8 hexadecimal digits that identify the key and reveal nothing about it. Each sealed secret
   * carries them.
   */
  readonly id: string;
  /**
   * A hexadecimal HMAC that is stored in the database, so that a different key is noticed before it
   * seals anything.
   */
  readonly proof: string;
  /** Returns 32 bytes (HKDF-SHA256, RFC 5869) for this purpose only. */
  derive(purpose: string): Buffer;
}

/** The minimum number of characters of a secret key. */
export const SECRET_KEY_MIN = 32;

/** Returns the secret key of a text, such as SECRET_KEY. */
export function secretKey(text: string): SecretKey {
  const derive = (purpose: string) => Buffer.from(hkdfSync('sha256', text, 'wc-auth-server', purpose, 32));
  return {
    id: sealingKeyId(derive('consumer secrets')),
    proof: createHmac('sha256', derive('check')).update('wc-auth-server').digest('hex'),
    derive,
  };
}

/** Returns the id of a secret key, from the key derived for `consumer secrets`. */
export function sealingKeyId(key: Buffer): string {
  return createHash('sha256').update('key id').update(key).digest('hex').slice(0, 8);
}
