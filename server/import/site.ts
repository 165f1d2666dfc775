import { ImportError } from './source/source';
import { KEYS_SUFFIX, USERS_SUFFIX } from './staged-rows';

/** Where a store is among the tables of a database. */
export interface Site {
  /** The start of the names of its own tables, such as `wp_` or, in a network, `wp_2_`. */
  readonly prefix: string;
  /** The start of the name of its users' table. `undefined` if the source has no users. */
  readonly usersPrefix: string | undefined;
}

export interface SiteChoice {
  readonly prefix?: string | undefined;
  /** The number of a site in a network. */
  readonly site?: number | undefined;
}

/**
 * Returns the store to import.
 *
 * The prefix `wp_` is only WordPress's default. In a network, the first site has the prefix of the
 * network, and site 2 has `wp_2_` and shares the table of users.
 *
 * @throws ImportError if there is none, or if there are several and none is named.
 */
export function chooseSite(tables: readonly string[], choice: SiteChoice): Site {
  const names = new Set(tables);
  const prefixes = tables
    .filter((name) => name.endsWith(KEYS_SUFFIX))
    .map((name) => name.slice(0, -KEYS_SUFFIX.length));
  if (prefixes.length === 0) throw new ImportError(noKeyTable(tables));

  const networkOf = (prefix: string): string => {
    const [, network] = /^(.*?)\d+_$/.exec(prefix) ?? [];
    const shares =
      network !== undefined && !names.has(prefix + USERS_SUFFIX) && names.has(network + USERS_SUFFIX);
    return shares ? network : prefix;
  };
  const siteOf = (prefix: string): Site => {
    const usersPrefix = networkOf(prefix);
    return { prefix, usersPrefix: names.has(usersPrefix + USERS_SUFFIX) ? usersPrefix : undefined };
  };

  if (choice.prefix !== undefined && choice.site === undefined) {
    if (prefixes.includes(choice.prefix)) return siteOf(choice.prefix);
    throw new ImportError(
      `There is no table ${choice.prefix}${KEYS_SUFFIX}. ${listOf('--prefix', prefixes)}`,
    );
  }
  const networks = [...new Set(prefixes.map(networkOf))];
  const network = choice.prefix ?? (networks.length === 1 ? networks[0] : undefined);
  if (network === undefined)
    throw new ImportError(`There are the tables of several stores. ${listOf('--prefix', networks)}`);
  const sites = prefixes.filter((prefix) => networkOf(prefix) === network);
  if (choice.site !== undefined) {
    const prefix = choice.site === 1 ? network : `${network}${choice.site}_`;
    if (sites.includes(prefix)) return siteOf(prefix);
    throw new ImportError(
      `There is no table ${prefix}${KEYS_SUFFIX}. ${listOf(
        '--site',
        sites.map((one) => numberOf(one, network)),
      )}`,
    );
  }
  const [only, ...others] = sites;
  if (only === undefined || others.length > 0)
    throw new ImportError(
      `This is a network of several stores. ${listOf(
        '--site',
        sites.map((one) => numberOf(one, network)),
      )}`,
    );
  return siteOf(only);
}

const numberOf = (prefix: string, network: string): string =>
  prefix === network ? '1' : prefix.slice(network.length, -1);

const listOf = (option: string, values: readonly string[]): string =>
  `Name the one to import: ${values.map((value) => `${option} ${value === '' ? "''" : value}`).join(' or ')}.`;

const SHOWN_TABLES = 5;

function noKeyTable(tables: readonly string[]): string {
  const shown = tables.slice(0, SHOWN_TABLES).join(', ');
  const more = tables.length > SHOWN_TABLES ? ` and ${tables.length - SHOWN_TABLES} more` : '';
  const found = tables.length === 0 ? 'It has no tables at all.' : `Its tables are ${shown}${more}.`;
  return `There is no table whose name ends in ${KEYS_SUFFIX}, so this is not the database of a store with WooCommerce, or not all of it. ${found} Export at least the tables of the users, their metadata and the keys.`;
}
