import type { IncomingMessage } from 'node:http';
import { RestError } from '../errors/http-errors';
import { rawPairs, topLevelName, type Pair } from '../http/php-params';
import { FORM_LIMITS } from './body-reader';
import { multipartPairs } from './multipart-pairs';

/** Replaces a value that is not a string. No permission allows it. */
const NOT_A_METHOD = 'NOT A METHOD';

/** Express and Rack take brackets around a name off. */
const METHOD_IN_BRACKETS = /^[[\]\s]*_method\]*(?:\[|$)/;

/**
 * Returns the methods that parameters named `_method` ask for, in upper case. All of them count,
 * not only the last as in PHP, because the API behind this server may obey any of them.
 */
export function overridingMethods(pairs: readonly Pair[]): string[] {
  return pairs
    .filter(([name, value]) => value !== '' && isMethodName(name))
    .map(([name, value]) => (/.\[/.test(name) ? NOT_A_METHOD : value.toUpperCase()));
}

const isMethodName = (name: string): boolean =>
  topLevelName(name) === '_method' || METHOD_IN_BRACKETS.test(name);

/** Returns the methods that the `_method` of a parsed body asks for, in upper case. */
export function overridingMethodsOf(parsed: unknown): string[] {
  if (typeof parsed !== 'object' || parsed === null || !('_method' in parsed)) return [];
  const { _method: method } = parsed;
  if (method === '' || method === null) return [];
  return [typeof method === 'string' ? method.toUpperCase() : NOT_A_METHOD];
}

const FORM = /^\s*application\/x-www-form-urlencoded\b/i;
const MULTIPART = /^\s*multipart\//i;
const JSON_TYPE = /[/+]json/i;

/**
 * Returns whether a body of this media type can have a `_method`. Laravel looks for it in all three
 * types, Rack and Symfony in forms, and Rack takes a body without a type for a form.
 */
export function mayOverrideMethod(contentType: string): boolean {
  return contentType === '' || isAnyForm(contentType) || JSON_TYPE.test(contentType);
}

/** Returns whether a body of this media type is a form. */
export const isAnyForm = (contentType: string): boolean =>
  FORM.test(contentType) || MULTIPART.test(contentType);

/** Character sets in which an ASCII name is the same bytes. */
const ASCII_SUPERSETS = ['utf-8', 'utf8', 'us-ascii', 'iso-8859-1', 'windows-1252'];

/**
 * Rejects a body that this server cannot search for a `_method` or a route, because the API would decode
 * it first, or could take it for another type.
 * @throws RestError 415
 */
export function expectSearchable({ headers }: Pick<IncomingMessage, 'headers'>): void {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  const type = headers['content-type'] ?? '';
  // Of several character sets, some parsers take the first one and some the last.
  const charsets = [...type.matchAll(/charset[*\d\s]*=[\s"]*([^\s;"]*)/gi)].map(([, name = '']) => name);
  if (
    (encoding !== '' && encoding !== 'identity') ||
    !charsets.every((name) => ASCII_SUPERSETS.includes(name.toLowerCase())) ||
    (JSON_TYPE.test(type) && isAnyForm(type))
  )
    throw notSearchable();
}

/**
 * Returns the methods that the `_method`s of an unparsed body ask for, in upper case. A body of a type
 * that cannot have one is not searched.
 * @param contentType empty if the request has none
 * @throws RestError 415 for JSON in UTF-16 or UTF-32, which some parsers detect by its zero bytes
 * (RFC 4627 section 3), and what `formPairsIn` throws
 */
export function overridingMethodsIn(body: Buffer, contentType: string): string[] {
  if (JSON_TYPE.test(contentType)) {
    if (body.includes(0)) throw notSearchable();
    // TextDecoder drops a byte order mark, as JSON parsers do.
    return overridingMethodsOf(parseJson(new TextDecoder().decode(body)));
  }
  return mayOverrideMethod(contentType) ? overridingMethods(formPairsIn(body, contentType)) : [];
}

/**
 * Returns the names and values of an unparsed form, and those of an API that splits it at `;` too.
 * @throws RestError 413 if it has too many, 415 for an unusual multipart body
 */
export function formPairsIn(body: Buffer, contentType: string): Pair[] {
  if (MULTIPART.test(contentType)) return multipartPairs(body, contentType);
  if (separatorsIn(body) >= FORM_LIMITS.names) throw FORM_LIMITS.tooLarge();
  const text = body.toString('latin1');
  return [...new Set([text, text.replaceAll(';', '&')])].flatMap(rawPairs);
}

/** Counts the characters at which some reader splits a form. */
function separatorsIn(form: Buffer): number {
  let count = 0;
  for (let at = 0; at < form.length; at++) if (form[at] === 0x26 || form[at] === 0x3b) count += 1;
  return count;
}

const notSearchable = () =>
  new RestError(
    415,
    'rest_unsupported_media_type',
    'With a key that may only write or opens only some groups, this server reads UTF-8 without Content-Encoding.',
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
