import express, { type Request } from 'express';
import { BODY_MAX, rejectWhenTooLarge } from './body-limits';
import { parsePhpParams, utf8, type PhpValue } from './php-params';

/** A request's parameters by name. Values are byte strings. */
export type RequestParams = ReadonlyMap<string, PhpValue>;

/** Reads an urlencoded body as raw bytes. `requestParams` and `formParams` parse it. */
export const readForm = rejectWhenTooLarge(
  express.raw({ type: 'application/x-www-form-urlencoded', limit: BODY_MAX }),
  BODY_MAX,
);

/**
 * Returns the parameters of query and urlencoded body together. The body's value wins, as in PHP's
 * `$_REQUEST`, which WooCommerce reads.
 */
export function requestParams(request: Request): RequestParams {
  const mark = request.originalUrl.indexOf('?');
  const query = mark < 0 ? '' : request.originalUrl.slice(mark + 1);
  const params = parsePhpParams(query);
  for (const [name, value] of parsePhpParams(formBody(request))) params.set(name, value);
  return params;
}

/**
 * Returns the parameters of the body only, for values that must not count in a URL, such as a
 * one-time value.
 */
export function formParams(request: Request): RequestParams {
  return parsePhpParams(formBody(request));
}

/** Returns a parameter that is one string of valid UTF-8. Anything else counts as absent. */
export function textParam(params: RequestParams, name: string): string | undefined {
  const value = params.get(name);
  return typeof value === 'string' ? utf8(value) : undefined;
}

/**
 * Returns the values of a parameter that is sent several times as `name[]=`, or once as `name=`.
 */
export function textParams(params: RequestParams, name: string): string[] {
  const value = params.get(name);
  const values = value instanceof Map ? [...value.values()] : [value];
  return values.flatMap((entry) => (typeof entry === 'string' ? (utf8(entry) ?? []) : []));
}

function formBody(request: Request): string {
  return Buffer.isBuffer(request.body) ? request.body.toString('latin1') : '';
}
