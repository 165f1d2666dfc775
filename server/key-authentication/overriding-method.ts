import { rawPairs, topLevelName, type Pair } from '../http/php-params';

/** Stands for a value that is not a string, and so is not a method that a key can be allowed. */
const NOT_A_METHOD = 'NOT A METHOD';

/**
 * Returns the methods that parameters named `_method` ask for, in capitals. Each counts, not only PHP's last: which one an API
 * behind this server obeys is its own affair.
 */
export function overridingMethods(pairs: readonly Pair[]): string[] {
  return pairs
    .filter(([name, value]) => value !== '' && topLevelName(name) === '_method')
    .map(([name, value]) => (name.includes('[') ? NOT_A_METHOD : value.toUpperCase()));
}

/** The same from a body that is parsed already. */
export function overridingMethodsOf(parsed: unknown): string[] {
  if (typeof parsed !== 'object' || parsed === null || !('_method' in parsed)) return [];
  const { _method: method } = parsed;
  if (method === '' || method === null) return [];
  return [typeof method === 'string' ? method.toUpperCase() : NOT_A_METHOD];
}

const FORM = /^\s*application\/x-www-form-urlencoded\b/i;
const MULTIPART = /^\s*multipart\/form-data\b/i;
const JSON_TYPE = /^[^;]*[/+]json\b/i;

/** Whether a body of this media type can have a `_method`. Laravel looks for it in all three; Rack and Symfony in forms. */
export function mayOverrideMethod(contentType: string | undefined): boolean {
  return contentType !== undefined && [FORM, MULTIPART, JSON_TYPE].some((type) => type.test(contentType));
}

/** Returns the methods that a whole body asks for. */
export function overridingMethodsIn(body: Buffer, contentType: string | undefined): string[] {
  if (contentType === undefined) return [];
  if (JSON_TYPE.test(contentType)) return overridingMethodsOf(parseJson(body.toString('utf8')));
  const text = body.toString('latin1');
  if (MULTIPART.test(contentType)) return overridingMethods(multipartPairs(text));
  return FORM.test(contentType) ? overridingMethods([text, text.replaceAll(';', '&')].flatMap(rawPairs)) : [];
}

/** What is not JSON has no member that an API could obey. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** As much of a part's head as is searched for its name. */
const HEAD_MAX = 4096;

/** Each part's names (`filename` is not one) with the first line of what follows them. */
function multipartPairs(text: string): Pair[] {
  const pieces = text.split(/\r?\n\r?\n/);
  return pieces.slice(1).flatMap((piece, index) => {
    const head = (pieces[index] ?? '').slice(-HEAD_MAX);
    const [value = ''] = piece.split(/[\r\n]/, 1);
    return [...head.matchAll(/[;\s]name="?([^";\r\n]*)/gi)].map(([, name = '']): Pair => [name, value]);
  });
}
