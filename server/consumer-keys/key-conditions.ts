import type { Knex } from 'knex';
import type { Dialect } from '../storage/dialect';
import { containing } from '../storage/like-pattern';

/** A selection of keys. A key has to meet every condition. */
export interface KeySelection {
  readonly keyIds?: readonly number[];
  readonly userId?: number;
  readonly appName?: string;
  readonly callbackOrigin?: string;
  /** Only keys that were made at this time or earlier. */
  readonly upTo?: number;
}

/** Only those selected keys whose owners have one of these roles. */
export interface RoleSelection {
  readonly selection: KeySelection;
  readonly roles: readonly string[];
}

/**
 * Returns the condition of a selection. A selection without a condition selects nothing.
 * @param table The name or alias of the table of keys in the query.
 */
export const inSelection =
  ({ keyIds, userId, appName, callbackOrigin, upTo }: KeySelection, table = 'k') =>
  (query: Knex.QueryBuilder): void => {
    if (keyIds === undefined && userId === undefined && appName === undefined) void query.whereRaw('false');
    if (keyIds !== undefined) void query.whereIn(`${table}.key_id`, keyIds);
    if (userId !== undefined) void query.where(`${table}.user_id`, userId);
    if (appName !== undefined) void query.where(`${table}.app_name`, appName);
    if (callbackOrigin !== undefined) void query.where(`${table}.callback_origin`, callbackOrigin);
    if (upTo !== undefined) void query.where(`${table}.key_id`, '<=', upTo);
  };

/**
 * Returns the condition that one of the columns contains one of the texts, in any case of letters.
 */
export const anyContains =
  (columns: readonly string[], texts: readonly string[], dialect: Pick<Dialect, 'like'>) =>
  (query: Knex.QueryBuilder): void => {
    for (const text of texts)
      for (const column of columns) {
        const { sql, values } = dialect.like(column, containing(text));
        void query.orWhereRaw(sql, values);
      }
  };
