import { byteString, rawUrlDecode, urlDecode, type Pair } from '../http/php-params';

/**
 * The `oauth_*` parameters of an `Authorization: OAuth …` header, decoded in the two ways that
 * clients use.
 */
export interface OAuthHeader {
  /**
   * As WooCommerce reads them: `+` is a space, and names have only lower-case letters, `_` and `-`.
   */
  readonly woocommerce: readonly Pair[];
  /** As RFC 5849 section 3.5.1 reads them: percent-decoded only. */
  readonly rfc5849: readonly Pair[];
}

const NONE: OAuthHeader = { woocommerce: [], rfc5849: [] };
const PREFIX = 'OAuth ';

/**
 * Parses an `Authorization` header. Returns no parameters unless it starts with exactly `OAuth `,
 * as WooCommerce requires.
 *
 * Quotation marks around values are optional. Only `oauth_*` parameters count: neither `realm` nor
 * parameters of the request, which belong in its query.
 */
export function parseOAuthHeader(authorization: string | undefined): OAuthHeader {
  if (authorization === undefined) return NONE;
  const header = byteString(authorization).trim();
  if (!header.startsWith(PREFIX)) return NONE;
  const written = writtenPairs(header.slice(PREFIX.length)).filter(([name]) => name.startsWith('oauth_'));
  return {
    woocommerce: written
      .filter(([name]) => /^oauth_[a-z_-]*$/.test(name))
      .map(([name, value]) => [name, urlDecode(value)]),
    rfc5849: written.map(([name, value]) => [rawUrlDecode(name), rawUrlDecode(value)]),
  };
}

// A regular expression would take quadratic time for a long header without an equals sign.
function writtenPairs(text: string): Pair[] {
  const pairs: Pair[] = [];
  let at = 0;
  for (;;) {
    const equals = text.indexOf('=', at);
    if (equals < 0) return pairs;
    const name = lastWord(text.slice(at, equals));
    const start = equals + 1;
    const closing = text[start] === '"' ? text.indexOf('"', start + 1) : -1;
    if (closing >= 0) {
      pairs.push([name, text.slice(start + 1, closing)]);
      at = closing + 1;
    } else {
      const comma = text.indexOf(',', start);
      at = comma < 0 ? text.length : comma;
      pairs.push([name, text.slice(start, at)]);
    }
  }
}

function lastWord(text: string): string {
  const trimmed = text.trim();
  return trimmed.slice(
    Math.max(trimmed.lastIndexOf(','), trimmed.lastIndexOf(' '), trimmed.lastIndexOf('\t')) + 1,
  );
}
