import type { IncomingMessage } from 'node:http';
import type { Visitor } from '../http/visitor';
import { identityHeaders, isIdentityHeader } from '../key-authentication/identity-headers';
import type { VerifiedKey } from '../key-authentication/found-key';
import { withoutCredentials } from '../key-authentication/without-credentials';

// Hop-by-hop headers are meant for this server only (RFC 9110 section 7.6.1). `Connection` can name
// further ones, even our identity headers.
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
/**
 * These describe the client, or replace the path that was checked: some frameworks obey
 * `X-Original-URL`.
 */
const NEVER_FROM_CLIENT = /^x-(?:forwarded|original|rewrite)-/;
/**
 * `Connection` cannot remove these, because without them a reader cannot find the end of a message, or
 * reads its body in another way than this server did.
 */
const OF_THE_BODY = new Set(['content-length', 'transfer-encoding', 'content-type', 'content-encoding']);

/**
 * Returns the headers to send to the API behind this server: without credentials and session
 * cookies, with the identity of the key and the address of the client.
 */
export function upstreamHeaders(
  { headers }: IncomingMessage,
  visitor: Visitor,
  key: VerifiedKey | undefined,
): NodeJS.Dict<string | string[]> {
  const passed: NodeJS.Dict<string | string[]> = {};
  const nominated = nominatedBy(headers.connection);
  for (const [name, value] of Object.entries(headers)) {
    if (!isPassedOn(name) || (nominated.has(name) && !OF_THE_BODY.has(name))) continue;
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

// CGI, WSGI and PHP read a name with other characters than letters, digits and hyphens as a
// different name. nginx drops such headers too.
function isPassedOn(name: string): boolean {
  return (
    /^[a-z0-9-]+$/.test(name) &&
    !NOT_PASSED_ON.has(name) &&
    !NEVER_FROM_CLIENT.test(name) &&
    !isIdentityHeader(name)
  );
}

/** Removes the hop-by-hop headers from an upstream's response. */
export function dropHopByHop(headers: NodeJS.Dict<string | string[]>): void {
  const nominated = [...nominatedBy(headers['connection'])].filter((name) => !OF_THE_BODY.has(name));
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
 * Returns whether a `name=value` may be one of this server's cookies (session/cookies.ts). A
 * browser sends a cookie without a name as its bare value, so `=wc_auth_session=x` returns as
 * `wc_auth_session=x`.
 */
export function isOwnCookie(cookie: string): boolean {
  return /^[\s=]*(?:__(?:host|secure)-)?wc_auth_/i.test(cookie);
}
