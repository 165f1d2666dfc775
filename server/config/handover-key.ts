import { createPublicKey, type KeyObject } from 'node:crypto';

/** What checks the tokens of a hand-over, and the algorithms that fit it (RFC 7518, RFC 8037). */
export interface HandoverKey {
  readonly value: KeyObject | Uint8Array;
  readonly algorithms: readonly string[];
}

/**
 * Parses a public key in PEM.
 * @returns `undefined` for a key of another kind, and for a private key.
 */
export function parseHandoverKey(pem: string): HandoverKey | undefined {
  // From a private key, Node would derive the public one.
  if (!/-----BEGIN PUBLIC KEY-----/.test(pem)) return undefined;
  const value = createPublicKey(pem);
  if (value.asymmetricKeyType === 'ed25519') return { value, algorithms: ['EdDSA', 'Ed25519'] };
  const isP256 = value.asymmetricKeyDetails?.namedCurve === 'prime256v1';
  return value.asymmetricKeyType === 'ec' && isP256 ? { value, algorithms: ['ES256'] } : undefined;
}

/** Returns the key of a shared secret. */
export const handoverSecret = (secret: string): HandoverKey => ({
  value: new TextEncoder().encode(secret),
  algorithms: ['HS256'],
});
