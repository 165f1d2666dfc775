import type { Request } from 'express';
import { parsePhpParams, rawPairs, utf8, type PhpArray, type PhpValue } from '../../server/http/php-params';
import { ApiError } from './api-error';
import { isObject, type Values } from './values';

const JSON_TYPE = /^\s*application\/(?:[\w.-]+\+)?json\b/i;
const MULTIPART = /^\s*multipart\//i;
const FORM = /^\s*application\/x-www-form-urlencoded\b/i;
/** PHP parses JSON that is nested up to this depth. */
const MAX_DEPTH = 512;
const CREDENTIAL = /^(?:oauth_|consumer_key$|consumer_secret$)/;

/** Returns the parameters of a query, as PHP reads them. */
export function queryValues(query: string): Values {
  return plain(parsePhpParams(query)) as Values;
}

/** Returns the pairs of a query without its credentials. */
export function shownQuery(query: string): [name: string, value: string][] {
  return rawPairs(query)
    .map(([name, value]): [string, string] => [textOf(name), textOf(value)])
    .filter(([name]) => !CREDENTIAL.test(name));
}

/**
 * Returns the parameters of a body: JSON, or a form. The body may be unparsed text, or what a parser
 * in front has made of it.
 *
 * @throws ApiError 400 for text that is not JSON, 415 for a multipart form
 */
export function bodyValues({ body, headers }: Pick<Request, 'headers'> & { readonly body: unknown }): Values {
  const type = headers['content-type'] ?? '';
  if (isObject(body) && !Buffer.isBuffer(body)) return isTooDeep(body) ? {} : body;
  if (!Buffer.isBuffer(body) || body.length === 0) return {};
  if (FORM.test(type)) return plain(parsePhpParams(body.toString('latin1'))) as Values;
  if (MULTIPART.test(type))
    throw new ApiError(
      415,
      'rest_unsupported_media_type',
      'The test store reads JSON and urlencoded forms. WooCommerce reads multipart forms too.',
    );
  if (!JSON_TYPE.test(type)) return {};
  const parsed = parsedJson(body);
  return isObject(parsed) ? parsed : {};
}

function parsedJson(body: Buffer): unknown {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body));
  } catch (error) {
    throw invalidJson(
      error instanceof SyntaxError ? 'Syntax error' : 'Malformed UTF-8 characters',
      error instanceof SyntaxError ? 4 : 5,
    );
  }
  if (isTooDeep(parsed)) throw invalidJson('Maximum stack depth exceeded', 1);
  return parsed;
}

function invalidJson(reason: string, code: number): ApiError {
  return new ApiError(400, 'rest_invalid_json', 'Invalid JSON body passed.', {
    json_error_code: code,
    json_error_message: reason,
  });
}

function isTooDeep(value: unknown, depth = MAX_DEPTH): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((inner) => isTooDeep(inner, depth - 1));
}

const textOf = (bytes: string): string => utf8(bytes) ?? bytes;

/** Returns PHP's array as an object, or as a list if its keys count from 0. */
function plain(value: PhpValue | PhpArray): unknown {
  if (typeof value === 'string') return textOf(value);
  const isList = value.size > 0 && [...value.keys()].every((key, index) => key === String(index));
  if (isList) return [...value.values()].map(plain);
  return Object.fromEntries([...value].map(([name, inner]) => [textOf(name), plain(inner)]));
}
