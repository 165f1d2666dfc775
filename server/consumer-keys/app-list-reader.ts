import type { Database } from '../storage/database';
import type { Knex } from 'knex';
import type { Permissions } from './consumer-key';
import { anyContains, inSelection, type RoleSelection } from './key-conditions';

/** The keys that one manager has granted to apps with one name and callback. */
export interface AppSummary {
  readonly userId: number;
  readonly owner: { readonly login: string; readonly role: string; readonly disabledAt: number | null };
  readonly appName: string;
  readonly callbackOrigin: string;
  readonly keys: number;
  /** What the keys allow together. */
  readonly permissions: Permissions;
  /** When the oldest key was made. Milliseconds since 1970. */
  readonly connectedAt: number;
  readonly lastAccess: number | null;
  /** When the last of its keys ends. `null`: one never ends. */
  readonly endsAt: number | null;
  /** When the last of its keys was first seen as ended. `null`: one was not. */
  readonly endedAt: number | null;
}

/** A filter. An app has to meet every condition. */
export interface AppFilter {
  readonly userId?: number | undefined;
  /**
   * Each text is looked for in the app's name, its callback's origin and the login of its manager.
   */
  readonly search?: readonly string[] | undefined;
}

// Later than any end. The maximum of the ends is then that of the key which works longest.
const NEVER = Number.MAX_SAFE_INTEGER;
// After a clock was set back, a key that was seen as ended may end later than one that works.
const LAST_END = `coalesce(
  max(case when k.expired_at is null then coalesce(k.expires_at, ${NEVER}) end), max(k.expires_at))`;
const SEEN_AS_ENDED = 'case when count(k.expired_at) = count(*) then max(k.expired_at) end';

export type AppListReader = ReturnType<typeof appListReader>;

/** Returns the reader of the connected apps, which are known by their keys. */
export function appListReader({ knex, dialect }: Pick<Database, 'knex' | 'dialect'>) {
  return {
    /** Lists apps by name. One more than shown tells whether there are more. */
    async page(
      filter: AppFilter,
      { limit, offset }: { limit: number; offset: number },
    ): Promise<AppSummary[]> {
      return ((await summaries(delivered(filter)).limit(limit).offset(offset)) as unknown as AppRow[]).map(
        summary,
      );
    },

    /** Counts apps up to `most`. */
    async count(filter: AppFilter, most: number): Promise<number> {
      const [row] = await knex
        .from(summaries(delivered(filter)).limit(most).as('apps'))
        .count<{ apps: number }[]>({ apps: '*' });
      return row?.apps ?? 0;
    },

    /** Returns the apps of a selection by name, and their total number. */
    async ofSelection(
      { selection, roles }: RoleSelection,
      limit: number,
    ): Promise<{ apps: AppSummary[]; total: number }> {
      const rows = (await summaries(inSelection(selection))
        .whereIn('u.role', roles)
        .select(knex.raw('count(*) over () as total'))
        .limit(limit)) as unknown as (AppRow & { total: number })[];
      return { apps: rows.map(summary), total: rows[0]?.total ?? 0 };
    },

    /** Lists the origins that keys were sent to, the one with the newest key first. */
    async callbackOrigins(limit: number): Promise<string[]> {
      return knex('consumer_keys')
        .where('callback_origin', '<>', '')
        .groupBy('callback_origin')
        .orderByRaw('max(created_at) desc, callback_origin')
        .limit(limit)
        .pluck<string[]>('callback_origin');
    },

    /**
     * Lists the first names of apps to choose from. It hops from name to name in the index instead
     * of reading every key.
     */
    async names(limit: number): Promise<string[]> {
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

  function delivered({ userId, search }: AppFilter) {
    return (query: Knex.QueryBuilder): void => {
      void query.whereNull('k.pending_until');
      if (userId !== undefined) void query.where('k.user_id', userId);
      if (search !== undefined)
        void query.where(anyContains(['k.app_name', 'k.callback_origin', 'u.login'], search, dialect));
    };
  }

  function summaries(condition: (query: Knex.QueryBuilder) => void) {
    return knex('consumer_keys as k')
      .leftJoin('key_uses as used', 'used.key_id', 'k.key_id')
      .leftJoin('users as u', 'u.user_id', 'k.user_id')
      .whereNotNull('k.app_name')
      .where(condition)
      .groupBy('k.app_name', 'k.callback_origin', 'k.user_id', 'u.login', 'u.role', 'u.disabled_at')
      .orderByRaw('lower(k.app_name), k.callback_origin, k.user_id')
      .select('k.user_id', 'k.app_name', 'k.callback_origin', 'u.login', 'u.role', 'u.disabled_at')
      .count({ keys: '*' })
      .min({ connected_at: 'k.created_at', one: 'k.permissions' })
      .select(knex.raw(`${LAST_END} as ends_at, ${SEEN_AS_ENDED} as ended_at`))
      .max({ last_access: 'used.last_access', another: 'k.permissions' });
  }
}

const summary = (row: AppRow): AppSummary => ({
  userId: row.user_id,
  owner: { login: row.login, role: row.role, disabledAt: row.disabled_at },
  appName: row.app_name,
  callbackOrigin: row.callback_origin ?? '',
  keys: row.keys,
  // Two different permissions always add up to both.
  permissions: row.one === row.another ? row.one : 'read_write',
  connectedAt: row.connected_at,
  lastAccess: row.last_access,
  endsAt: row.ends_at === NEVER ? null : row.ends_at,
  endedAt: row.ended_at,
});

interface AppRow {
  user_id: number;
  login: string;
  role: string;
  disabled_at: number | null;
  app_name: string;
  callback_origin: string | null;
  keys: number;
  one: Permissions;
  another: Permissions;
  connected_at: number;
  last_access: number | null;
  ends_at: number | null;
  ended_at: number | null;
}
