import { rawUrlDecode, topLevelName, urlDecode } from '../http/php-params';

/**
 * Returns a target without key, secret and OAuth parameters in its query. All other bytes stay as
 * they are.
 */
export function withoutCredentials(target: string): string {
  return withoutParameters(target, isCredential);
}

/**
 * Returns a target without `_embed`, by which WordPress adds linked objects to an answer. They may
 * belong to a group that the key does not open.
 */
export function withoutEmbedded(target: string): string {
  return withoutParameters(target, (name) => name.toLowerCase() === '_embed');
}

/**
 * Returns a target or query without the parameters that `drops` selects. Parameters after a `;` are
 * checked too, because some APIs split a query there, although PHP does not.
 */
export function withoutParameters(target: string, drops: (name: string) => boolean): string {
  const mark = target.indexOf('?');
  if (mark < 0) return target;
  const isDropped = (pair: string) => drops(topLevelName(urlDecode(nameOf(pair))));
  const withoutDropped = (pair: string) =>
    pair
      .split(';')
      .filter((piece) => !isDropped(piece))
      .join(';');
  const kept = target
    .slice(mark + 1)
    .split('&')
    .filter((pair) => !isDropped(pair))
    .map((pair) => (pair.includes(';') ? withoutDropped(pair) : pair));
  return target.slice(0, mark) + (kept.length > 0 ? `?${kept.join('&')}` : '');
}

function nameOf(pair: string): string {
  const equals = pair.indexOf('=');
  return equals < 0 ? pair : pair.slice(0, equals);
}

/** Returns whether a parameter of this name, in PHP's spelling, belongs to a credential. */
export function isCredential(name: string): boolean {
  return name === 'consumer_key' || name === 'consumer_secret' || name.startsWith('oauth_');
}

/** Returns whether a path, decoded or in PHP's spelling, contains the name of a credential. */
export function namesCredential(path: string): boolean {
  return /oauth_|consumer_(?:key|secret)/i.test(rawUrlDecode(path).replace(/[ .+]/g, '_'));
}
