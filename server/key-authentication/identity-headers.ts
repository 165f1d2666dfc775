import type { VerifiedKey } from './found-key';

/** The headers that tell the API behind this server whose key was used. */
export const IDENTITY_HEADERS = [
  'X-WC-Key-Id',
  'X-WC-User-Id',
  'X-WC-Permissions',
  'X-WC-App-User-Id',
] as const;

/** Returns the identity headers of a key. */
export function identityHeaders(
  key: VerifiedKey,
): Readonly<Record<(typeof IDENTITY_HEADERS)[number], string>> {
  return {
    'X-WC-Key-Id': String(key.keyId),
    'X-WC-User-Id': String(key.userId),
    'X-WC-Permissions': key.permissions,
    // The app's id may be any text, but a header holds ASCII only.
    'X-WC-App-User-Id': encodeURIComponent((key.appUserId ?? '').toWellFormed()),
  };
}

/**
 * Returns whether a client's header could be mistaken for an identity header.
 *
 * All of `X-WC-*` counts, so that clients cannot forge a header that is added later. Any character
 * counts as `-`, because CGI does not distinguish `_` from it, nor PHP `.`.
 */
export function isIdentityHeader(name: string): boolean {
  return /^x[^a-z0-9]wc[^a-z0-9]/i.test(name);
}
