import { isPhpArray, SerializedError, unserialize, type PhpValue } from './php-serialized';

/** A nonce of OAuth 1.0a that WooCommerce accepted. */
export interface StoredNonce {
  /** Seconds since 1970, as the app sent it. */
  readonly timestamp: number;
  readonly nonce: string;
}

/**
 * Returns the nonces in the column `nonces` of a key. WooCommerce keeps those of the last 15 minutes,
 * one for each second. Returns none for a text that cannot be read: WooCommerce then starts again.
 */
export function storedNonces(nonces: string | null): StoredNonce[] {
  const stored = readable(nonces ?? '');
  if (!isPhpArray(stored)) return [];
  return [...stored].flatMap(([time, nonce]) =>
    /^\d{1,12}$/.test(time) && typeof nonce === 'string' ? [{ timestamp: Number(time), nonce }] : [],
  );
}

function readable(text: string): PhpValue {
  try {
    return unserialize(text);
  } catch (error) {
    if (error instanceof SerializedError) return null;
    throw error;
  }
}
