import type { Knex } from 'knex';
import type { Database } from '../storage/database';
import type { ConsumerKey, Permissions } from './consumer-key';
import { fromRow, type ConsumerKeyRow } from './consumer-key-row';
import { anyContains, inSelection, type KeySelection, type RoleSelection } from './key-conditions';

/** A filter. A key has to meet every condition. */
export interface KeyFilter {
  /**
   * Each text is looked for in the description, the app's name, its callback's origin and the last
   * characters of the consumer key.
   */
  readonly search?: readonly string[] | undefined;
  readonly appName?: string | undefined;
  readonly userId?: number | undefined;
  readonly permissions?: Permissions | undefined;
  /** Neither used nor made since then. Milliseconds since 1970. */
  readonly unusedSince?: number | undefined;
  /** Ends after the first time and not after the second. Keys that were seen as ended do not count. */
  readonly endsBetween?: readonly [after: number, upTo: number] | undefined;
  /** Has ended at this time, or was seen as ended before. */
  readonly endedBy?: number | undefined;
}

export const KEY_ORDERS = [
  'created-desc',
  'created-asc',
  'used-desc',
  'used-asc',
  'description-asc',
  'description-desc',
] as const;
/** Only for a filter that selects keys that end: all other keys would have to be sorted too. */
export const END_ORDER = 'ends-asc';
export type KeyOrder = (typeof KEY_ORDERS)[number] | typeof END_ORDER;

/** A key with its owner. */
export interface OwnedKey<Role extends string = string> {
  readonly key: ConsumerKey;
  readonly owner: { readonly login: string; readonly role: Role; readonly disabledAt: number | null };
}

/** The totals of the selected keys whose owners have one role. */
export interface RoleTotal {
  readonly role: string;
  readonly keys: number;
  readonly newest: number;
  readonly lastAccess: number | null;
}

const COLUMNS = {
  created: 'k.created_at',
  used: 'used.last_access',
  description: 'lower(k.description)',
  ends: 'k.expires_at',
} as const;

const SEARCHED = ['k.description', 'k.app_name', 'k.callback_origin', 'k.truncated_key'];

/** Selects keys with their last use and owner. */
const OWNED = ['k.*', 'used.last_access', 'used.last_address', 'u.login', 'u.role', 'u.disabled_at'];

export type KeyListReader = ReturnType<typeof keyListReader>;

/**
 * Returns the reader of many keys for people: lists, filters and totals. Each read is one statement
 * and follows an index in the order of the list. The order of last use is sorted.
 */
