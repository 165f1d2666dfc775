import { topLevelName, urlDecode } from '../http/php-params';

/** A target, its query without key, secret and OAuth's parameters; every other byte stays as it was. */
export function withoutCredentials(target: string): string {
  const mark = target.indexOf('?');
  if (mark < 0) return target;
  const kept = target
    .slice(mark + 1)
    .split('&')
    .filter((pair) => !isCredential(topLevelName(urlDecode(nameOf(pair)))));
  return target.slice(0, mark) + (kept.length > 0 ? `?${kept.join('&')}` : '');
}

function nameOf(pair: string): string {
  const equals = pair.indexOf('=');
  return equals < 0 ? pair : pair.slice(0, equals);
}

function isCredential(name: string): boolean {
  return name === 'consumer_key' || name === 'consumer_secret' || name.startsWith('oauth_');
}
