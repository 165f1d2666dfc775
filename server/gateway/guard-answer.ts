import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { apiLink } from '../http/rest-answer';
import type { StoreUrl } from '../http/store-url';
import { isOwnCookie } from './upstream-headers';

/**
 * Media types that a browser shows without running scripts from them. Any type that names HTML, XML or XSL (which
 * Chromium shows as XML) is a document that may, and so is a multipart stream of them, or a type that is missing or malformed.
 */
const HARMLESS = /^(?!.*(?:html|xml|xsl|multipart))[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+\s*(?:;|$)/i;

/**
 * Changes the headers of an API's answer so that it cannot act in the console's name, whose origin it shares (protocol 3.4):
 * it sets no cookie of ours, is never sniffed, and its documents run in a sandbox. Adds the link to the API.
 */
export function guardAnswer(
  headers: IncomingHttpHeaders,
  response: ServerResponse,
  storeUrl: Pick<StoreUrl, 'href'>,
): void {
  const { link, 'set-cookie': cookies, 'content-security-policy': policies } = headers;
  if (cookies) headers['set-cookie'] = cookies.filter((cookie) => !isOwnCookie(cookie));
  // Those set here are left out of the answer's own, which would replace them.
  for (const name of ['link', 'x-content-type-options', 'content-security-policy'])
    Reflect.deleteProperty(headers, name);
  response.setHeader('Link', [link ?? [], apiLink(storeUrl)].flat().join(', '));
  response.setHeader('X-Content-Type-Options', 'nosniff');
  const sandbox = HARMLESS.test(headers['content-type'] ?? '') ? [] : ['sandbox'];
  // A browser enforces every policy, so the API's own stays.
  const all = [policies ?? [], sandbox].flat();
  if (all.length > 0) response.setHeader('Content-Security-Policy', all);
}
