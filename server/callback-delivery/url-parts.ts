/** The parts of a URL as it was written. Nothing is normalized. */
export interface UrlParts {
  /** In lower case, without the colon. */
  readonly scheme: string;
  readonly authority: string;
  /** Path, query and fragment. */
  readonly rest: string;
}

/** Returns `undefined` for text that does not start with `scheme://`. */
export function urlParts(url: string): UrlParts | undefined {
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)(.*)$/is.exec(url);
  if (!match) return undefined;
  const [, scheme = '', authority = '', rest = ''] = match;
  return { scheme: scheme.toLowerCase(), authority, rest };
}

// The schemes whose host browsers read as a domain name or an address (WHATWG URL, "special
// scheme"). The host of any other scheme is up to the app.
const DOMAIN_SCHEMES = ['http', 'https', 'ftp', 'ws', 'wss'];

/** Returns whether URLs of this scheme name a domain as their host. */
export function hasDomain({ scheme }: Pick<UrlParts, 'scheme'>): boolean {
  return DOMAIN_SCHEMES.includes(scheme);
}

/**
 * Percent-encodes exactly the characters that a header line or a request line must not contain (RFC
 * 3986 section 2).
 */
export function printable(text: string): string {
  return text.replace(/[^\x21-\x7e]|["<>`]/gu, encodeURIComponent);
}
