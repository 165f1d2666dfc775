import { examples } from './help';
import { Argument, Command, Option } from 'commander';
import { utcDateTime } from '../consumer-keys/description';
import { ROLES, type Role } from '../users/user';
import { newPassword, passwordOption } from './new-password';
import { accountDetail } from './option-values';
import { BY_COMMAND_LINE, print, printSecret, table, withStore } from './store-command';
import { addUserEditCommand } from './user-edit-command';
import { addUserLinkCommands } from './user-link-commands';
import { addUserRemoveCommand } from './user-remove-command';
import { keysInWords, keysOf, settle } from './user-outcome';
import { findUser, viewUser } from './user-view';

interface AddOptions {
  email: string;
  role: Role;
  name?: string;
  passwordStdin?: boolean;
  json?: boolean;
}

/** Returns the command `wc-auth users …`. */
export function userCommands(): Command {
  const users = new Command('users')
    .description('accounts of the store')
    .addHelpText(
      'after',
      examples('users list', 'users add tom --email tom@shop.example --role shop_manager'),
    );
  const role = new Option('--role <role>', 'what the account may do')
    .choices([...ROLES])
    .makeOptionMandatory();
  const command = (name: string, description: string) =>
    users.command(name).description(description).option('--json', 'print the result as JSON');

  command('add', 'add an account')
    .argument('<login>', 'the login of the account', accountDetail('login'))
    .requiredOption(
      '--email <address>',
      'the email address, which also works for sign-in',
      accountDetail('email'),
    )
    .addOption(role)
    .option('--name <name>', 'the name shown (default: the login)', accountDetail('name'))
    .addOption(passwordOption())
    .addHelpText(
      'after',
      examples(
        'users add tom --email tom@shop.example --role shop_manager --name "Tom Reed"',
        'users add tom --email tom@shop.example --role customer --password-stdin < password.txt',
      ),
    )
    .action(
      withStore(async (context, login: string, options: AddOptions) => {
        const { password, shown, lines, lost } = await newPassword(options);
        const { email, name } = options;
        const account = { login, email, name, role: options.role, password };
        const user = await context.userAdministration.add(account, BY_COMMAND_LINE);
        const line = `Added ${user.login} (${user.role}) as user ${user.userId}.`;
        await printSecret(options, { ...viewUser(user), ...shown }, [line, ...lines], lost(user.login));
      }),
    );

  command('list', 'list all accounts')
    .addHelpText('after', examples('users list', 'users list --json'))
    .action(
      withStore(async ({ users: service, externalUsers }, options: { json?: boolean }) => {
        const all = await service.list();
        const subjects = await externalUsers.subjectsOf(all.map(({ userId }) => userId));
        const rows = all.map((user) => [
          String(user.userId),
          user.login,
          user.email,
          user.role,
          user.disabledAt === null ? 'active' : 'disabled',
          subjects.get(user.userId)?.way ?? 'password',
          utcDateTime(user.createdAt),
        ]);
        print(
          options,
          all.map((user) => ({ ...viewUser(user), external: subjects.get(user.userId) ?? null })),
          table(['ID', 'LOGIN', 'EMAIL', 'ROLE', 'STATE', 'SIGNS IN', 'CREATED (UTC)'], rows),
        );
      }),
    );

  addUserEditCommand(command);
  addUserRemoveCommand(command);
  addUserLinkCommands(command);
  command('disable', 'disable an account and stop its keys')
    .argument('<login>', 'the login of the account')
    .addHelpText('after', examples('users disable tom'))
    .action(
      withStore(async (context, login: string, options: { json?: boolean }) => {
        const user = await findUser(context, login);
        settle(user, await context.userAdministration.disable(user, BY_COMMAND_LINE));
        const stopped = await keysOf(context, user);
        const now = (await context.users.find(user.userId)) ?? user;
        print(
          options,
          {
            ...viewUser(now),
            keys: stopped.keys,
            apps: stopped.apps.map((app) => ({
              app_name: app.appName,
              callback_origin: app.callbackOrigin || null,
            })),
          },
          `Disabled ${user.login}.`,
          stopped.keys === 0 ? 'The account has no keys.' : `Stopped ${keysInWords(stopped)}.`,
        );
      }),
    );
  command('enable', 'enable a disabled account and its keys')
    .argument('<login>', 'the login of the account')
    .addHelpText('after', examples('users enable tom'))
    .action(
      withStore(async (context, login: string, options: { json?: boolean }) => {
        const user = await findUser(context, login);
        settle(user, await context.userAdministration.enable(user, BY_COMMAND_LINE));
        const now = (await context.users.find(user.userId)) ?? user;
        print(options, viewUser(now), `Enabled ${user.login}.`);
      }),
    );

  command('set-role', "change an account's role")
    .argument('<login>', 'the login of the account')
    .addArgument(new Argument('<role>', 'the new role').choices([...ROLES]))
    .addHelpText('after', examples('users set-role tom administrator'))
    .action(
      withStore(async (context, login: string, newRole: Role, options: { json?: boolean }) => {
        const user = await findUser(context, login);
        settle(user, await context.userAdministration.changeRole(user, newRole, BY_COMMAND_LINE));
        print(options, viewUser({ ...user, role: newRole }), `${user.login} is ${newRole} now.`);
      }),
    );

  command('set-password', "change an account's password and end its sessions")
    .argument('<login>', 'the login of the account')
    .addOption(passwordOption())
    .addHelpText(
      'after',
      examples('users set-password tom', 'users set-password tom --password-stdin < password.txt'),
    )
    .action(
      withStore(async (context, login: string, options: { passwordStdin?: boolean; json?: boolean }) => {
        const user = await findUser(context, login);
        const { password, shown, lines, lost } = await newPassword(options);
        settle(user, await context.userAdministration.setPassword(user, password, BY_COMMAND_LINE));
        await printSecret(
          options,
          { ...viewUser(user), ...shown },
          [`Changed the password of ${user.login}.`, ...lines],
          lost(user.login),
        );
      }),
    );
  return users;
}
