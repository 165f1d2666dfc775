import type { IncomingMessage } from 'node:http';
import { RestError } from '../errors/http-errors';
import { rawPairs, topLevelName, type Pair } from '../http/php-params';

/** Replaces a value that is not a string. No permission allows it. */
const NOT_A_METHOD = 'NOT A METHOD';

/**
 * Returns the methods that parameters named `_method` ask for, in upper case. All of them count,
 * not only the last as in PHP, because the API behind this server may obey any of them.
 */
export function overridingMethods(pairs: readonly Pair[]): string[] {
  return pairs
    .filter(([name, value]) => value !== '' && topLevelName(name) === '_method')
    .map(([name, value]) => (name.includes('[') ? NOT_A_METHOD : value.toUpperCase()));
}

/** Returns the methods that the `_method` of a parsed body asks for, in upper case. */
export function overridingMethodsOf(parsed: unknown): string[] {
  if (typeof parsed !== 'object' || parsed === null || !('_method' in parsed)) return [];
  const { _method: method } = parsed;
  if (method === '' || method === null) return [];
  return [typeof method === 'string' ? method.toUpperCase() : NOT_A_METHOD];
}

const FORM = /^\s*application\/x-www-form-urlencoded\b/i;
const MULTIPART = /^\s*multipart\/form-data\b/i;
const JSON_TYPE = /^[^;]*[/+]json\b/i;

/**
 * Returns whether a body of this media type can have a `_method`. Laravel looks for it in all three
 * types, Rack and Symfony in forms.
 */
export function mayOverrideMethod(contentType: string | undefined): boolean {
  return contentType !== undefined && [FORM, MULTIPART, JSON_TYPE].some((type) => type.test(contentType));
}

/** Character sets in which an ASCII name is the same bytes. */
const ASCII_SUPERSETS = ['utf-8', 'utf8', 'us-ascii', 'iso-8859-1', 'windows-1252'];

/**
 * Rejects a body that this server cannot search for a `_method`, because the API would decode it
 * first.
 * @throws RestError 415
 */
export function expectSearchable({ headers }: Pick<IncomingMessage, 'headers'>): void {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(headers['content-type'] ?? '')?.[1]?.toLowerCase();
  const isPlain = encoding === '' || encoding === 'identity';
  if (!isPlain || (charset !== undefined && !ASCII_SUPERSETS.includes(charset))) throw notSearchable();
}

/**
 * Returns the methods that the `_method`s of an unparsed body ask for, in upper case.
 * @throws RestError 415 for JSON in UTF-16 or UTF-32, which some parsers detect by its zero bytes
 * (RFC 4627 section 3)
 */
export function overridingMethodsIn(body: Buffer, contentType: string | undefined): string[] {
  if (contentType === undefined) return [];
  if (JSON_TYPE.test(contentType)) {
    if (body.includes(0)) throw notSearchable();
    // TextDecoder drops a byte order mark, as JSON parsers do.
    return overridingMethodsOf(parseJson(new TextDecoder().decode(body)));
  }
  const text = body.toString('latin1');
  if (MULTIPART.test(contentType)) return overridingMethods(multipartPairs(text));
  return FORM.test(contentType) ? overridingMethods([text, text.replaceAll(';', '&')].flatMap(rawPairs)) : [];
}

const notSearchable = () =>
  new RestError(
    415,
    'rest_unsupported_media_type',
    'With a key that may only write, this server reads UTF-8 without Content-Encoding.',
  );

/**
 * Returns the parsed JSON, or `undefined` if the text is not JSON, because then it has no member
 * that an API could obey.
 */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** How many characters of a part's head are searched for its name. */
const HEAD_MAX = 4096;

/**
 * Returns the names of each part, without `filename`, paired with the first line of the part's
 * content.
 */
function multipartPairs(text: string): Pair[] {
  const pieces = text.split(/\r?\n\r?\n/);
  return pieces.slice(1).flatMap((piece, index) => {
    const head = (pieces[index] ?? '').slice(-HEAD_MAX);
    const [value = ''] = piece.split(/[\r\n]/, 1);
    return [...head.matchAll(/[;\s]name="?([^";\r\n]*)/gi)].map(([, name = '']): Pair => [name, value]);
  });
}
