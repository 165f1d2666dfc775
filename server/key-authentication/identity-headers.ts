import type { VerifiedKey } from './verify';

/** Whose key it is, for whoever answers the request behind this server. */
export const IDENTITY_HEADERS = [
  'X-WC-Key-Id',
  'X-WC-User-Id',
  'X-WC-Permissions',
  'X-WC-App-User-Id',
] as const;

export function identityHeaders(
  key: VerifiedKey,
): Readonly<Record<(typeof IDENTITY_HEADERS)[number], string>> {
  return {
    'X-WC-Key-Id': String(key.keyId),
    'X-WC-User-Id': String(key.userId),
    'X-WC-Permissions': key.permissions,
    // Any text, so percent-encoded: a header holds ASCII.
    'X-WC-App-User-Id': encodeURIComponent((key.appUserId ?? '').toWellFormed()),
  };
}

/**
 * Whether a client's header would pass for ours: all of `X-WC-*`, so that one we add later cannot be forged today, and
 * with any character for `-`, since CGI reads `_` so and PHP reads `.` so.
 */
export function isIdentityHeader(name: string): boolean {
  return /^x[^a-z0-9]wc[^a-z0-9]/i.test(name);
}
