import type { Request } from 'express';
import { ENDS_SOON_DAYS, endingWithin, UNUSED_DAYS, unusedSince } from '../administration/key-state';
import { isPermissions } from '../consumer-keys/consumer-key';
import { hostSearch } from '../consumer-keys/host-search';
import { END_ORDER, KEY_ORDERS, type KeyFilter, type KeyOrder } from '../consumer-keys/key-list-reader';
import { PageError } from '../errors/http-errors';
import { parsePhpParams } from '../http/php-params';
import { requestParams, type RequestParams } from '../http/request-params';
import type { UserService } from '../users/user-service';
import { queryString, rejectUnreadable, trimmedText } from './console-form';

/** The owner to filter by for an unknown login. No user has this id. */
const NO_OWNER = 0;

const FILTERS = ['search', 'app', 'owner', 'permissions', 'unused', 'ends'] as const;
const QUERY = [...FILTERS, 'sort', 'paged', 'select', 'revoked'];

/** The values of the filter `ends`: the keys that end soon, and those that have ended. */
export const ENDS = [String(ENDS_SOON_DAYS), 'ended'] as const;

/** The filter and order of the list, from its query. */
export interface KeyListQuery {
  readonly filter: KeyFilter;
  readonly order: KeyOrder;
  /** The orders to choose from. The first is the default. */
  readonly orders: readonly [KeyOrder, ...KeyOrder[]];
  /** As typed, for the form and the links. */
  readonly typed: Readonly<Record<(typeof FILTERS)[number], string>>;
  readonly sort: string | undefined;
  /** Whether all keys of the page are to be selected. */
  readonly select: 'page' | undefined;
  readonly isFiltered: boolean;
}

/**
 * Reads the query of the list of keys.
 * @throws PageError 400 for a value that the form does not offer.
 */
export async function readKeyListQuery(
  request: Request,
  { users, now }: { users: UserService; now: number },
): Promise<KeyListQuery> {
  const texts = readTexts(requestParams(request));
  const { search, app, owner, permissions, unused, ends, sort, select } = texts;
  const orders = ends === undefined ? KEY_ORDERS : ([END_ORDER, ...KEY_ORDERS] as const);
  return {
    filter: {
      // Pages show a key's ending after an ellipsis, and users paste both.
      search: search === undefined ? undefined : hostSearch(search.replace(/^(?:…|\.{3})(?=.)/, '')),
      appName: app,
      userId: owner === undefined ? undefined : ((await users.findByLogin(owner))?.userId ?? NO_OWNER),
      permissions,
      unusedSince: unused === undefined ? undefined : unusedSince(UNUSED_DAYS, now),
      ...(ends === undefined ? {} : ends === 'ended' ? { endedBy: now } : endingWithin(ENDS_SOON_DAYS, now)),
    },
    order: orders.find((order) => order === sort) ?? orders[0],
    orders,
    typed: {
      search: search ?? '',
      app: app ?? '',
      owner: owner ?? '',
      permissions: permissions ?? '',
      unused: unused ?? '',
      ends: ends ?? '',
    },
    sort,
    select,
    isFiltered: FILTERS.some((name) => texts[name] !== undefined),
  };
}

/**
 * Returns the query of the list that a link or form carries to a confirmation page, to go back to.
 * @throws PageError 400 for a value that the list rejects.
 */
export function carriedKeyList(query: string): Readonly<Record<string, string | undefined>> {
  const params = parsePhpParams(query);
  const { search, app, owner, permissions, unused, ends, sort } = readTexts(params);
  return { search, app, owner, permissions, unused, ends, sort, paged: trimmedText(params, 'paged') };
}

/** @throws PageError 400 for a value that the form does not offer. */
function readTexts(params: RequestParams) {
  const rejection = () => new PageError(400, 'keys.bad_filter');
  rejectUnreadable(params, QUERY);
  const search = trimmedText(params, 'search');
  const app = trimmedText(params, 'app');
  const owner = trimmedText(params, 'owner');
  const permissions = trimmedText(params, 'permissions');
  const unused = trimmedText(params, 'unused');
  const ends = trimmedText(params, 'ends');
  const sort = trimmedText(params, 'sort');
  const select = trimmedText(params, 'select');
  if (permissions !== undefined && !isPermissions(permissions)) throw rejection();
  if (unused !== undefined && unused !== String(UNUSED_DAYS)) throw rejection();
  if (ends !== undefined && !(ENDS as readonly string[]).includes(ends)) throw rejection();
  if (sort !== undefined && !isKeyOrder(sort)) throw rejection();
  if (select !== undefined && select !== 'page') throw rejection();
  if ([search, app, owner].some((one) => one !== undefined && one.length > 500)) throw rejection();
  return { search, app, owner, permissions, unused, ends, sort, select } as const;
}

/**
 * Returns the link of each column's header: it sorts by the column, and a second click reverses the
 * order.
 */
export function columnsOf({ typed, order }: KeyListQuery, path: string) {
  const column = (name: string, first: 'asc' | 'desc') => {
    const [by, direction] = order.split('-');
    const other = direction === 'asc' ? 'desc' : 'asc';
    const next = by === name ? other : first;
    return {
      href: path + queryString({ ...typed, sort: `${name}-${next}` }),
      sorted:
        by !== name
          ? ('none' as const)
          : direction === 'asc'
            ? ('ascending' as const)
            : ('descending' as const),
    };
  };
  return {
    created: column('created', 'desc'),
    used: column('used', 'desc'),
    description: column('description', 'asc'),
  };
}

function isKeyOrder(value: string): value is KeyOrder {
  return value === END_ORDER || (KEY_ORDERS as readonly string[]).includes(value);
}
