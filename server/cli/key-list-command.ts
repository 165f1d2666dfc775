import { examples } from './help';
import { InvalidArgumentError, Option, type Command } from 'commander';
import {
  ENDS_SOON_DAYS,
  endingWithin,
  ownerOf,
  stateOf,
  UNUSED_DAYS,
  unusedSince,
} from '../administration/key-state';
import type { Permissions } from '../consumer-keys/consumer-key';
import { utcDateTime } from '../consumer-keys/description';
import { hostSearch } from '../consumer-keys/host-search';
import {
  END_ORDER,
  KEY_ORDERS,
  type KeyFilter,
  type KeyOrder,
  type OwnedKey,
} from '../consumer-keys/key-list-reader';
import { endCell, permissionsOption, viewKeys } from './key-view';
import { positiveNumber } from './option-values';
import { print, tableOf, withStore, type Column, type StoreContext } from './store-command';
import { findUser } from './user-view';

interface ListOptions {
  user?: string;
  app?: string;
  permissions?: Permissions;
  unused?: number | true;
  ends?: number | true;
  ended?: boolean;
  search?: string;
  sort?: KeyOrder;
  limit?: number;
  json?: boolean;
}

const KEYS_PER_READ = 1_000;
const SELDOM_USED = ['IMPORTED FROM', 'ENDS (UTC)', 'OPENS ONLY', 'ONLY FROM'];
const COLUMNS: readonly Column<OwnedKey>[] = [
  ['ID', ({ key }) => String(key.keyId)],
  ['OWNER', ({ owner }) => owner.login],
  ['PERMISSIONS', ({ key }) => key.permissions],
  ['KEY', ({ key }) => `…${key.truncatedKey}`],
  ['STATE', (one) => stateOf(one.key, ownerOf(one), Date.now())],
  ['APP', ({ key }) => key.app?.appName ?? '-'],
  ['IMPORTED FROM', ({ key }) => (key.imported ? 'WooCommerce' : '-')],
  ['ENDS (UTC)', ({ key }) => endCell(key.limits.expiresAt)],
  ['OPENS ONLY', ({ key: { limits } }) => limits.resources?.join(',') ?? '-'],
  ['ONLY FROM', ({ key: { limits } }) => limits.addresses?.join(',') ?? '-'],
  ['LAST ACCESS (UTC)', ({ key }) => (key.lastAccess === null ? 'never' : utcDateTime(key.lastAccess))],
  ['DESCRIPTION', ({ key }) => key.description],
];

/** Adds the command that lists keys. */
export function addKeyListCommand(command: (name: string, description: string) => Command): void {
  const unusedOption = new Option(
    '--unused [days]',
    `only keys not used for this number of days (without a number: ${UNUSED_DAYS})`,
  );
  const endsOption = new Option(
    '--ends [days]',
    `only keys that end within this number of days (without a number: ${ENDS_SOON_DAYS})`,
  );
  command('list', 'list keys')
    .option('--search <text>', 'only keys with this text in description, app, host or key ending')
    .addOption(
      new Option(
        '--sort <order>',
        'the order. Default: created-asc, or with --ends or --ended the earliest end first',
      ).choices([...KEY_ORDERS]),
    )
    .option('--user <login>', 'only keys of this user')
    .option('--app <name>', 'only keys of this app')
    .addOption(permissionsOption('only keys with these permissions'))
    .addOption(unusedOption.argParser(days))
    .addOption(endsOption.argParser(days).conflicts('ended'))
    .option('--ended', 'only keys that have ended')
    .option('--limit <keys>', 'the maximum number of keys (default: all)', positiveNumber)
    .addHelpText(
      'after',
      examples(
        'keys list --app "Parcel Pilot"',
        'keys list --unused 90 --sort used-asc --limit 20',
        'keys list --ends 30 --json',
      ),
    )
    .action(
      withStore(async (context, options: ListOptions) => {
        const owner = options.user === undefined ? undefined : await findUser(context, options.user);
        const now = Date.now();
        const unused = options.unused === true ? UNUSED_DAYS : options.unused;
        const ends = options.ends === true ? ENDS_SOON_DAYS : options.ends;
        const filter: KeyFilter = {
          search: options.search === undefined ? undefined : hostSearch(options.search),
          userId: owner?.userId,
          appName: options.app,
          permissions: options.permissions,
          unusedSince: unused === undefined ? undefined : unusedSince(unused, now),
          ...(ends === undefined ? {} : endingWithin(ends, now)),
          endedBy: options.ended ? now : undefined,
        };
        const all = await read(context, filter, options);
        if (options.json) print(options, await viewKeys(context, all));
        else print(options, undefined, tableOf(COLUMNS, all, SELDOM_USED));
      }),
    );
}

async function read(
  { keyList }: StoreContext,
  filter: KeyFilter,
  { ends, ended, sort, limit: most = Infinity }: ListOptions,
): Promise<OwnedKey[]> {
  const order = sort ?? (ends === undefined && !ended ? 'created-asc' : END_ORDER);
  const all: OwnedKey[] = [];
  for (;;) {
    const limit = Math.min(KEYS_PER_READ, most - all.length);
    const some = await keyList.page(filter, { order, limit, offset: all.length });
    all.push(...some);
    if (some.length < KEYS_PER_READ || all.length === most) return all;
  }
}

function days(value: string): number {
  if (!/^\d{1,5}$/.test(value)) throw new InvalidArgumentError('It must be a number of days.');
  return Number(value);
}
