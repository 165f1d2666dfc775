import type { Database } from '../storage/database';
import type { Knex } from 'knex';
import type { ConsumerKey, Permissions } from './consumer-key';
import { fromRow, type ConsumerKeyRow } from './consumer-key-row';
import type { KeySelection } from './consumer-key-store';

/** A filter. A key has to meet every condition. */
export interface KeyFilter {
  /** Part of the description, of the app's name, or of the last characters of the consumer key. */
  readonly search?: string | undefined;
  readonly appName?: string | undefined;
  readonly userId?: number | undefined;
  readonly permissions?: Permissions | undefined;
  /** Neither used nor made since then. Milliseconds since 1970. */
  readonly unusedSince?: number | undefined;
}

export const KEY_ORDERS = [
  'created-desc',
  'created-asc',
  'used-desc',
  'used-asc',
  'description-asc',
  'description-desc',
] as const;
export type KeyOrder = (typeof KEY_ORDERS)[number];

/** A key with its owner. */
export interface OwnedKey<Role extends string = string> {
  readonly key: ConsumerKey;
  readonly owner: { readonly login: string; readonly role: Role; readonly disabledAt: number | null };
}

/** The keys that one manager has granted to apps with one name and callback. */
export interface AppSummary {
  readonly userId: number;
  readonly ownerLogin: string;
  readonly ownerRole: string;
  readonly appName: string;
  readonly callbackOrigin: string;
  readonly keys: number;
  readonly lastAccess: number | null;
}

/** Only those selected keys whose owners have one of these roles. */
export interface RoleSelection {
  readonly selection: KeySelection;
  readonly roles: readonly string[];
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
} as const;

/** Selects keys with their last use and owner. */
const OWNED = ['k.*', 'used.last_access', 'used.last_address', 'u.login', 'u.role', 'u.disabled_at'];

export type KeyListStore = ReturnType<typeof keyListStore>;

/**
 * Reads many keys for people: lists, filters and totals. Each read is one statement and follows an
 * index in the order of the list. The order of last use is sorted.
 */
export function keyListStore({ knex, dialect }: Pick<Database, 'knex' | 'dialect'>) {
  const { like } = dialect;
  // As SQLite does by default: keys that were never used count as the oldest.
  const nulls = { asc: 'nulls first', desc: 'nulls last' };
  /** Returns the condition of a selection. A selection without a condition selects nothing. */
  const selected =
    ({ keyIds, userId, appName, callbackOrigin, upTo }: KeySelection) =>
    (query: Knex.QueryBuilder) => {
      if (keyIds === undefined && userId === undefined && appName === undefined) void query.whereRaw('false');
      if (keyIds !== undefined) void query.whereIn('k.key_id', keyIds);
      if (userId !== undefined) void query.where('k.user_id', userId);
      if (appName !== undefined) void query.where('k.app_name', appName);
      if (callbackOrigin !== undefined) void query.where('k.callback_origin', callbackOrigin);
      if (upTo !== undefined) void query.where('k.key_id', '<=', upTo);
    };
  return {
    /** Returns the totals of a selection, one for each role of its owners, without reading the keys. */
    async totals(selection: KeySelection): Promise<RoleTotal[]> {
      const rows: (RoleTotal & { last_access: number | null })[] = await knex('consumer_keys as k')
        .leftJoin('key_uses as used', 'used.key_id', 'k.key_id')
        .join('users as u', 'u.user_id', 'k.user_id')
        .where(selected(selection))
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
        .where(selected(selection))
        .whereIn('u.role', roles)
        .where('k.key_id', '>', after)
        .orderBy('k.key_id')
        .limit(limit)
        .select(OWNED);
      return rows.map(owned);
    },

    /** Returns the apps of a selection by name, and their total number. */
    async appsOf(wanted: RoleSelection, limit: number): Promise<{ apps: AppSummary[]; total: number }> {
      const rows = (await appsQuery()
        .where(selected(wanted.selection))
        .whereIn('u.role', wanted.roles)
        .select(knex.raw('count(*) over () as total'))
        .limit(limit)) as unknown as (AppRow & { total: number })[];
      return { apps: rows.map(summary), total: rows[0]?.total ?? 0 };
    },

    /** Lists `limit` keys from `offset` on. One key more than shown tells whether there are more. */
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
      const { search, appName, userId, permissions, unusedSince } = filter;
      if (search !== undefined) {
        const pattern = `%${search.replace(/[\\%_]/g, '\\$&')}%`;
        void query.whereRaw(`(k.description ${like} or k.app_name ${like} or k.truncated_key ${like})`, [
          pattern,
          pattern,
          pattern,
        ]);
      }
      if (appName !== undefined) void query.where('k.app_name', appName);
      if (userId !== undefined) void query.where('k.user_id', userId);
      if (permissions !== undefined) void query.where('k.permissions', permissions);
      if (unusedSince !== undefined)
        void query.whereRaw('coalesce(used.last_access, k.created_at) < ?', [unusedSince]);
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

    /** Lists the apps of one user, or all, by name. */
    async apps(
      { userId }: { userId?: number | undefined },
      { limit, offset }: { limit: number; offset: number },
    ): Promise<AppSummary[]> {
      const query = appsQuery().whereNull('k.pending_until').limit(limit).offset(offset);
      if (userId !== undefined) void query.where('k.user_id', userId);
      return ((await query) as unknown as AppRow[]).map(summary);
    },

    /**
     * Lists the first names of apps to choose from. It hops from name to name in the index instead
     * of reading every key.
     */
    async appNames(limit: number): Promise<string[]> {
      return knex
        .withRecursive(
          'names',
          ['name'],
          knex.raw(
            `select min(app_name) from consumer_keys
             union all
             select (select min(app_name) from consumer_keys where app_name > name) from names where name is not null`,
          ),
        )
        .from('names')
        .whereNotNull('name')
        .limit(limit)
        .pluck<string[]>('name');
    },
  };

  function appsQuery() {
    return knex('consumer_keys as k')
      .leftJoin('key_uses as used', 'used.key_id', 'k.key_id')
      .leftJoin('users as u', 'u.user_id', 'k.user_id')
      .whereNotNull('k.app_name')
      .groupBy('k.app_name', 'k.callback_origin', 'k.user_id', 'u.login', 'u.role')
      .orderByRaw('lower(k.app_name), k.callback_origin, k.user_id')
      .select('k.user_id', 'k.app_name', 'k.callback_origin', 'u.login', 'u.role')
      .count({ keys: '*' })
      .max({ last_access: 'used.last_access' });
  }
}

const owned = (row: OwnedRow): OwnedKey => ({
  key: fromRow(row),
  owner: { login: row.login, role: row.role, disabledAt: row.disabled_at },
});

const summary = (row: AppRow): AppSummary => ({
  userId: row.user_id,
  ownerLogin: row.login,
  ownerRole: row.role,
  appName: row.app_name,
  callbackOrigin: row.callback_origin ?? '',
  keys: row.keys,
  lastAccess: row.last_access,
});

type OwnedRow = ConsumerKeyRow & { login: string; role: string; disabled_at: number | null };

interface AppRow {
  user_id: number;
  login: string;
  role: string;
  app_name: string;
  callback_origin: string | null;
  keys: number;
  last_access: number | null;
}
