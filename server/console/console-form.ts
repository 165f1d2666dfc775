import type { Request } from 'express';
import { PageError } from '../errors/http-errors';
import { formParams, requestParams, textParam, textParams, type RequestParams } from '../http/request-params';

/** The fields of a form, besides its token. */
export interface FormShape<Text extends string = string, List extends string = string> {
  readonly texts?: readonly Text[];
  /** Fields with several values, sent as `name[]`. */
  readonly lists?: readonly List[];
}

/**
 * A posted form with all fields of its shape. A field that was not sent is an empty string or list.
 */
export interface ConsoleForm<Text extends string = string, List extends string = string> {
  readonly texts: Readonly<Record<Text, string>>;
  readonly lists: Readonly<Record<List, readonly string[]>>;
}

export const TOKEN_FIELD = '_wpnonce';

/**
 * Reads a posted form strictly: one string per field, and only the fields of the form.
 * @throws PageError 400 for any other field or value.
 */
export function readConsoleForm<Text extends string, List extends string>(
  request: Request,
  { texts = [], lists = [] }: FormShape<Text, List>,
): ConsoleForm<Text, List> {
  const params = formParams(request);
  const rejection = () => new PageError(400, 'form.edited');
  const known: readonly string[] = [...texts, ...lists, TOKEN_FIELD];
  for (const [name, value] of params) {
    if (!known.includes(name)) throw rejection();
    if (typeof value !== 'string') {
      if (!(lists as readonly string[]).includes(name)) throw rejection();
      if (textParams(params, name).length !== value.size) throw rejection();
    } else if (textParam(params, name) === undefined) throw rejection();
  }
  const entries = <Name extends string, Value>(names: readonly Name[], read: (name: Name) => Value) =>
    Object.fromEntries(names.map((name) => [name, read(name)])) as Record<Name, Value>;
  return {
    texts: entries(texts, (name) => textParam(params, name) ?? ''),
    lists: entries(lists, (name) => textParams(params, name)),
  };
}

/**
 * Returns a value of the query, or `undefined` if it is absent or empty: a form also sends its
 * empty fields.
 */
export function queryText(request: Request, name: string): string | undefined {
  return trimmedText(requestParams(request), name);
}

/** Returns a parameter without the white space around it, or `undefined` if it is absent or empty. */
export function trimmedText(params: RequestParams, name: string): string | undefined {
  const value = textParam(params, name)?.trim();
  return value === '' ? undefined : value;
}

/**
 * Rejects a query with unreadable values. Without a filter a query selects more, so an unreadable
 * filter must not count as absent. `lists` names the values that may be sent as `name[]`.
 * @throws PageError 400 for a list, or for a value in another encoding than UTF-8.
 */
export function rejectUnreadable(
  params: RequestParams,
  texts: readonly string[],
  lists: readonly string[] = [],
): void {
  const isReadable = (name: string) => !params.has(name) || textParam(params, name) !== undefined;
  const isReadableList = (name: string) => {
    const value = params.get(name);
    return value instanceof Map ? textParams(params, name).length === value.size : isReadable(name);
  };
  if (!texts.every(isReadable) || !lists.every(isReadableList)) throw new PageError(400, 'keys.bad_filter');
}

/** Returns the id of a row as this server's links write it, or `undefined` for any other text. */
export function parseId(value: string | undefined): number | undefined {
  return value !== undefined && /^[1-9]\d{0,14}$/.test(value) ? Number(value) : undefined;
}

/** Returns `?name=value&…` for the values that are set and not empty, or an empty string. */
export function queryString(values: Readonly<Record<string, string | number | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values))
    if (value !== undefined && value !== '') query.set(name, String(value));
  return query.size === 0 ? '' : `?${query.toString()}`;
}

/** Returns a list's query as one value, which a link or form carries to a confirmation page. */
export const carried = (query: Readonly<Record<string, string | undefined>>): string =>
  queryString(query).slice(1);

/** The most characters of a text that a list searches for. */
export const SEARCH_MAX = 200;
