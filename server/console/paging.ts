import type { Request } from 'express';
import type { Pager } from './console-pages';
import { queryString, queryText } from './console-form';

export const PAGE_SIZE = 50;
// Behind this no list is read: a number of any size would only cost time.
const PAGE_MAX = 100_000;

/** One page of a list that is read in pieces of {@link PAGE_SIZE}. */
export interface Piece<Item> {
  readonly items: readonly Item[];
  readonly firstShown: number;
  /** A page number that is none, or behind the last page. */
  readonly isOutOfRange: boolean;
  readonly pager: Pager;
}

/**
 * The page that `?paged=N` asks for. `read` gets one item more than is shown, so that no count over the whole table is
 * needed to know whether there is a next page. `query`: what else stands in the links.
 */
export async function pieceOf<Item>(
  request: Request,
  path: string,
  query: Readonly<Record<string, string | undefined>>,
  read: (limit: number, offset: number) => Promise<readonly Item[]>,
): Promise<Piece<Item>> {
  const asked = queryText(request, 'paged') ?? '1';
  const page = /^[1-9]\d{0,8}$/.test(asked) ? Number(asked) : NaN;
  const inRange = page <= PAGE_MAX;
  const found = inRange ? await read(PAGE_SIZE + 1, (page - 1) * PAGE_SIZE) : [];
  const href = (to: number) => path + queryString({ ...query, paged: to === 1 ? undefined : to });
  const isOutOfRange = found.length === 0 && page !== 1;
  return {
    items: found.slice(0, PAGE_SIZE),
    firstShown: inRange ? (page - 1) * PAGE_SIZE + 1 : 1,
    isOutOfRange,
    pager: {
      ...(isOutOfRange ? { previousHref: href(1) } : page > 1 ? { previousHref: href(page - 1) } : {}),
      ...(found.length > PAGE_SIZE ? { nextHref: href(page + 1) } : {}),
    },
  };
}
