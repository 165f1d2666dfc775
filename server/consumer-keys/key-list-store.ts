import type { Database } from '../storage/database';
import type { Knex } from 'knex';
import type { ConsumerKey, Permissions } from './consumer-key';
import { fromRow, type ConsumerKeyRow } from './consumer-key-row';
import type { KeySelection } from './consumer-key-store';

/** The keys wanted: those that meet every condition given. */
export interface KeyFilter {
  /** Part of the description or of the app's name, or of the consumer key's ending. */
  readonly search?: string | undefined;
  readonly appName?: string | undefined;
  readonly userId?: number | undefined;
  readonly permissions?: Permissions | undefined;
  /** Not used since then, and not made since then either. Milliseconds since 1970. */
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

/** A key beside whose it is. */
export interface OwnedKey<Role extends string = string> {
  readonly key: ConsumerKey;
  readonly owner: { readonly login: string; readonly role: Role; readonly disabledAt: number | null };
}

/** What one manager has connected under one name and address. */
export interface AppSummary {
  readonly userId: number;
  readonly ownerLogin: string;
  readonly ownerRole: string;
  readonly appName: string;
  readonly callbackOrigin: string;
  readonly keys: number;
  readonly lastAccess: number | null;
}

/** Selected keys, but only those whose owners have one of these roles. */
export interface RoleSelection {
  readonly selection: KeySelection;
  readonly roles: readonly string[];
}

/** What the selected keys of owners of one role come to. */
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

/** A key with its last use and its owner. */
const OWNED = ['k.*', 'used.last_access', 'used.last_address', 'u.login', 'u.role', 'u.disabled_at'];

export type KeyListStore = ReturnType<typeof keyListStore>;

/**
 * Reads of many keys for people: lists, filters, sums. Each is one statement, and walks an index in the list's order; that of
 * last use is sorted.
 */
export function keyListStore({ knex, dialect }: Pick<Database, 'knex' | 'dialect'>) {
  const { like } = dialect;
  // SQLite's own order, which PostgreSQL has to be told: what was never used is older than what was.
  const nulls = { asc: 'nulls first', desc: 'nulls last' };
  /** The condition of a selection; one that names nothing selects nothing. */
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
    /** Sums of a selection, one for each role of its owners, without reading the keys themselves. */
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

    /** The oldest `limit` of a selection behind the key `after`. */
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

    /** The apps behind a selection, by name, and how many there are in all. */
    async appsOf(wanted: RoleSelection, limit: number): Promise<{ apps: AppSummary[]; total: number }> {
      const rows = (await appsQuery()
        .where(selected(wanted.selection))
        .whereIn('u.role', wanted.roles)
        .select(knex.raw('count(*) over () as total'))
        .limit(limit)) as unknown as (AppRow & { total: number })[];
      return { apps: rows.map(summary), total: rows[0]?.total ?? 0 };
    },

    /** `limit` keys from `offset` on; ask for one more than is shown to learn whether there are further ones. */
    async page(
      filter: KeyFilter,
      { order, limit, offset }: { order: KeyOrder; limit: number; offset: number },
    ): Promise<OwnedKey[]> {
      const [column, direction] = order.split('-') as [keyof typeof COLUMNS, 'asc' | 'desc'];
      const keyId = column === 'used' ? 'used.key_id' : 'k.key_id';
      const inOrder = `${COLUMNS[column]} ${direction} ${nulls[direction]}, ${keyId} ${direction}`;
      // Which rows first, and only then what is in them: without a filter the pages before this one are skipped in the
      // index alone, and the order of last use is found among the uses alone. (A table that is left joined and not asked is
      // not read.)
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
      // Left joins, since SQLite takes those in the order they are written in.
      const rows = knex
        .from(query.as('wanted'))
        .leftJoin('consumer_keys as k', 'k.key_id', 'wanted.key_id')
        .leftJoin('key_uses as used', 'used.key_id', 'wanted.key_id')
        .leftJoin('users as u', 'u.user_id', 'k.user_id')
        .select(OWNED)
        .orderByRaw(inOrder);
      return ((await rows) as OwnedRow[]).map(owned);
    },

    /** The apps of one user, or of all, by name. */
    async apps(
      { userId }: { userId?: number | undefined },
      { limit, offset }: { limit: number; offset: number },
    ): Promise<AppSummary[]> {
      const query = appsQuery().whereNull('k.pending_until').limit(limit).offset(offset);
      if (userId !== undefined) void query.where('k.user_id', userId);
      return ((await query) as unknown as AppRow[]).map(summary);
    },

    /** The first names of apps, to choose from. Hops from name to name in the index instead of reading every key. */
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
