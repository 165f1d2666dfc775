import { topLevelName, urlDecode } from '../http/php-params';

/** A target, its query without key, secret and OAuth's parameters; every other byte stays as it was. */
export function withoutCredentials(target: string): string {
  return withoutParameters(target, isCredential);
}

/**
 * A target or query, without the parameters that `drops` names. An API that splits a query at `;` too would find more
 * parameters than PHP does, so those go as well.
 */
export function withoutParameters(target: string, drops: (name: string) => boolean): string {
  const mark = target.indexOf('?');
  if (mark < 0) return target;
  const isDropped = (pair: string) => drops(topLevelName(urlDecode(nameOf(pair))));
  const kept = target
    .slice(mark + 1)
    .split('&')
    .filter((pair) => !isDropped(pair))
    .map((pair) => {
      if (!pair.includes(';')) return pair;
      const [first = '', ...more] = pair.split(';');
      return [first, ...more.filter((piece) => !isDropped(piece))].join(';');
    });
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
