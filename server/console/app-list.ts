import { PageError } from '../errors/http-errors';
import { parsePhpParams } from '../http/php-params';
import type { RequestParams } from '../http/request-params';
import { rejectUnreadable, SEARCH_MAX, trimmedText } from './console-form';

const QUERY = ['search', 'who', 'paged', 'disconnected'];

/**
 * Reads the query of the list of apps.
 * @throws PageError 400 for a value that the page does not link to.
 */
export function readAppListQuery(params: RequestParams): {
  search: string | undefined;
  who: 'me' | undefined;
} {
  rejectUnreadable(params, QUERY);
  const search = trimmedText(params, 'search');
  const who = trimmedText(params, 'who') ?? 'everyone';
  if (!['me', 'everyone'].includes(who) || (search ?? '').length > SEARCH_MAX)
    throw new PageError(400, 'keys.bad_filter');
  return { search, who: who === 'me' ? 'me' : undefined };
}

/**
 * Returns the query of the list that a link or form carries to the confirmation page, to go back to.
 * @throws PageError 400 for a value that the list rejects.
 */
export function carriedAppList(query: string): Readonly<Record<string, string | undefined>> {
  const params = parsePhpParams(query);
  return { ...readAppListQuery(params), paged: trimmedText(params, 'paged') };
}
