import { randomBytes } from 'node:crypto';
import type Sqlite from 'better-sqlite3';
import { sealing } from '../consumer-keys/sealing';
import { ImportError, type SourceRow } from './source/source';

/** A user of WordPress, as its database holds it. */
export interface StagedUser {
  readonly userId: number;
  readonly login: string;
  readonly password: string;
  readonly email: string;
  readonly name: string;
}

/** A consumer key of WooCommerce, as its database holds it. */
export interface StagedKey {
  readonly keyId: number;
  readonly userId: number;
  readonly description: string;
  readonly permissions: string;
  readonly consumerKeyHash: string;
  readonly consumerSecret: string;
  readonly nonces: string;
  readonly truncatedKey: string;
  /** `YYYY-MM-DD HH:MM:SS` in the site's time, or empty. */
  readonly lastAccess: string;
}

type Values = SourceRow['values'];
type Column = readonly [name: string, value: (values: Values) => string | number];

interface StagedTable {
  /** The end of the name in WordPress, after the prefix. */
  readonly suffix: string;
  readonly columns: readonly [Column, ...Column[]];
  /** The number of columns, from the first, that tell rows apart. */
  readonly key: number;
  /** The columns without which a row means nothing. Later and earlier versions have further ones. */
  readonly needed: readonly string[];
}

const text =
  (name: string) =>
  (values: Values): string =>
    values[name] ?? '';
const whole =
  (name: string) =>
  (values: Values): number => {
    const number = Number(values[name] ?? '');
    if (Number.isSafeInteger(number) && number >= 0) return number;
    throw new ImportError(`${name} must be a number (got ${JSON.stringify(values[name])})`);
  };

const TABLES = {
  keys: {
    suffix: 'woocommerce_api_keys',
    key: 1,
    needed: ['key_id', 'user_id', 'permissions', 'consumer_key', 'consumer_secret'],
    columns: [
      ['keyId', whole('key_id')],
      ['userId', whole('user_id')],
      ['description', text('description')],
      ['permissions', text('permissions')],
      ['consumerKeyHash', text('consumer_key')],
      ['consumerSecret', text('consumer_secret')],
      ['nonces', text('nonces')],
      ['truncatedKey', text('truncated_key')],
      ['lastAccess', text('last_access')],
    ],
  },
  users: {
    suffix: 'users',
    key: 1,
    needed: ['ID', 'user_login', 'user_pass', 'user_email'],
    columns: [
      ['userId', whole('ID')],
      ['login', text('user_login')],
      ['password', text('user_pass')],
      ['email', text('user_email')],
      ['name', text('display_name')],
    ],
  },
  meta: {
    suffix: 'usermeta',
    key: 2,
    needed: ['user_id', 'meta_key', 'meta_value'],
    columns: [
      ['userId', whole('user_id')],
      ['name', text('meta_key')],
      ['value', text('meta_value')],
    ],
  },
  options: {
    suffix: 'options',
    key: 1,
    needed: ['option_name', 'option_value'],
    columns: [
      ['name', text('option_name')],
      ['value', text('option_value')],
    ],
  },
  network: {
    suffix: 'sitemeta',
    key: 1,
    needed: ['meta_key', 'meta_value'],
    columns: [
      ['name', text('meta_key')],
      ['value', text('meta_value')],
    ],
  },
} as const satisfies Record<string, StagedTable>;

type TableName = keyof typeof TABLES;
const NAMES = Object.keys(TABLES) as TableName[];
const HASH = TABLES.keys.columns.findIndex(([name]) => name === 'consumerKeyHash');
const SECRET = TABLES.keys.columns.findIndex(([name]) => name === 'consumerSecret');
/** Longer suffixes first: `usermeta` and `sitemeta` do not end in `users` or `options`. */
const tableOf = (name: string): TableName | undefined =>
  NAMES.find((table) => name.endsWith(TABLES[table].suffix));

/** The end of the name of the table that every store has. */
export const KEYS_SUFFIX = TABLES.keys.suffix;
export const USERS_SUFFIX = TABLES.users.suffix;
export const META_SUFFIX = TABLES.meta.suffix;

/** Returns whether rows of a table matter for an import. */
export const isStaged = (table: string): boolean => tableOf(table) !== undefined;

export type StagedRows = ReturnType<typeof stagedRows>;

/**
 * Returns the place for the rows of a source. In a dump, keys come after their owners and the site's
 * settings in between, so nothing can be decided before all of it was read.
 *
 * Consumer secrets are encrypted in it with a key that exists only in memory.
 */
