import { parseUrl } from '../http/parse-url';
import { hasDomain, urlParts, type UrlParts } from './url-parts';

declare const checked: unique symbol;
/** Where the browser goes back to: http(s) or an app's own scheme. Only {@link parseReturnUrl} makes one. */
export type ReturnUrl = string & { readonly [checked]: 'return_url' };
/** Where the keys are sent: https only. Only {@link parseCallbackUrl} makes one; its address is not yet checked. */
export type CallbackUrl = string & { readonly [checked]: 'callback_url' };

// What a browser would run or read from its own machine; what starts a program of the system (Windows and its search,
// settings and installer, Office); what shows a page's source or a file in an archive. None of it is an app's own scheme.
const NEVER = new RegExp(
  `^(?:${[
    'javascript|data|vbscript|file|blob|about|filesystem|view-source|res|jar|mhtml|shell',
    'search|search-ms|ms-(?:search|msdt|settings|cxh|cxh-full|appinstaller|officecmd)',
    'ms-(?:access|excel|infopath|powerpoint|project|publisher|spd|visio|word)',
  ].join('|')}):`,
  'i',
);
// Control characters, spaces of every kind, bidi overrides, half surrogates; and the backslash, which browsers read as
// a slash, so that two readers would see two hosts.
const NOWHERE_IN_A_URL = /[\p{Cc}\p{Z}\p{Bidi_Control}\p{Cs}\\]/u;
// An app's own scheme as RFC 8252 section 7.1 writes it: `com.example.app:/done`. One letter is a drive of Windows.
const ONE_SLASH = /^([a-z][a-z0-9+.-]+):\/(?!\/)/i;

/**
 * A `return_url` as the app gave it, byte for byte, but for two rules of WooCommerce: one that is still
 * percent-encoded is decoded once more, and one without `://` gets `https://` before it, unless it is an app's own
 * scheme with one slash.
 */
export function parseReturnUrl(value: string): ReturnUrl | undefined {
  const given = readText(value);
  if (given === undefined) return undefined;
  const scheme = ONE_SLASH.exec(given)?.[1]?.toLowerCase();
  if (scheme !== undefined && !hasDomain({ scheme })) return given as ReturnUrl;
  return readUrl(given)?.url as ReturnUrl | undefined;
}

/** A `callback_url`, read by the same rules. What is no URL at all is named so before its scheme is looked at. */
export function parseCallbackUrl(value: string): CallbackUrl | 'not-a-url' | 'not-https' {
  const given = readText(value);
  const parsed = given === undefined ? undefined : readUrl(given);
  if (!parsed) return 'not-a-url';
  return parsed.parts.scheme === 'https' ? (parsed.url as CallbackUrl) : 'not-https';
}

/** The scheme with its colon in lower case, as CSP's `form-action` names it: `https:`, `myapp:`. */
export function schemeOf(url: ReturnUrl | CallbackUrl): string {
  return url.slice(0, url.indexOf(':') + 1).toLowerCase();
}

/** Whether a redirect to it shows a page in any browser; an app's own scheme shows nothing where the app is not. */
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
  // `https:///path` and `https://%61pp.example` are read by browsers as another host than the one written.
  if (hasDomain(parts) && (parts.authority === '' || parts.authority.includes('%'))) return false;
  const port = /:(\d*)$/.exec(parts.authority)?.[1];
  // An empty port is what `https:/path` leaves after `https://` was put before it; port 0 is nowhere.
  return port === undefined || (Number(port) > 0 && Number(port) <= 65535);
}

// RFC 1035 section 2.3.4: 63 octets a label, 253 a name; the host has been through IDNA by now.
function isHost(hostname: string): boolean {
  if (hostname.startsWith('[')) return true;
  const name = hostname.replace(/\.$/, '');
  return name.length <= 253 && name.split('.').every((label) => /^[a-z0-9_-]{1,63}$/.test(label));
}
