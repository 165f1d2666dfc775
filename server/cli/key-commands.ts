import { Command, InvalidArgumentError, Option } from 'commander';
import { ownerOf, UNUSED_DAYS, unusedSince } from '../administration/key-state';
import { PERMISSIONS, type Permissions } from '../consumer-keys/consumer-key';
import { utcDateTime } from '../consumer-keys/description';
import { KEY_ORDERS, type KeyFilter, type KeyOrder, type OwnedKey } from '../consumer-keys/key-list-store';
import { isManager } from '../users/user';
import { addKeyChangeCommands } from './key-change-commands';
import { description, findKey, keyId, pairLines, viewKey, viewPair } from './key-view';
import { BY_COMMAND_LINE, print, table, withStore, type StoreContext } from './store-command';
import { find } from './user-commands';

interface CreateOptions {
  user: string;
  permissions: Permissions;
  description: string;
  json?: boolean;
}

interface ListOptions {
  user?: string;
  app?: string;
  permissions?: Permissions;
  unused?: number | true;
  search?: string;
  sort: KeyOrder;
  json?: boolean;
}

const KEYS_PER_READ = 1_000;

/** `wc-auth keys …` */
export function keyCommands(): Command {
  const keys = new Command('keys').description('consumer keys');
  const command = (name: string, description: string) =>
    keys.command(name).description(description).option('--json', 'print the result as JSON');
  const permissions = () => new Option('--permissions <permissions>').choices([...PERMISSIONS]);

  command('create', 'create a key and print its secret, which is not shown again')
    .requiredOption('--user <login>', 'the owner of the key')
    .addOption(permissions().makeOptionMandatory())
    .requiredOption('--description <text>', 'what the key is for', description)
    .action(
      withStore(async (context, options: CreateOptions) => {
        const owner = await find(context, options.user);
        if (!isManager(owner)) throw new Error(`${owner.login} is not a manager with an active account.`);
        const issued = await context.keyAdministration.create({ ...options, owner }, BY_COMMAND_LINE);
        if (typeof issued === 'string') throw new Error('The key was not created.');
        print(
          options,
          viewPair(issued, owner.userId, options.permissions),
          `Created key ${issued.keyId} (${options.permissions}) for ${owner.login}. The secret is not shown again.`,
          ...pairLines(issued),
        );
      }),
    );

  command('list', 'list keys')
    .option('--search <text>', 'only keys with this text in description, app or key ending')
    .addOption(new Option('--sort <order>').choices([...KEY_ORDERS]).default('created-asc'))
    .option('--user <login>', 'only keys of this user')
    .option('--app <name>', 'only keys of this app')
    .addOption(permissions())
    .addOption(
      new Option(
        '--unused [days]',
        `only keys not used for this number of days (default: ${UNUSED_DAYS})`,
      ).argParser(days),
    )
    .action(
      withStore(async (context, options: ListOptions) => {
        const owner = options.user === undefined ? undefined : await find(context, options.user);
        const unused = options.unused === true ? UNUSED_DAYS : options.unused;
        const filter = {
          search: options.search,
          userId: owner?.userId,
          appName: options.app,
          permissions: options.permissions,
          unusedSince: unused === undefined ? undefined : unusedSince(unused, Date.now()),
        };
        const all = await readAll(context, filter, options.sort);
        const rows = all.map(({ key, owner: { login } }) => [
          String(key.keyId),
          login,
          key.permissions,
          `…${key.truncatedKey}`,
          key.lastAccess === null ? 'never' : utcDateTime(key.lastAccess),
          key.description,
        ]);
        print(
          options,
          all.map((one) => viewKey(one.key, ownerOf(one))),
          table(['ID', 'OWNER', 'PERMISSIONS', 'KEY', 'LAST ACCESS (UTC)', 'DESCRIPTION'], rows),
        );
      }),
    );

  command('show', 'show one key, without its secret')
    .argument('<key-id>', 'the id of the key, from `keys list`', keyId)
    .action(
      withStore(async (context, id: number, options: { json?: boolean }) => {
        const { key, owner } = await findKey(context, id);
        const value = viewKey(key, owner);
        const facts = Object.entries(value).map(([name, fact]) => [name, String(fact ?? '-')]);
        print(options, value, table(['FACT', 'VALUE'], facts));
      }),
    );
  addKeyChangeCommands(command);
  return keys;
}

async function readAll({ keyList }: StoreContext, filter: KeyFilter, order: KeyOrder): Promise<OwnedKey[]> {
  const all: OwnedKey[] = [];
  for (;;) {
    const some = await keyList.page(filter, {
      order,
      limit: KEYS_PER_READ,
      offset: all.length,
    });
    all.push(...some);
    if (some.length < KEYS_PER_READ) return all;
  }
}

function days(value: string): number {
  if (!/^\d{1,5}$/.test(value)) throw new InvalidArgumentError('It must be a number of days.');
  return Number(value);
}
