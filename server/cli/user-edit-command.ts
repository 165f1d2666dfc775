import { examples } from './help';
import type { Command } from 'commander';
import { ACCOUNT_DETAILS, type AccountDetails } from '../users/user';
import { accountDetail } from './option-values';
import { BY_COMMAND_LINE, print, withStore } from './store-command';
import { findUser, viewUser } from './user-view';

interface EditOptions extends Partial<AccountDetails> {
  json?: boolean;
}

/** Adds the command that corrects what an account is called. */
export function addUserEditCommand(command: (name: string, description: string) => Command): void {
  const edit = command('edit', "change an account's login, email address or name; its keys keep working")
    .argument('<login>', 'the current login')
    .option('--login <login>', 'the new login', accountDetail('login'))
    .option('--email <address>', 'the new email address', accountDetail('email'))
    .option('--name <name>', 'the new name shown; empty for the login', accountDetail('name'))
    .addHelpText(
      'after',
      examples(
        'users edit tom --email tom.reed@shop.example',
        'users edit tom --login treed --name "Tom Reed"',
      ),
    );
  const save = withStore(async (context, login: string, options: EditOptions) => {
    const user = await findUser(context, login);
    const outcome = await context.userAdministration.edit(user, options, BY_COMMAND_LINE);
    if (outcome === 'overtaken')
      throw new Error('Nothing was changed: the account was changed at the same time.');
    const now = await context.users.find(user.userId);
    if (!now) throw new Error(`There is no user ${JSON.stringify(login)}.`);
    const lines = ACCOUNT_DETAILS.filter((name) => now[name] !== user[name]).map(
      (name) => `${LABELS[name]}: ${user[name]} → ${now[name]}`,
    );
    const line = outcome === 'changed' ? `Changed ${user.login}.` : `${user.login} already has these values.`;
    print(options, viewUser(now), line, ...lines);
  });
  edit.action((login: string, options: EditOptions) => {
    if (ACCOUNT_DETAILS.every((name) => options[name] === undefined))
      edit.error('error: use --login, --email or --name');
    return save(login, options, edit);
  });
}

const LABELS: Readonly<Record<keyof AccountDetails, string>> = {
  login: 'Login',
  email: 'Email',
  name: 'Name',
};
