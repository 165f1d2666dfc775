import { examples } from './help';
import { Command } from 'commander';
import type { Permissions } from '../consumer-keys/consumer-key';
import { isManager } from '../users/user';
import { addKeyChangeCommands } from './key-change-commands';
import { addKeyListCommand } from './key-list-command';
import { addLimitOptions, newLimits, type LimitOptions } from './key-limit-options';
import { addKeyReplaceCommands } from './key-replace-commands';
import { addKeyRevokeCommand } from './key-revoke-command';
import {
  description,
  endSentence,
  findKey,
  keyId,
  lostSecret,
  pairLines,
  permissionsOption,
  viewKey,
  viewPair,
} from './key-view';
import { BY_COMMAND_LINE, print, printSecret, table, withStore } from './store-command';
import { findUser } from './user-view';

interface CreateOptions extends LimitOptions {
  user: string;
  permissions: Permissions;
  description: string;
  json?: boolean;
}

/** Returns the command `wc-auth keys …`. */
export function keyCommands(): Command {
  const keys = new Command('keys')
    .description('consumer keys')
    .addHelpText('after', examples('keys list', 'keys revoke --app "Parcel Pilot"'));
  const command = (name: string, description: string) =>
    keys.command(name).description(description).option('--json', 'print the result as JSON');

  const create = command('create', 'create a key and print its secret, which is not shown again')
    .requiredOption('--user <login>', 'the owner of the key')
    .addOption(permissionsOption('what the key may do').makeOptionMandatory())
    .requiredOption('--description <text>', 'what the key is for', description);
  addLimitOptions(create)
    .addHelpText(
      'after',
      examples(
        'keys create --user mara --permissions read --description Reports',
        'keys create --user mara --permissions read --description Stock --expires 90d --resources products',
      ),
    )
    .action(
      withStore(async (context, options: CreateOptions) => {
        const owner = await findUser(context, options.user);
        if (!isManager(owner)) throw new Error(`${owner.login} is not a manager with an active account.`);
        const limits = newLimits(options, context.lifetimes);
        const issued = await context.keyAdministration.create({ ...options, owner, limits }, BY_COMMAND_LINE);
        if (typeof issued === 'string') throw new Error('No key was created.');
        await printSecret(
          options,
          viewPair(issued, { ...options, userId: owner.userId, limits }),
          [
            `Created key ${issued.keyId} (${options.permissions}) for ${owner.login}.${endSentence(limits)} The secret is not shown again.`,
            ...pairLines(issued),
          ],
          lostSecret(issued),
        );
      }),
    );

  addKeyListCommand(command);
  command('show', 'show one key; its secret cannot be shown again')
    .argument('<key-id>', 'the id of the key, from `keys list`', keyId)
    .addHelpText('after', examples('keys show 1'))
    .action(
      withStore(async (context, id: number, options: { json?: boolean }) => {
        const { key, owner } = await findKey(context, id);
        const value = await viewKey(context, key, owner);
        const shown = {
          ...value,
          imported: key.imported ? 'from WooCommerce' : null,
          expires: value.expires ?? 'never',
          resources: value.resources?.join(', ') ?? 'all',
          addresses: value.addresses?.join(', ') ?? 'any',
        };
        const facts = Object.entries(shown).map(([name, fact]) => [name, String(fact ?? '-')]);
        print(options, value, table(['FACT', 'VALUE'], facts));
      }),
    );
  addKeyChangeCommands(command);
  addKeyReplaceCommands(command);
  addKeyRevokeCommand(command);
  return keys;
}