export function stagedRows(database: Sqlite.Database) {
  const secrets = sealing(randomBytes(32));

  const inserts = new Map(
    NAMES.map((name) => {
      const { columns, key }: StagedTable = TABLES[name];
      const names = columns.map(([column]) => column);
      database.exec(
        `create table ${name} (prefix, ${names.join(', ')}, primary key (prefix, ${names.slice(0, key).join(', ')})) without rowid`,
      );
      // A dump with REPLACE, or two dumps, may hold a row twice. The last one counts.
      const values = ['?', ...names.map(() => '?')].join(', ');
      return [name, database.prepare(`insert or replace into ${name} values (${values})`)];
    }),
  );
  /** Why the rows of a table mean nothing. A plugin may have a table of a similar name. */
  const unreadable = new Map<string, string>();
  const checked = new Set<string>();

  function check(table: string, needed: readonly string[], values: Values): void {
    if (checked.has(table)) return;
    const missing = needed.filter((column) => !(column in values));
    if (missing.length > 0)
      throw new ImportError(
        `it has no column ${missing.join(', ')}, only ${Object.keys(values).join(', ')}, so it is not from a version of WooCommerce that wc-auth import can read`,
      );
    checked.add(table);
  }

  const reader = <Row>(sql: string) => {
    const statement = database.prepare(sql);
    return (...values: (string | number)[]) => statement.all(...values) as Row[];
  };
  const keysAfter = reader<StagedKey>(
    'select * from keys where prefix = ? and keyId > ? order by keyId limit ?',
  );
  const usersAfter = reader<StagedUser>(
    'select * from users where prefix = ? and userId > ? order by userId limit ?',
  );
  const hashes = reader<{ hash: string }>(
    'select consumerKeyHash as hash from keys where prefix = ? order by keyId limit 1000',
  );
  const opened = (key: StagedKey): StagedKey => ({
    ...key,
    consumerSecret: secrets.open(key.consumerSecret, key.consumerKeyHash),
  });
  const valueOf = <Value>(sql: string) => {
    const statement = database.prepare(sql);
    return (...values: (string | number)[]) =>
      (statement.get(...values) as { value: Value } | undefined)?.value;
  };
  database.exec(`
    create index keys_hash_index on keys (prefix, consumerKeyHash);
    create index keys_owner_index on keys (prefix, userId)`);

  return {
    /** Adds a row. */
    add({ table, values }: SourceRow): void {
      const name = tableOf(table);
      if (!name || unreadable.has(table)) return;
      const { suffix, columns, needed }: StagedTable = TABLES[name];
      try {
        check(table, needed, values);
        const row = columns.map(([, value]) => value(values));
        if (name === 'keys') row[SECRET] = secrets.seal(String(row[SECRET]), String(row[HASH]));
        inserts.get(name)?.run(table.slice(0, -suffix.length), ...row);
      } catch (error) {
        if (!(error instanceof ImportError)) throw error;
        unreadable.set(table, error.message);
      }
    },

    /** @throws ImportError if the rows of a table are not those of WordPress. */
    expectReadable(table: string): void {
      const why = unreadable.get(table);
      if (why !== undefined) throw new ImportError(`The table ${table} cannot be read: ${why}.`);
    },

    /** Lists keys by id, those after an id. */
    keys: (prefix: string, after: number, limit: number): StagedKey[] =>
      keysAfter(prefix, after, limit).map(opened),
    /** Lists users by id, those after an id. */
    users: (prefix: string, after: number, limit: number): StagedUser[] => usersAfter(prefix, after, limit),

    option: valueOf<string>('select value from options where prefix = ? and name = ?'),
    networkOption: valueOf<string>('select value from network where prefix = ? and name = ?'),
    userMeta: valueOf<string>('select value from meta where prefix = ? and userId = ? and name = ?'),
    hasUserMeta: valueOf<1>('select 1 as value from meta where prefix = ? and name = ? limit 1'),
    hasUsers: valueOf<1>('select 1 as value from users where prefix = ? limit 1'),
    /** Returns the id of the first key with this hash: the one that WooCommerce finds. */
    firstKeyWith: valueOf<number>(
      'select min(keyId) as value from keys where prefix = ? and consumerKeyHash = ?',
    ),
    hasKey: valueOf<1>('select 1 as value from keys where prefix = ? and keyId = ?'),
    hasUser: valueOf<1>('select 1 as value from users where prefix = ? and userId = ?'),
    ownsKey: valueOf<1>('select 1 as value from keys where prefix = ? and userId = ? limit 1'),
    highestKey: valueOf<number | null>(
      'select max(keyId) as value from keys where prefix = ? and keyId <= 999999999999999',
    ),
    /** Returns the hashes of some keys. */
    someHashes: (prefix: string): string[] => hashes(prefix).map(({ hash }) => hash),
    keyCount: valueOf<number>('select count(*) as value from keys where prefix = ?'),
  };
}
