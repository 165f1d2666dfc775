import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Visitor } from '../http/visitor';
import type { AuthRequest } from './auth-request';

/**
 * The property in which `canonicalRestPath` keeps the original target, because signatures cover
 * what was sent.
 */
export const SENT_TARGET = Symbol('request target as sent');
type RewrittenRequest = IncomingMessage & { [SENT_TARGET]?: string };

/** Describes a request that this server received for verification. */
export function authRequestOf(
  request: IncomingMessage,
  visitor: Visitor,
  formBody: string | undefined,
): AuthRequest {
  return {
    method: request.method ?? 'GET',
    target: (request as RewrittenRequest)[SENT_TARGET] ?? request.url ?? '/',
    host: visitor.host,
    secure: visitor.secure,
    address: visitor.address,
    authorization: request.headers.authorization,
    contentType: request.headers['content-type'],
    methodOverride: methodOverride(request.headers),
    asksMethod: request.headers['access-control-request-method'] !== undefined,
    formBody,
  };
}

// WordPress reads `X-HTTP-Method-Override` only, but the API behind this server may read the other
// names too.
const OVERRIDES = /^x[^a-z0-9](?:http[^a-z0-9]method(?:[^a-z0-9]override)?|method[^a-z0-9]override)$/;

/**
 * Returns the value of a method override header, in any spelling that CGI (`_`) or PHP (`.`) read
 * as `-`. Different values are joined by a comma, so that the result is not a valid method.
 */
function methodOverride(headers: IncomingHttpHeaders): string | undefined {
  let found: string | undefined;
  for (const name in headers) {
    if (!name.startsWith('x') || !OVERRIDES.test(name)) continue;
    const value = String(headers[name]);
    found = found === undefined || found === value ? value : `${found},${value}`;
  }
  return found;
}
