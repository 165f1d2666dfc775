import type { IncomingMessage } from 'node:http';

/**
 * Returns whether a body has a transfer coding other than `chunked` alone (RFC 9112 section 6.1).
 *
 * Node decodes `chunked` only. It reports such a request before it fails on the body, so the body
 * looks empty or stays coded. A handler that takes an empty body for an order must not see the
 * request.
 */
export function hasUnreadableCoding({ headers }: IncomingMessage): boolean {
  const coding = headers['transfer-encoding'];
  return coding !== undefined && coding.trim().toLowerCase() !== 'chunked';
}
