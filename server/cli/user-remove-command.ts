import { examples } from './help';
import type { Command } from 'commander';
import { confirmRemoval, yesOption, type RemovalOptions } from './confirm-removal';
import { BY_COMMAND_LINE, print, withStore } from './store-command';
import { keysInWords, keysOf, settle } from './user-outcome';
import { findUser, viewUser } from './user-view';

/** Adds the command that removes an account. */
export function addUserRemoveCommand(command: (name: string, description: string) => Command): void {
  command('remove', 'remove an account, its sessions and its keys')
    .argument('<login>', 'the login of the account')
    .addOption(yesOption())
    .addHelpText('after', examples('users remove tom', 'users remove tom --yes'))
    .action(
      withStore(async (context, login: string, options: RemovalOptions) => {
        const user = await findUser(context, login);
        const keys = keysInWords(await keysOf(context, user));
        await confirmRemoval(`Remove the account ${user.login} (${keys})?`, options);
        settle(user, await context.userAdministration.remove(user, BY_COMMAND_LINE));
        print(options, viewUser(user), `Removed ${user.login}.`);
      }),
    );
}
