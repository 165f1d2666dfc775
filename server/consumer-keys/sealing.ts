import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { sealingKeyId } from '../storage/secret-key';

/**
 * Consumer secrets at rest. HMAC verification (OAuth 1.0a) needs the secret back, so it is encrypted and not hashed:
 * AES-256-GCM, bound to its row by the consumer key's hash, so that a sealed secret moved to another row does not open.
 */
export interface Sealing {
  /** `v1.KEY_ID.IV.CIPHERTEXT_AND_TAG`, the parts in base64url. */
  seal(consumerSecret: string, consumerKeyHash: string): string;
  /** @throws when the text was made with another key, for another row, or was changed. */
  open(sealed: string, consumerKeyHash: string): string;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** The id of the key that a sealed secret was made with. */
export const keyIdOf = (sealed: string): string => sealed.slice(3, 11);

/** `key`: 32 bytes. Its id, kept with each ciphertext, tells after a rotation which key opens it. */
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
