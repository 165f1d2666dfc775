/**
 * The columns of WordPress's tables in their order, by the end of the table's name. A dump that has
 * neither CREATE TABLE nor column names leaves no other way to name its values.
 *
 * WordPress: wp-admin/includes/schema.php. A network adds two columns to the users.
 */
const USERS = [
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
] as const;
export const KEY_COLUMNS = [
  'key_id',
  'user_id',
  'description',
  'permissions',
  'consumer_key',
  'consumer_secret',
  'nonces',
  'truncated_key',
  'last_access',
] as const;
const KNOWN: Readonly<Record<string, readonly (readonly string[])[]>> = {
  usermeta: [['umeta_id', 'user_id', 'meta_key', 'meta_value']],
  sitemeta: [['meta_id', 'site_id', 'meta_key', 'meta_value']],
  options: [['option_id', 'option_name', 'option_value', 'autoload']],
  users: [USERS, [...USERS, 'spam', 'deleted']],
  woocommerce_api_keys: [KEY_COLUMNS],
};
const SUFFIXES = Object.keys(KNOWN);

/** Columns with numbers: in them, `0x1F` and `b'1'` are numbers, elsewhere they are bytes. */
const NUMBERS = /^(?:ID|user_id|key_id|umeta_id|meta_id|site_id|option_id|user_status|spam|deleted)$/;

export const KEYS_TABLE = 'woocommerce_api_keys';

export const holdsNumbers = (column: string): boolean => NUMBERS.test(column);

/** Returns the columns that a table of WordPress may have: those of one version, or of several. */
export function knownColumns(table: string): readonly (readonly string[])[] {
  const suffix = suffixOf(table);
  return (suffix === undefined ? undefined : KNOWN[suffix]) ?? [];
}

/** Returns the name of a table without its prefix, if it is one that an import needs. */
export const suffixOf = (table: string): string | undefined =>
  SUFFIXES.find((suffix) => table.endsWith(suffix));
