import { examples } from './help';
import type { Command } from 'commander';
import type { Permissions } from '../consumer-keys/consumer-key';
import { addLimitOptions, changedLimits, hasLimitOption, type LimitOptions } from './key-limit-options';
import { isManager } from '../users/user';
import { description, findKey, keyId, OVERTAKEN, permissionsOption, viewKey } from './key-view';
import { BY_COMMAND_LINE, print, withStore } from './store-command';
import { findUser } from './user-view';

interface EditOptions extends LimitOptions {
  description?: string;
  permissions?: Permissions;
  owner?: string;
  json?: boolean;
}

/** Adds the commands that change keys. */
export function addKeyChangeCommands(command: (name: string, description: string) => Command): void {
  const edit = command('edit', 'change what a key is for, what it may do, who owns it and when it ends')
    .argument('<key-id>', 'the id of the key, from `keys list`', keyId)
    .option('--description <text>', 'what the key is for', description)
    .addOption(permissionsOption('what the key may do'))
    .option('--owner <login>', 'the new owner');
  addLimitOptions(edit).addHelpText(
    'after',
    examples(
      'keys edit 1 --permissions read',
      'keys edit 1 --description "Monthly reports" --owner tom',
      'keys edit 1 --expires 90d --resources orders,products --addresses 192.0.2.0/24',
    ),
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
      limits: changedLimits(key.limits, options),
    };
    const outcome = await context.keyAdministration.change(key, owner, to, BY_COMMAND_LINE);
    if (outcome === 'overtaken') throw new Error(OVERTAKEN);
    const changed = (await findKey(context, id)).key;
    const line = outcome === 'changed' ? `Changed key ${id}.` : `Key ${id} already has these values.`;
    print(options, await viewKey(context, changed, newOwner), line);
  });
  edit.action((id: number, options: EditOptions) => {
    const { description, permissions, owner } = options;
    if (![description, permissions, owner].some((value) => value !== undefined) && !hasLimitOption(options))
      edit.error('error: use --description, --permissions, --owner, --expires, --resources or --addresses');
    return save(id, options, edit);
  });
}
