import { createHmac, randomBytes } from 'node:crypto';
import { bcryptPassword } from './stored-passwords';

/** A user of a made-up WordPress. */
export interface MadeUser {
  readonly id: number;
  readonly login: string;
  readonly email?: string;
  readonly name?: string;
  /** The serialized value of the capabilities. `null`: no row. Default: a shop manager. */
  readonly capabilities?: string | null;
  /** The stored hash. */
  readonly pass?: string;
}

/** A key of a made-up WooCommerce. */
export interface MadeKey {
  readonly id: number;
  readonly userId: number;
  readonly consumerKey: string;
  readonly consumerSecret: string;
  readonly description?: string | null;
  readonly permissions?: string;
  readonly lastAccess?: string | null;
  readonly nonces?: string | null;
}

export interface MadeStore {
  readonly prefix?: string;
  readonly users: readonly MadeUser[];
  readonly keys: readonly MadeKey[];
  readonly options?: Readonly<Record<string, string>>;
}

export const SHOP_MANAGER = 'a:1:{s:12:"shop_manager";b:1;}';
export const ADMINISTRATOR = 'a:1:{s:13:"administrator";b:1;}';
export const CUSTOMER = 'a:1:{s:8:"customer";b:1;}';

/** Makes a pair as WooCommerce makes it. */
export const madePair = () => ({
  consumerKey: `ck_${randomBytes(20).toString('hex')}`,
  consumerSecret: `cs_${randomBytes(20).toString('hex')}`,
});

const hashed = (consumerKey: string) => createHmac('sha256', 'wc-api').update(consumerKey).digest('hex');

type Value = string | number | null;

const literal = (value: Value): string => {
  if (value === null) return 'NULL';
  if (typeof value === 'number') return String(value);
  return `'${value.replace(/[\\'"]/g, '\\$&').replaceAll('\n', '\\n')}'`;
};

const TABLES = {
  options: ['option_id', 'option_name', 'option_value', 'autoload'],
  usermeta: ['umeta_id', 'user_id', 'meta_key', 'meta_value'],
  users: [
    'ID',
    'user_login',
    'user_pass',
    'user_nicename',
    'user_email',
    'user_url',
    'user_registered',
    'user_activation_key',
    'user_status',
    'display_name',
  ],
  woocommerce_api_keys: [
    'key_id',
    'user_id',
    'description',
    'permissions',
    'consumer_key',
    'consumer_secret',
    'nonces',
    'truncated_key',
    'last_access',
  ],
} as const;

/** Yields the dump of a made-up store in pieces, in the order and form of mariadb-dump. */
export function* dumpOf({ prefix = 'wp_', users, keys, options }: MadeStore): Generator<string> {
  yield '-- MariaDB dump 10.19  Distrib 10.11.19-MariaDB, for debian-linux-gnu (x86_64)\n--\n';
  yield '-- Host: localhost    Database: made_up\n/*!40101 SET NAMES utf8mb4 */;\n';
  if (options)
    yield* table(
      prefix,
      'options',
      Object.entries(options).map(([name, value], index) => [index + 1, name, value, 'on']),
    );
  yield* table(
    prefix,
    'usermeta',
    users.flatMap(({ id, capabilities = SHOP_MANAGER }) =>
      capabilities === null ? [] : [[id * 10, id, `${prefix}capabilities`, capabilities] as const],
    ),
  );
  yield* table(
    prefix,
    'users',
    users.map((user) => [
      user.id,
      user.login,
      user.pass ?? bcryptPassword,
      user.login,
      user.email ?? `${user.login}@made-up.test`,
      '',
      '2026-01-02 03:04:05',
      '',
      0,
      user.name ?? user.login,
    ]),
  );
  yield* table(
    prefix,
    'woocommerce_api_keys',
    keys.map((key) => [
      key.id,
      key.userId,
      key.description === undefined ? `Made Up - API (2026-01-02 03:04:05)` : key.description,
      key.permissions ?? 'read_write',
      hashed(key.consumerKey),
      key.consumerSecret,
      key.nonces ?? null,
      key.consumerKey.slice(-7),
      key.lastAccess ?? null,
    ]),
  );
  yield '-- Dump completed on 2026-11-28 12:00:00\n';
}

/** The number of rows of one INSERT. */
const ROWS = 500;

function* table(
  prefix: string,
  name: keyof typeof TABLES,
  rows: readonly (readonly Value[])[],
): Generator<string> {
  const quoted = `\`${prefix}${name}\``;
  const columns = TABLES[name].map((column) => `  \`${column}\` longtext`).join(',\n');
  yield `DROP TABLE IF EXISTS ${quoted};\nCREATE TABLE ${quoted} (\n${columns}\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;\n`;
  for (let start = 0; start < rows.length; start += ROWS) {
    const some = rows.slice(start, start + ROWS);
    yield `INSERT INTO ${quoted} VALUES\n${some.map((row) => `(${row.map(literal).join(',')})`).join(',\n')};\n`;
  }
}
