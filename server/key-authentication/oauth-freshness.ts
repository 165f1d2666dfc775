import { hash } from 'node:crypto';
import { wrongTimestamp } from './refusals';

/** How far a timestamp may be off, in both directions, and so how long a nonce must be remembered (WooCommerce). */
export const TIMESTAMP_WINDOW_SECONDS = 900;

/**
 * The timestamp in seconds, when it is within the window. Decimal digits only (RFC 5849 section 3.3); WooCommerce lets
 * `1795233814abc` pass.
 * @throws RestError 401, with the skew when `explain` is set
 */
export function checkTimestamp(sent: string, nowMilliseconds: number, explain: boolean): number {
  if (!/^\d+$/.test(sent)) throw wrongTimestamp();
  const timestamp = Number(sent);
  const skew = timestamp - Math.floor(nowMilliseconds / 1000);
  // A number too large to be exact is so far away that its skew says nothing.
  if (!Number.isSafeInteger(timestamp)) throw wrongTimestamp();
  if (Math.abs(skew) > TIMESTAMP_WINDOW_SECONDS) throw wrongTimestamp(explain ? skew : undefined);
  return timestamp;
}

/**
 * What is kept of a nonce: the first 128 bits of its SHA-256 in hex, however long it is. `+` and space count as one: the two
 * forms of the signature decode a header's `+` differently, and one signature must not have two nonces.
 */
export function nonceDigest(nonce: string): string {
  return hash('sha256', nonce.replaceAll('+', ' '), 'hex').slice(0, 32);
}