export function keyListReader({ knex, dialect }: Pick<Database, 'knex' | 'dialect'>) {
  // As SQLite does by default: keys that were never used count as the oldest.
  const nulls = { asc: 'nulls first', desc: 'nulls last' };
  return {
    /**
     * Returns the totals of a selection, one for each role of its owners, without reading the keys.
     */
    async totals(selection: KeySelection): Promise<RoleTotal[]> {
      const rows: (RoleTotal & { last_access: number | null })[] = await knex('consumer_keys as k')
        .leftJoin('key_uses as used', 'used.key_id', 'k.key_id')
        .join('users as u', 'u.user_id', 'k.user_id')
        .where(inSelection(selection))
        .groupBy('u.role')
        .select('u.role')
        .count({ keys: '*' })
        .max({ newest: 'k.key_id', last_access: 'used.last_access' });
      return rows.map(({ role, keys, newest, last_access }) => ({
        role,
        keys,
        newest,
        lastAccess: last_access,
      }));
    },

    /** Lists the oldest `limit` keys of a selection after the key `after`. */
    async selected({ selection, roles }: RoleSelection, limit: number, after = 0): Promise<OwnedKey[]> {
      const rows: OwnedRow[] = await knex('consumer_keys as k')
        .leftJoin('key_uses as used', 'used.key_id', 'k.key_id')
        .join('users as u', 'u.user_id', 'k.user_id')
        .where(inSelection(selection))
        .whereIn('u.role', roles)
        .where('k.key_id', '>', after)
        .orderBy('k.key_id')
        .limit(limit)
        .select(OWNED);
      return rows.map(owned);
    },

    /**
     * Lists `limit` keys from `offset` on. One key more than shown tells whether there are more.
     */
    async page(
      filter: KeyFilter,
      { order, limit, offset }: { order: KeyOrder; limit: number; offset: number },
    ): Promise<OwnedKey[]> {
      const [column, direction] = order.split('-') as [keyof typeof COLUMNS, 'asc' | 'desc'];
      const keyId = column === 'used' ? 'used.key_id' : 'k.key_id';
      const inOrder = `${COLUMNS[column]} ${direction} ${nulls[direction]}, ${keyId} ${direction}`;
      // Selects the rows first, and reads their contents afterwards. Without a filter, the previous
      // pages are skipped in the index only, and the order of last use is found in the table of
      // uses only. A left-joined table without a selected column is not read.
      const query = (
        column === 'used'
          ? knex('key_uses as used').leftJoin('consumer_keys as k', 'k.key_id', 'used.key_id')
          : knex('consumer_keys as k').leftJoin('key_uses as used', 'used.key_id', 'k.key_id')
      )
        .select({ key_id: keyId })
        .orderByRaw(inOrder)
        .limit(limit)
        .offset(offset);
      void query.where(meeting(filter));
      // Left joins, because SQLite follows them in the order in which they are written.
      const rows = knex
        .from(query.as('wanted'))
        .leftJoin('consumer_keys as k', 'k.key_id', 'wanted.key_id')
        .leftJoin('key_uses as used', 'used.key_id', 'wanted.key_id')
        .leftJoin('users as u', 'u.user_id', 'k.user_id')
        .select(OWNED)
        .orderByRaw(inOrder);
      return ((await rows) as OwnedRow[]).map(owned);
    },

    /**
     * Returns the keys that this one replaces, the oldest first. A replaced key has an end, so only
     * those with one are read.
     */
    replacedBy(keyId: number): Promise<number[]> {
      return (
        knex('consumer_keys')
          // With a bound, both databases read the index of the keys that end.
          .where('expires_at', '>', 0)
          .where('replaced_by', keyId)
          .orderBy('key_id')
          .pluck<number[]>('key_id')
      );
    },

    /** Counts keys up to `most`, because a whole large table takes long to count. */
    async count(filter: KeyFilter, most: number): Promise<number> {
      const some = knex('consumer_keys as k')
        .leftJoin('key_uses as used', 'used.key_id', 'k.key_id')
        .where(meeting(filter))
        .select('k.key_id')
        .limit(most);
      const [row] = await knex.from(some.as('some_keys')).count<{ keys: number }[]>({ keys: '*' });
      return row?.keys ?? 0;
    },
  };

  /** Returns the condition of a filter. */
  function meeting({ search, appName, userId, permissions, unusedSince, ...ends }: KeyFilter) {
    return (query: Knex.QueryBuilder): void => {
      if (search !== undefined) void query.where(anyContains(SEARCHED, search, dialect));
      if (appName !== undefined) void query.where('k.app_name', appName);
      if (userId !== undefined) void query.where('k.user_id', userId);
      if (permissions !== undefined) void query.where('k.permissions', permissions);
      if (unusedSince !== undefined)
        void query.whereRaw('coalesce(used.last_access, k.created_at) < ?', [unusedSince]);
      void query.where(ending(ends));
    };
  }

  // Few keys end. As a list of their ids, from the index of those that do, they are found without
  // reading the keys in the order of the list.
  function ending({ endsBetween, endedBy }: Pick<KeyFilter, 'endsBetween' | 'endedBy'>) {
    return (query: Knex.QueryBuilder): void => {
      const ids = () => knex('consumer_keys').whereNotNull('expires_at').select('key_id');
      if (endsBetween !== undefined) {
        const [after, upTo] = endsBetween;
        const soon = ids().where('expires_at', '>', after).where('expires_at', '<=', upTo);
        void query.whereIn('k.key_id', soon.whereNull('expired_at'));
      }
      if (endedBy !== undefined) {
        const over = ids().whereRaw('(expires_at <= ? or expired_at is not null)', [endedBy]);
        void query.whereIn('k.key_id', over);
      }
    };
  }
}

const owned = (row: OwnedRow): OwnedKey => ({
  key: fromRow(row),
  owner: { login: row.login, role: row.role, disabledAt: row.disabled_at },
});

type OwnedRow = ConsumerKeyRow & { login: string; role: string; disabled_at: number | null };
