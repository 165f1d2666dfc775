/** A URL taken apart as it was written; nothing is normalised. */
export interface UrlParts {
  /** In lower case, without the colon. */
  readonly scheme: string;
  readonly authority: string;
  /** Path, query and fragment. */
  readonly rest: string;
}

/** `undefined` for what does not begin with `scheme://`. */
export function urlParts(url: string): UrlParts | undefined {
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)(.*)$/is.exec(url);
  if (!match) return undefined;
  const [, scheme = '', authority = '', rest = ''] = match;
  return { scheme: scheme.toLowerCase(), authority, rest };
}

// The schemes whose host a browser reads as a domain name or an address (WHATWG URL, "special scheme"); any other
// scheme's host is the app's own word.
const DOMAIN_SCHEMES = ['http', 'https', 'ftp', 'ws', 'wss'];

export function hasDomain({ scheme }: Pick<UrlParts, 'scheme'>): boolean {
  return DOMAIN_SCHEMES.includes(scheme);
}

/** Percent-encodes what may not stand in a header line or a request line (RFC 3986 section 2), and nothing else. */
export function printable(text: string): string {
  return text.replace(/[^\x21-\x7e]|["<>`]/gu, encodeURIComponent);
}
