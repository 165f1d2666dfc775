import { createHmac, timingSafeEqual } from 'node:crypto';
import { rawUrlDecode } from '../http/php-params';

const ALGORITHMS = new Map([
  ['HMAC-SHA1', 'sha1'],
  ['HMAC-SHA256', 'sha256'],
]);

/** Whether the signature method is one of the two that WooCommerce knows, in exactly these letters. */
export function isSignatureMethod(name: string): boolean {
  return ALGORITHMS.has(name);
}

/**
 * Whether the signature was made over any of the base strings with this secret (RFC 5849 section 3.4.2; there is no token, so
 * the signing key ends in `&`). It is compared as text, in constant time.
 */
export function signatureMatches(
  signature: string,
  method: string,
  consumerSecret: string,
  baseStrings: Iterable<string>,
): boolean {
  const algorithm = ALGORITHMS.get(method);
  if (algorithm === undefined) return false;
  const presented = Buffer.from(restored(signature), 'latin1');
  for (const text of baseStrings) {
    const made = createHmac(algorithm, `${consumerSecret}&`).update(text, 'latin1').digest('base64');
    const expected = Buffer.from(made, 'latin1');
    if (expected.length === presented.length && timingSafeEqual(expected, presented)) return true;
  }
  return false;
}

// Clients send the signature with its `+` unescaped, which is a space by now, or encoded twice; WooCommerce takes both.
function restored(signature: string): string {
  return rawUrlDecode(signature.replaceAll(' ', '+'));
}
