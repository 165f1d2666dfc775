import { createHmac, timingSafeEqual } from 'node:crypto';
import { rawUrlDecode } from '../http/php-params';

const ALGORITHMS = new Map([
  ['HMAC-SHA1', 'sha1'],
  ['HMAC-SHA256', 'sha256'],
]);

/**
 * Returns whether the signature method is one of WooCommerce's two. The comparison is
 * case-sensitive.
 */
export function isSignatureMethod(name: string): boolean {
  return ALGORITHMS.has(name);
}

/**
 * Returns whether the signature was made over any of the base strings with this secret (RFC 5849
 * section 3.4.2).
 *
 * There is no token, so the signing key ends in `&`. Signatures are compared as text, in constant
 * time.
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

// Some clients do not escape the `+` of a signature, which is now a space, and some encode it
// twice. WooCommerce accepts both.
function restored(signature: string): string {
  return rawUrlDecode(signature.replaceAll(' ', '+'));
}
