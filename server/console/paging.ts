import type { Request } from 'express';
import { queryString, queryText } from './console-form';

export const PAGE_SIZE = 50;
// Lists are not read beyond this page, because a large offset is slow.
const PAGE_MAX = 100_000;
/** Longer lists are not counted to their end. */
export const COUNTED_MAX = 10_000;

/** The links between the pages of a list. Each is a whole path of this server. */
export interface Pager {
  /** The number of this page, if the pages of the list have numbers. */
  readonly page?: number;
  /** The number of pages, if the list was counted. */
  readonly pages?: number;
  readonly previousHref?: string;
  readonly nextHref?: string;
}

/** One page of a list, of at most {@link PAGE_SIZE} items. */
export interface Piece<Item> {
  readonly items: readonly Item[];
  readonly firstShown: number;
  /** The number of all items, if it was counted and is at most {@link COUNTED_MAX}. */
  readonly total?: number;
  /** Whether the page number is invalid or greater than that of the last page. */
  readonly isOutOfRange: boolean;
  readonly pager: Pager;
}

/**
 * Returns the page number N of a list, from `?paged=N`. `read` must return one item more than is
 * shown. The extra item tells whether there is a next page without counting the whole table.
 * `query` holds the other values of the links. `count` is called only if there is a next page.
 */
export async function pieceOf<Item>(
  request: Request,
  path: string,
  query: Readonly<Record<string, string | undefined>>,
  read: (limit: number, offset: number) => Promise<readonly Item[]>,
  count?: (most: number) => Promise<number>,
): Promise<Piece<Item>> {
  const asked = queryText(request, 'paged') ?? '1';
  const page = /^[1-9]\d{0,8}$/.test(asked) ? Number(asked) : NaN;
  const inRange = page <= PAGE_MAX;
  const found = inRange ? await read(PAGE_SIZE + 1, (page - 1) * PAGE_SIZE) : [];
  const href = (to: number) => path + queryString({ ...query, paged: to === 1 ? undefined : to });
  const isOutOfRange = found.length === 0 && page !== 1;
  const before = inRange ? (page - 1) * PAGE_SIZE : 0;
  const counted = found.length > PAGE_SIZE ? await count?.(COUNTED_MAX + 1) : before + found.length;
  const total = counted !== undefined && counted <= COUNTED_MAX ? counted : undefined;
  return {
    items: found.slice(0, PAGE_SIZE),
    firstShown: before + 1,
    isOutOfRange,
    ...(total === undefined ? {} : { total }),
    pager: {
      ...(isOutOfRange ? {} : { page }),
      ...(total === undefined ? {} : { pages: Math.ceil(total / PAGE_SIZE) }),
      ...(isOutOfRange ? { previousHref: href(1) } : page > 1 ? { previousHref: href(page - 1) } : {}),
      ...(found.length > PAGE_SIZE ? { nextHref: href(page + 1) } : {}),
    },
  };
}
