import express, { type Request } from 'express';
import { BODY_MAX, refuseAtOnce } from './body-limits';
import { parsePhpParams, utf8, type PhpValue } from './php-params';

/** A request's parameters by name, values as byte strings. */
export type RequestParams = ReadonlyMap<string, PhpValue>;

/** Reads an urlencoded body as the bytes it is; `requestParams` takes it apart. */
export const readForm = refuseAtOnce(
  express.raw({ type: 'application/x-www-form-urlencoded', limit: BODY_MAX }),
  BODY_MAX,
);

/** Query and urlencoded body together; the body's value wins (PHP's `$_REQUEST`, which WooCommerce reads). */
export function requestParams(request: Request): RequestParams {
  const mark = request.originalUrl.indexOf('?');
  const query = mark < 0 ? '' : request.originalUrl.slice(mark + 1);
  const params = parsePhpParams(query);
  for (const [name, value] of parsePhpParams(formBody(request))) params.set(name, value);
  return params;
}

/** The body's parameters alone: a one-time value does not count when it stands in a URL. */
export function formParams(request: Request): RequestParams {
  return parsePhpParams(formBody(request));
}

/** A parameter that is one string of UTF-8; anything else counts as absent. */
export function textParam(params: RequestParams, name: string): string | undefined {
  const value = params.get(name);
  return typeof value === 'string' ? utf8(value) : undefined;
}

/** A parameter that may be sent several times as `name[]=`, or once as `name=`. */
export function textParams(params: RequestParams, name: string): string[] {
  const value = params.get(name);
  const values = value instanceof Map ? [...value.values()] : [value];
  return values.flatMap((entry) => (typeof entry === 'string' ? (utf8(entry) ?? []) : []));
}

function formBody(request: Request): string {
  return Buffer.isBuffer(request.body) ? request.body.toString('latin1') : '';
}
