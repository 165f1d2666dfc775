import type { IncomingMessage } from 'node:http';
import type { Visitor } from '../http/visitor';
import { identityHeaders, isIdentityHeader } from '../key-authentication/identity-headers';
import type { VerifiedKey } from '../key-authentication/verify';
import { withoutCredentials } from '../key-authentication/without-credentials';

// Hop-by-hop (RFC 9110 section 7.6.1): they speak to this server. `Connection` can name any other header to be dropped on
// the way, our identity headers too.
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
];
const NOT_PASSED_ON = new Set([...HOP_BY_HOP, 'authorization', 'expect', 'forwarded', 'x-real-ip']);
/** They say where the client is, or replace the path that was checked (`X-Original-URL` does in some frameworks). */
const OURS_TO_SAY = /^x-(?:forwarded|original|rewrite)-/;
/** What `Connection` cannot name away: without them nobody knows where a message ends. */
const FRAMING = new Set(['content-length', 'transfer-encoding']);

/** What the API behind this server is told: no credential, no session, whose key it is, and where the client is. */
export function upstreamHeaders(
  { headers }: IncomingMessage,
  visitor: Visitor,
  key: VerifiedKey | undefined,
): NodeJS.Dict<string | string[]> {
  const passed: NodeJS.Dict<string | string[]> = {};
  const nominated = nominatedBy(headers.connection);
  for (const [name, value] of Object.entries(headers)) {
    if (!isPassedOn(name) || (nominated.has(name) && !FRAMING.has(name))) continue;
    if (name === 'cookie') {
      const cookies = withoutOwnCookies(String(value));
      if (cookies !== '') passed[name] = cookies;
    } else passed[name] = name === 'referer' ? withoutCredentials(String(value)) : value;
  }
  passed['x-forwarded-for'] = visitor.address;
  passed['x-forwarded-proto'] = visitor.secure ? 'https' : 'http';
  if (visitor.host !== undefined) passed['x-forwarded-host'] = visitor.host;
  for (const [name, value] of Object.entries(key ? identityHeaders(key) : {}))
    passed[name.toLowerCase()] = value;
  return passed;
}

// A name with anything but letters, digits and hyphens is another name to CGI, WSGI or PHP. nginx drops those too.
function isPassedOn(name: string): boolean {
  return (
    /^[a-z0-9-]+$/.test(name) &&
    !NOT_PASSED_ON.has(name) &&
    !OURS_TO_SAY.test(name) &&
    !isIdentityHeader(name)
  );
}

/** Takes what is hop-by-hop out of an upstream's answer. */
export function dropHopByHop(headers: NodeJS.Dict<string | string[]>): void {
  const nominated = [...nominatedBy(headers['connection'])].filter((name) => !FRAMING.has(name));
  for (const name of [...HOP_BY_HOP, ...nominated]) Reflect.deleteProperty(headers, name);
}

function nominatedBy(connection: string | string[] | undefined): Set<string> {
  return new Set(
    String(connection ?? '')
      .toLowerCase()
      .split(',')
      .map((name) => name.trim()),
  );
}

function withoutOwnCookies(cookies: string): string {
  return cookies
    .split(';')
    .filter((cookie) => !isOwnCookie(cookie))
    .join(';')
    .trim();
}

/**
 * Whether a `name=value` may be one of this server's cookies (session/cookies.ts). A browser sends a cookie without a name as
 * its bare value, so `=wc_auth_session=x` comes back as ours.
 */
export function isOwnCookie(cookie: string): boolean {
  return /^[\s=]*(?:__(?:host|secure)-)?wc_auth_/i.test(cookie);
}
