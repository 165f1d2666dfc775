import { examples } from './help';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { ownerOf, stateOf, UNUSED_DAYS, unusedSince } from '../administration/key-state';
import type { Permissions } from '../consumer-keys/consumer-key';
import { utcDateTime } from '../consumer-keys/description';
import { hostSearch } from '../consumer-keys/host-search';
import { KEY_ORDERS, type KeyFilter, type KeyOrder, type OwnedKey } from '../consumer-keys/key-list-reader';
import { permissionsOption, viewKey } from './key-view';
import { positiveNumber } from './option-values';
import { print, table, withStore, type StoreContext } from './store-command';
import { findUser } from './user-view';

interface ListOptions {
  user?: string;
  app?: string;
  permissions?: Permissions;
  unused?: number | true;
  search?: string;
  sort: KeyOrder;
  limit?: number;
  json?: boolean;
}

const KEYS_PER_READ = 1_000;
const IMPORTED_FROM = 'IMPORTED FROM';
/** The columns of the table. */
const COLUMNS: readonly (readonly [head: string, cell: (one: OwnedKey) => string])[] = [
  ['ID', ({ key }) => String(key.keyId)],
  ['OWNER', ({ owner }) => owner.login],
  ['PERMISSIONS', ({ key }) => key.permissions],
  ['KEY', ({ key }) => `…${key.truncatedKey}`],
  ['STATE', (one) => stateOf(one.key, ownerOf(one))],
  ['APP', ({ key }) => key.app?.appName ?? '-'],
  [IMPORTED_FROM, ({ key }) => (key.imported ? 'WooCommerce' : '-')],
  ['LAST ACCESS (UTC)', ({ key }) => (key.lastAccess === null ? 'never' : utcDateTime(key.lastAccess))],
  ['DESCRIPTION', ({ key }) => key.description],
];

/** Adds the command that lists keys. */
export function addKeyListCommand(command: (name: string, description: string) => Command): void {
  const unusedOption = new Option(
    '--unused [days]',
    `only keys not used for this number of days (without a number: ${UNUSED_DAYS})`,
  );
  command('list', 'list keys')
    .option('--search <text>', 'only keys with this text in description, app, host or key ending')
    .addOption(new Option('--sort <order>', 'the order').choices([...KEY_ORDERS]).default('created-asc'))
    .option('--user <login>', 'only keys of this user')
    .option('--app <name>', 'only keys of this app')
    .addOption(permissionsOption('only keys with these permissions'))
    .addOption(unusedOption.argParser(days))
    .option('--limit <keys>', 'the maximum number of keys (default: all)', positiveNumber)
    .addHelpText(
      'after',
      examples('keys list --app "Parcel Pilot"', 'keys list --unused 90 --sort used-asc --limit 20'),
    )
    .action(
      withStore(async (context, options: ListOptions) => {
        const owner = options.user === undefined ? undefined : await findUser(context, options.user);
        const unused = options.unused === true ? UNUSED_DAYS : options.unused;
        const filter = {
          search: options.search === undefined ? undefined : hostSearch(options.search),
          userId: owner?.userId,
          appName: options.app,
          permissions: options.permissions,
          unusedSince: unused === undefined ? undefined : unusedSince(unused, Date.now()),
        };
        const all = await read(context, filter, options);
        print(
          options,
          all.map((one) => viewKey(one.key, ownerOf(one))),
          keyTable(all),
        );
      }),
    );
}

/** Most stores have no imported keys. So the column for them is there only if one is listed. */
function keyTable(all: readonly OwnedKey[]): string {
  const hasImported = all.some(({ key }) => key.imported);
  const columns = COLUMNS.filter(([head]) => head !== IMPORTED_FROM || hasImported);
  return table(
    columns.map(([head]) => head),
    all.map((one) => columns.map(([, cell]) => cell(one))),
  );
}

async function read(
  { keyList }: StoreContext,
  filter: KeyFilter,
  { sort, limit: most = Infinity }: ListOptions,
): Promise<OwnedKey[]> {
  const all: OwnedKey[] = [];
  for (;;) {
    const limit = Math.min(KEYS_PER_READ, most - all.length);
    const some = await keyList.page(filter, { order: sort, limit, offset: all.length });
    all.push(...some);
    if (some.length < KEYS_PER_READ || all.length === most) return all;
  }
}

function days(value: string): number {
  if (!/^\d{1,5}$/.test(value)) throw new InvalidArgumentError('It must be a number of days.');
  return Number(value);
}
