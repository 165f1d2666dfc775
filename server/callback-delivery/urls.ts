import { parseUrl } from '../http/parse-url';
import { hasDomain, urlParts, type UrlParts } from './url-parts';

declare const checked: unique symbol;
/**
 * Where the browser goes at the end: http(s) or an app's own scheme. Only {@link parseReturnUrl}
 * makes one.
 */
export type ReturnUrl = string & { readonly [checked]: 'return_url' };
/**
 * Where the keys are sent: https only. Only {@link parseCallbackUrl} makes one. Its address is not
 * checked yet.
 */
export type CallbackUrl = string & { readonly [checked]: 'callback_url' };

// Schemes that a browser runs or reads from its own machine, that start programs of the system
// (Windows search, settings, installer, Office), or that show a page's source or a file in an
// archive. Such a scheme is never an app's own.
const NEVER = new RegExp(
  `^(?:${[
    'javascript|data|vbscript|file|blob|about|filesystem|view-source|res|jar|mhtml|shell',
    'search|search-ms|ms-(?:search|msdt|settings|cxh|cxh-full|appinstaller|officecmd)',
    'ms-(?:access|excel|infopath|powerpoint|project|publisher|spd|visio|word)',
  ].join('|')}):`,
  'i',
);
// Control characters, spaces of every kind, bidi overrides, and unpaired surrogates. Also the
// backslash: browsers read it as a slash, so two readers would see two hosts.
const NOWHERE_IN_A_URL = /[\p{Cc}\p{Z}\p{Bidi_Control}\p{Cs}\\]/u;
// An app's own scheme in the form of RFC 8252 section 7.1: `com.example.app:/done`. One letter is a
// Windows drive.
const ONE_SLASH = /^([a-z][a-z0-9+.-]+):\/(?!\/)/i;

/**
 * Reads a `return_url` and keeps it byte for byte, with two rules of WooCommerce: a value that is
 * still percent-encoded is decoded once more, and a value without `://` gets `https://` in front,
 * unless it is an app's own scheme with one slash.
 */
export function parseReturnUrl(value: string): ReturnUrl | undefined {
  const given = readText(value);
  if (given === undefined) return undefined;
  const scheme = ONE_SLASH.exec(given)?.[1]?.toLowerCase();
  if (scheme !== undefined && !hasDomain({ scheme })) return given as ReturnUrl;
  return readUrl(given)?.url as ReturnUrl | undefined;
}

/**
 * Reads a `callback_url` by the same rules. Checks first whether it is a URL, and then its scheme.
 */
export function parseCallbackUrl(value: string): CallbackUrl | 'not-a-url' | 'not-https' {
  const given = readText(value);
  const parsed = given === undefined ? undefined : readUrl(given);
  if (!parsed) return 'not-a-url';
  return parsed.parts.scheme === 'https' ? (parsed.url as CallbackUrl) : 'not-https';
}

/**
 * Returns the scheme with its colon in lower case, in the form of CSP's `form-action`: `https:`,
 * `myapp:`.
 */
export function schemeOf(url: ReturnUrl | CallbackUrl): string {
  return url.slice(0, url.indexOf(':') + 1).toLowerCase();
}

/**
 * Returns whether a redirect to the URL shows a page in any browser. An app's own scheme shows
 * nothing on a device without the app.
 */
export function isWebPage(url: ReturnUrl): boolean {
  return ['http:', 'https:'].includes(schemeOf(url));
}

function readText(value: string): string | undefined {
  const given = decodedOnceMore(value);
  return given === undefined || NEVER.test(given) || NOWHERE_IN_A_URL.test(given) ? undefined : given;
}

function readUrl(given: string): { url: string; parts: UrlParts } | undefined {
  const url = given.includes('://') ? given : `https://${given}`;
  const parts = urlParts(url);
  const read = parts && isAuthority(parts) ? parseUrl(url) : undefined;
  if (!parts || !read) return undefined;
  return hasDomain(parts) && !isHost(read.hostname) ? undefined : { url, parts };
}

// Apps that encode twice send https%3A%2F%2F…
function decodedOnceMore(value: string): string | undefined {
  if (!/^[a-z][a-z0-9+.-]*%3A%2F/i.test(value)) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

function isAuthority(parts: UrlParts): boolean {
  if (parts.authority.includes('@')) return false;
  // Browsers read `https:///path` and `https://%61pp.example` as another host than the one written.
  if (hasDomain(parts) && (parts.authority === '' || parts.authority.includes('%'))) return false;
  const port = /:(\d*)$/.exec(parts.authority)?.[1];
  // An empty port is what remains of `https:/path` after `https://` was put in front. Port 0 does
  // not exist.
  return port === undefined || (Number(port) > 0 && Number(port) <= 65535);
}

// RFC 1035 section 2.3.4: 63 octets for a label, 253 for a name. The host has passed IDNA by now.
function isHost(hostname: string): boolean {
  if (hostname.startsWith('[')) return true;
  const name = hostname.replace(/\.$/, '');
  return name.length <= 253 && name.split('.').every((label) => /^[a-z0-9_-]{1,63}$/.test(label));
}
