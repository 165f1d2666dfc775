import { checkValues } from './check-values';
import { integer, list, oneOf, text, type Field, type Fields } from './fields';
import type { Listing, Resource } from './resource';
import { numberOf, parseDate, textOf, type Item, type Values } from './values';

/** One page of a list. */
export interface Page {
  readonly items: readonly Item[];
  readonly total: number;
  readonly page: number;
  readonly pages: number;
}

const ids: Field = { type: 'ids' };
const dateTime: Field = { type: 'string', format: 'date-time' };

/** Returns the parameters that the list of a resource understands. */
export function listParameters({ listing, fields }: Pick<Resource, 'listing' | 'fields'>): Fields {
  const dates = { after: dateTime, before: dateTime, modified_after: dateTime, modified_before: dateTime };
  return {
    context: oneOf('view', 'edit'),
    page: { ...integer(1), minimum: 1 },
    per_page: { ...integer(10), minimum: 1, maximum: 100 },
    search: text(),
    ...(fields['date_created'] && listing.orderBy['date'] ? dates : {}),
    exclude: ids,
    include: ids,
    offset: integer(null),
    order: { ...oneOf('asc', 'desc'), initial: listing.defaultOrder },
    orderby: { ...oneOf(...Object.keys(listing.orderBy), 'include'), initial: listing.defaultOrderBy },
    ...Object.fromEntries(Object.entries(listing.filters).map(([name, { field }]) => [name, field])),
  };
}

/**
 * Returns the page of a list that the parameters of a request ask for.
 * @throws ApiError 400 for a parameter with a wrong value
 */
export function selectItems(all: readonly Item[], resource: Resource, given: Values): Page {
  const { listing } = resource;
  const parameters = listParameters(resource);
  const values = checkValues(parameters, given, 'request');
  const valueOf = (name: string) => values[name] ?? parameters[name]?.initial;
  const conditions = [
    ...filterConditions(listing, valueOf),
    ...dateConditions(values),
    searchCondition(listing, textOf(values['search'])),
    idCondition(values),
  ];
  const found = all.filter((item) => conditions.every((condition) => condition(item)));
  const sorted = sort(
    found,
    listing,
    textOf(valueOf('orderby')),
    valueOf('order') === 'desc',
    values['include'],
  );

  if (listing.isWhole) return { items: sorted, total: found.length, page: 1, pages: 1 };
  const perPage = numberOf(valueOf('per_page'));
  const page = numberOf(valueOf('page'));
  const offset = Math.abs(numberOf(values['offset'])) || (page - 1) * perPage;
  return {
    items: sorted.slice(offset, offset + perPage),
    total: found.length,
    page,
    pages: Math.ceil(found.length / perPage),
  };
}

type Condition = (item: Item) => boolean;

function filterConditions({ filters }: Listing, valueOf: (name: string) => unknown): Condition[] {
  return Object.entries(filters).flatMap(([name, { field, matches }]): Condition[] => {
    const value = valueOf(name);
    const isUnset = value === undefined || value === null || (value === '' && field.initial === undefined);
    return isUnset ? [] : [(item) => matches(item, value)];
  });
}

function dateConditions(values: Values): Condition[] {
  const limits = [
    { name: 'after', member: 'date_created', sign: 1 },
    { name: 'before', member: 'date_created', sign: -1 },
    { name: 'modified_after', member: 'date_modified', sign: 1 },
    { name: 'modified_before', member: 'date_modified', sign: -1 },
  ];
  return limits.flatMap(({ name, member, sign }): Condition[] => {
    const limit = parseDate(textOf(values[name]));
    if (limit === undefined) return [];
    return [(item) => ((parseDate(textOf(item[member])) ?? 0) - limit) * sign > 0];
  });
}

function searchCondition({ searched }: Listing, search: string): Condition {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return (item) => {
    const texts = searched(item).map((value) => textOf(value).toLowerCase());
    return words.every((word) => texts.some((one) => one.includes(word)));
  };
}

function idCondition({ include, exclude }: Values): Condition {
  const included = idsOf(include);
  const excluded = idsOf(exclude);
  return ({ id }) => (included.length === 0 || included.includes(id)) && !excluded.includes(id);
}

const idsOf = (value: unknown): number[] => (Array.isArray(value) ? value.map(numberOf) : []);

function sort(items: Item[], listing: Listing, by: string, descending: boolean, include: unknown): Item[] {
  const order = idsOf(include);
  if (by === 'include') return items.sort((one, other) => order.indexOf(one.id) - order.indexOf(other.id));
  const keyOf = listing.orderBy[by];
  const sign = descending ? -1 : 1;
  return items.sort((one, other) => sign * (compare(keyOf?.(one), keyOf?.(other)) || one.id - other.id));
}

function compare(one: string | number = 0, other: string | number = 0): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  const [first, second] = [String(one).toLowerCase(), String(other).toLowerCase()];
  return first < second ? -1 : first > second ? 1 : 0;
}

/** What the lists of objects with a date can be sorted by. */
export const BY_DATE: Listing['orderBy'] = {
  date: (item) => textOf(item['date_created']),
  id: ({ id }) => id,
  modified: (item) => textOf(item['date_modified']),
};

/** A filter for objects whose member is one of the ids. */
export function idFilter(member: string, isMatch = true): Listing['filters'][string] {
  return {
    field: ids,
    matches: (item, value) =>
      idsOf(value).length === 0 || idsOf(value).includes(numberOf(item[member])) === isMatch,
  };
}

/** A filter for objects whose member is the text. */
export function textFilter(member: string, options?: readonly string[]): Listing['filters'][string] {
  return {
    field: options ? { type: 'string', options } : { type: 'string' },
    matches: (item, value) => item[member] === value,
  };
}

/** A filter by status. `any` finds all but the trash. */
export function statusFilter(statuses: readonly string[], any = 'any'): Listing['filters'][string] {
  return {
    field: { ...list({ type: 'string', options: [any, ...statuses] }), initial: [any] },
    matches: ({ status }, value) =>
      [value].flat().some((one) => (one === any ? status !== 'trash' : one === status)),
  };
}
