import { examples } from './help';
import type { Command } from 'commander';
import type { Permissions } from '../consumer-keys/consumer-key';
import { isManager } from '../users/user';
import {
  description,
  findKey,
  keyId,
  lostSecret,
  pairLines,
  permissionsOption,
  viewKey,
  viewPair,
} from './key-view';
import { BY_COMMAND_LINE, print, printSecret, withStore } from './store-command';
import { findUser } from './user-view';

interface EditOptions {
  description?: string;
  permissions?: Permissions;
  owner?: string;
  json?: boolean;
}

const OVERTAKEN =
  'Nothing was changed: the key was changed at the same time, or its app has not confirmed it yet.';

/** Adds the commands that change keys. */
export function addKeyChangeCommands(command: (name: string, description: string) => Command): void {
  const edit = command('edit', 'change the description, the permissions or the owner of a key')
    .argument('<key-id>', 'the id of the key, from `keys list`', keyId)
    .option('--description <text>', 'what the key is for', description)
    .addOption(permissionsOption('what the key may do'))
    .option('--owner <login>', 'the new owner')
    .addHelpText(
      'after',
      examples('keys edit 1 --permissions read', 'keys edit 1 --description "Monthly reports" --owner tom'),
    );
  const save = withStore(async (context, id: number, options: EditOptions) => {
    const { key, owner } = await findKey(context, id);
    const newOwner = options.owner === undefined ? owner : await findUser(context, options.owner);
    if (options.owner !== undefined && !isManager(newOwner))
      throw new Error(`${newOwner.login} is not a manager with an active account.`);
    const to = {
      description: options.description ?? key.description,
      permissions: options.permissions ?? key.permissions,
      owner: newOwner,
    };
    const outcome = await context.keyAdministration.change(key, owner, to, BY_COMMAND_LINE);
    if (outcome === 'overtaken') throw new Error(OVERTAKEN);
    const changed = (await findKey(context, id)).key;
    const line = outcome === 'changed' ? `Changed key ${id}.` : `Key ${id} already has these values.`;
    print(options, viewKey(changed, newOwner), line);
  });
  edit.action((id: number, options: EditOptions) => {
    if ([options.description, options.permissions, options.owner].every((value) => value === undefined))
      edit.error('error: use --description, --permissions or --owner');
    return save(id, options, edit);
  });

  command('regenerate', 'replace key and secret; the old ones stop working at once')
    .argument('<key-id>', 'the id of the key, from `keys list`', keyId)
    .addHelpText('after', examples('keys regenerate 1'))
    .action(
      withStore(async (context, id: number, options: { json?: boolean }) => {
        const { key, owner } = await findKey(context, id);
        const issued = await context.keyAdministration.regenerate(key, owner, BY_COMMAND_LINE);
        if (typeof issued === 'string') throw new Error(OVERTAKEN);
        await printSecret(
          options,
          viewPair(issued, key.userId, key.permissions),
          [`Replaced key and secret of key ${id}. The secret is not shown again.`, ...pairLines(issued)],
          lostSecret(issued),
        );
      }),
    );
}
