import { hash } from 'node:crypto';
import { wrongTimestamp } from './verification-errors';

/**
 * How far a timestamp may be off in either direction, in seconds (WooCommerce). Nonces must be kept
 * for as long.
 */
export const TIMESTAMP_WINDOW_SECONDS = 900;

/**
 * Returns the timestamp in seconds if it is within the window. It must consist of decimal digits
 * (RFC 5849 section 3.3); WooCommerce accepts `1795233814abc` too.
 * @throws RestError 401, with the clock skew if `explain` is set
 */
export function checkTimestamp(sent: string, nowMilliseconds: number, explain: boolean): number {
  if (!/^\d+$/.test(sent)) throw wrongTimestamp();
  const timestamp = Number(sent);
  const skew = timestamp - Math.floor(nowMilliseconds / 1000);
  // A number too large to be exact is so far off that its skew is meaningless.
  if (!Number.isSafeInteger(timestamp)) throw wrongTimestamp();
  if (Math.abs(skew) > TIMESTAMP_WINDOW_SECONDS) throw wrongTimestamp(explain ? skew : undefined);
  return timestamp;
}

/**
 * Returns the digest under which a nonce is stored: the first 128 bits of its SHA-256, in hex.
 *
 * `+` and space count as the same character. The two forms of the signature decode a header's `+`
 * differently, and one signature must not have two nonces.
 */
export function nonceDigest(nonce: string): string {
  return hash('sha256', nonce.replaceAll('+', ' '), 'hex').slice(0, 32);
}
