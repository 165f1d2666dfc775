import { rawPairs, utf8 } from '../../server/http/php-params';

// URLs are byte strings.

/** Returns the last value of a parameter in a URL's query, or `''`. */
export function parameterOf(url: string, name: string): string {
  const query = /\?([^#]*)/.exec(url)?.[1] ?? '';
  return rawPairs(query).findLast(([other]) => other === name)?.[1] ?? '';
}

interface UrlToCompare {
  readonly place: string;
  readonly pairs: readonly (readonly [string, string])[];
  readonly fragment: string;
}

function partsOf(url: string): UrlToCompare {
  const [, place = '', query = '', fragment = ''] = /^([^?#]*)\??([^#]*)(.*)$/s.exec(url) ?? [];
  return { place: new URL(utf8(place) ?? place).href, pairs: rawPairs(query), fragment };
}

/** Returns the parts of a return_url without the outcome that the store adds. */
export function withoutOutcome(url: string): UrlToCompare {
  const parts = partsOf(url);
  return { ...parts, pairs: parts.pairs.filter(([name]) => name !== 'success' && name !== 'user_id') };
}

/** Returns whether two URLs name the same address with the same parameters, however encoded. */
export function isSameUrl(there: UrlToCompare | string, here: UrlToCompare | string): boolean {
  const [a, b] = [there, here].map((url) => (typeof url === 'string' ? partsOf(url) : url));
  return JSON.stringify(a) === JSON.stringify(b);
}
