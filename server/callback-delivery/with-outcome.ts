import { hasDomain, printable, urlParts } from './url-parts';
import type { ReturnUrl } from './urls';

/**
 * Adds `success` and `user_id` to the query of a return_url, before a fragment, as WooCommerce's
 * `add_query_arg` does. Existing parameters of these names are replaced, and every other byte
 * stays. The result fits into a `Location` header.
 */
export function withOutcome(returnUrl: ReturnUrl, success: 0 | 1, userId: string): string {
  const [beforeFragment, fragment] = cut(returnUrl, '#');
  const [target, query] = cut(beforeFragment, '?');
  const kept = query
    .slice(1)
    .split('&')
    .filter((pair) => !['success', 'user_id'].includes(nameOf(pair)))
    .join('&');
  const glue = kept === '' || kept.endsWith('&') ? '' : '&';
  const outcome = `success=${success}&user_id=${encodeURIComponent(wellFormed(userId))}`;
  return `${asciiHost(target)}?${printable(kept)}${glue}${outcome}${printable(fragment)}`;
}

/** Splits a text before the first mark. */
function cut(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at)];
}

function nameOf(pair: string): string {
  const name = cut(pair, '=')[0].replaceAll('+', ' ');
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

// encodeURIComponent throws on an unpaired surrogate.
function wellFormed(text: string): string {
  return text.replace(/\p{Cs}/gu, '\ufffd');
}

// A Location header contains ASCII only (RFC 9110 section 10.2.2). The ASCII form of a domain name
// is punycode.
function asciiHost(target: string): string {
  const parts = urlParts(target);
  if (!parts || !hasDomain(parts) || printable(parts.authority) === parts.authority) return printable(target);
  return `${parts.scheme}://${new URL(target).host}${printable(parts.rest)}`;
}
