import type { Request } from 'express';
import { PageError } from '../errors/http-errors';
import { formParams, requestParams, textParam, textParams } from '../http/request-params';

/** The fields a form of the console has, besides its token. */
export interface FormShape<Text extends string = string, List extends string = string> {
  readonly texts?: readonly Text[];
  /** Fields that may be sent several times, as `name[]`. */
  readonly lists?: readonly List[];
}

/** A posted form: every field of its shape, one that was not sent as the empty string or list. */
export interface ConsoleForm<Text extends string = string, List extends string = string> {
  readonly texts: Readonly<Record<Text, string>>;
  readonly lists: Readonly<Record<List, readonly string[]>>;
}

export const TOKEN_FIELD = '_wpnonce';

/**
 * Reads a posted form strictly: one string a field, no field that the form does not have.
 * @throws PageError 400
 */
export function readConsoleForm<Text extends string, List extends string>(
  request: Request,
  { texts = [], lists = [] }: FormShape<Text, List>,
): ConsoleForm<Text, List> {
  const params = formParams(request);
  const refuse = () => new PageError(400, 'form.edited');
  const known: readonly string[] = [...texts, ...lists, TOKEN_FIELD];
  for (const [name, value] of params) {
    if (!known.includes(name)) throw refuse();
    if (typeof value !== 'string') {
      if (!(lists as readonly string[]).includes(name)) throw refuse();
      if (textParams(params, name).length !== value.size) throw refuse();
    } else if (textParam(params, name) === undefined) throw refuse();
  }
  const entries = <Name extends string, Value>(names: readonly Name[], read: (name: Name) => Value) =>
    Object.fromEntries(names.map((name) => [name, read(name)])) as Record<Name, Value>;
  return {
    texts: entries(texts, (name) => textParam(params, name) ?? ''),
    lists: entries(lists, (name) => textParams(params, name)),
  };
}

/** A value of the query; absent and empty are the same, as a form with an empty field sends it. */
export function queryText(request: Request, name: string): string | undefined {
  const value = textParam(requestParams(request), name)?.trim();
  return value === '' ? undefined : value;
}

/**
 * For queries in which an absent value widens what is meant: one that is there and cannot be read must not count as absent.
 * @throws PageError 400 for a value that is a list or no UTF-8; `lists`: names that may stand there as `name[]`.
 */
export function refuseUnreadable(
  request: Request,
  texts: readonly string[],
  lists: readonly string[] = [],
): void {
  const params = requestParams(request);
  const isReadable = (name: string) => !params.has(name) || textParam(params, name) !== undefined;
  const isReadableList = (name: string) => {
    const value = params.get(name);
    return value instanceof Map ? textParams(params, name).length === value.size : isReadable(name);
  };
  if (!texts.every(isReadable) || !lists.every(isReadableList)) throw new PageError(400, 'keys.bad_filter');
}

/** A row's number as our own links write it. */
export function parseId(value: string | undefined): number | undefined {
  return value !== undefined && /^[1-9]\d{0,14}$/.test(value) ? Number(value) : undefined;
}

/** `name=value&…` of those that have a value, with its question mark. */
export function queryString(values: Readonly<Record<string, string | number | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values))
    if (value !== undefined && value !== '') query.set(name, String(value));
  return query.size === 0 ? '' : `?${query.toString()}`;
}
