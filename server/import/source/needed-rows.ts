/** One condition on a text column: equal to one of the names, or ending with one of the ends. */
export interface RowCondition {
  readonly column: string;
  readonly names: readonly string[];
  readonly ends: readonly string[];
}

/**
 * Which rows of a table an import needs, by the end of the table's name. Other tables are needed
 * completely. A live database selects by the same list, so every source gives the same rows.
 */
const CONDITIONS: readonly (RowCondition & { readonly table: string })[] = [
  { table: 'usermeta', column: 'meta_key', names: [], ends: ['capabilities'] },
  { table: 'sitemeta', column: 'meta_key', names: ['site_admins'], ends: [] },
  {
    table: 'options',
    column: 'option_name',
    names: ['siteurl', 'home', 'timezone_string', 'gmt_offset', 'woocommerce_db_version'],
    ends: ['user_roles'],
  },
];

/** Returns which rows of a table are needed. `undefined`: all of them. */
export const neededRows = (table: string): RowCondition | undefined =>
  CONDITIONS.find((condition) => table.endsWith(condition.table));

/** Returns whether a row whose column has this value is needed. */
export const isNeeded = ({ names, ends }: RowCondition, value: string | null): boolean =>
  value !== null && (names.includes(value) || ends.some((end) => value.endsWith(end)));
