import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { apiLink } from '../http/rest-answer';
import type { StoreUrl } from '../http/store-url';
import { isOwnCookie } from './upstream-headers';

/**
 * Matches media types that a browser shows without running their scripts. HTML, XML and XSL (which
 * Chromium shows as XML) can run scripts, and so can a multipart stream of them. A missing or
 * malformed type counts as one of them.
 */
const HARMLESS = /^(?!.*(?:html|xml|xsl|multipart))[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+\s*(?:;|$)/i;

/**
 * Changes the headers of an API's response so that it cannot act as the console, whose origin it
 * shares (protocol 3.4).
 *
 * The response cannot set this server's cookies, browsers do not sniff its type, and its documents
 * run in a sandbox. Also adds the `Link` to the API.
 */
export function guardAnswer(
  headers: IncomingHttpHeaders,
  response: ServerResponse,
  storeUrl: Pick<StoreUrl, 'href'>,
): void {
  const { link, 'set-cookie': cookies, 'content-security-policy': policies } = headers;
  if (cookies) headers['set-cookie'] = cookies.filter((cookie) => !isOwnCookie(cookie));
  // The upstream's headers are copied later and would replace those that are set below.
  for (const name of ['link', 'x-content-type-options', 'content-security-policy'])
    Reflect.deleteProperty(headers, name);
  response.setHeader('Link', [link ?? [], apiLink(storeUrl)].flat().join(', '));
  response.setHeader('X-Content-Type-Options', 'nosniff');
  const sandbox = HARMLESS.test(headers['content-type'] ?? '') ? [] : ['sandbox'];
  // A browser enforces all policies, so the API's own policy stays.
  const all = [policies ?? [], sandbox].flat();
  if (all.length > 0) response.setHeader('Content-Security-Policy', all);
}
