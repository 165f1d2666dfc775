import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { sealingKeyId } from '../storage/secret-key';

/**
 * Encrypts consumer secrets in the database.
 *
 * HMAC verification (OAuth 1.0a) needs the secret itself, so it is encrypted and not hashed:
 * AES-256-GCM, bound to its row by the consumer key's hash. A sealed secret that is moved to
 * another row does not open.
 */
export interface Sealing {
  /** Returns `v1.KEY_ID.IV.CIPHERTEXT_AND_TAG`, with the parts in base64url. */
  seal(consumerSecret: string, consumerKeyHash: string): string;
  /** @throws if the text was sealed with another key or for another row, or was changed. */
  open(sealed: string, consumerKeyHash: string): string;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Returns the id of the secret key that sealed a text. */
export const sealingKeyIdOf = (sealed: string): string => sealed.slice(3, 11);

/**
 * `key`: 32 bytes. Each ciphertext carries the key's id, so that after a rotation the right key
 * opens it.
 */
export function sealing(key: Buffer): Sealing {
  const keyId = sealingKeyId(key);
  return {
    seal(consumerSecret, consumerKeyHash) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(consumerKeyHash));
      const text = Buffer.concat([
        cipher.update(consumerSecret, 'utf8'),
        cipher.final(),
        cipher.getAuthTag(),
      ]);
      return ['v1', keyId, iv.toString('base64url'), text.toString('base64url')].join('.');
    },
    open(sealed, consumerKeyHash) {
      const [version, id, iv = '', text = ''] = sealed.split('.');
      if (version !== 'v1' || id !== keyId)
        throw new Error('This consumer secret was sealed with another key.');
      const bytes = Buffer.from(text, 'base64url');
      const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64url'))
        .setAAD(Buffer.from(consumerKeyHash))
        .setAuthTag(bytes.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]).toString(
        'utf8',
      );
    },
  };
}
