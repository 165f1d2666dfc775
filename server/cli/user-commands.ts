import { Argument, Command, Option } from 'commander';
import type { Actor } from '../administration/actor';
import type { UserAdministration, UserOutcome } from '../administration/user-administration';
import { utcDateTime } from '../consumer-keys/description';
import { ROLES, type Role, type User } from '../users/user';
import { newPassword, passwordOption } from './new-password';
import { BY_COMMAND_LINE, print, table, withStore, type StoreContext } from './store-command';

interface AddOptions {
  email: string;
  role: Role;
  name?: string;
  passwordStdin?: boolean;
  json?: boolean;
}

/** `wc-auth users …` */
export function userCommands(): Command {
  const users = new Command('users').description('accounts of the store');
  const role = new Option('--role <role>', 'what the account may do')
    .choices([...ROLES])
    .makeOptionMandatory();
  const command = (name: string, description: string) =>
    users.command(name).description(description).option('--json', 'print the result as JSON');

  command('add', 'add an account')
    .argument('<login>')
    .requiredOption('--email <address>', 'the email address, which also works for sign-in')
    .addOption(role)
    .option('--name <name>', 'the name shown (default: the login)')
    .addOption(passwordOption())
    .action(
      withStore(async (context, login: string, options: AddOptions) => {
        const { password, shown, lines } = await newPassword(options);
        const { email, name } = options;
        const account = { login, email, name, role: options.role, password };
        const user = await context.userAdministration.add(account, BY_COMMAND_LINE);
        const line = `Added ${user.login} (${user.role}) as user ${user.userId}.`;
        print(options, { ...viewUser(user), ...shown }, line, ...lines);
      }),
    );

  command('list', 'list all accounts').action(
    withStore(async ({ users: service }, options: { json?: boolean }) => {
      const all = await service.list();
      const rows = all.map((user) => [
        String(user.userId),
        user.login,
        user.email,
        user.role,
        user.disabledAt === null ? 'active' : 'disabled',
        utcDateTime(user.createdAt),
      ]);
      print(
        options,
        all.map(viewUser),
        table(['ID', 'LOGIN', 'EMAIL', 'ROLE', 'STATE', 'CREATED (UTC)'], rows),
      );
    }),
  );

  onOne(
    'remove',
    'remove an account, its sessions and its keys',
    'Removed',
    (administration) => administration.remove,
  );
  command('disable', 'disable an account and stop its keys')
    .argument('<login>')
    .action(
      withStore(async (context, login: string, options: { json?: boolean }) => {
        const user = await find(context, login);
        settle(user, await context.userAdministration.disable(user, BY_COMMAND_LINE));
        const { keys, apps } = await stopped(context, user);
        const now = (await context.users.find(user.userId)) ?? user;
        const ofApps = apps.length === 0 ? '' : `, of ${apps.map((app) => app.appName).join(', ')}`;
        print(
          options,
          {
            ...viewUser(now),
            keys,
            apps: apps.map((app) => ({ app_name: app.appName, callback_origin: app.callbackOrigin })),
          },
          `Disabled ${user.login}.`,
          keys === 0 ? 'The account has no keys.' : `Stopped ${keys} key${keys === 1 ? '' : 's'}${ofApps}.`,
        );
      }),
    );
  onOne(
    'enable',
    'enable a disabled account and its keys',
    'Enabled',
    (administration) => administration.enable,
  );

  command('set-role', "change an account's role")
    .argument('<login>')
    .addArgument(new Argument('<role>').choices([...ROLES]))
    .action(
      withStore(async (context, login: string, newRole: Role, options: { json?: boolean }) => {
        const user = await find(context, login);
        settle(user, await context.userAdministration.changeRole(user, newRole, BY_COMMAND_LINE));
        print(options, viewUser({ ...user, role: newRole }), `${user.login} is ${newRole} now.`);
      }),
    );

  command('set-password', "change an account's password and end its sessions")
    .argument('<login>')
    .addOption(passwordOption())
    .action(
      withStore(async (context, login: string, options: { passwordStdin?: boolean; json?: boolean }) => {
        const user = await find(context, login);
        const { password, shown, lines } = await newPassword(options);
        settle(user, await context.userAdministration.setPassword(user, password, BY_COMMAND_LINE));
        print(options, { ...viewUser(user), ...shown }, `Changed the password of ${user.login}.`, ...lines);
      }),
    );
  return users;

  function onOne(
    name: string,
    description: string,
    done: string,
    workOf: (administration: UserAdministration) => (user: User, by: Actor) => Promise<UserOutcome>,
  ): void {
    command(name, description)
      .argument('<login>')
      .action(
        withStore(async (context, login: string, options: { json?: boolean }) => {
          const user = await find(context, login);
          settle(user, await workOf(context.userAdministration)(user, BY_COMMAND_LINE));
          const now = (await context.users.find(user.userId)) ?? user;
          print(options, viewUser(now), `${done} ${user.login}.`);
        }),
      );
  }
}

/** Returns the keys and apps of a disabled account. */
async function stopped({ keyList, appList }: StoreContext, { userId }: User) {
  const totals = await keyList.totals({ userId });
  const { apps } = await appList.ofSelection({ selection: { userId }, roles: ROLES }, 1_000);
  return { keys: totals.reduce((all, { keys }) => all + keys, 0), apps };
}

function settle(user: User, outcome: UserOutcome): void {
  if (outcome !== 'done') throw new Error(`There is no user ${JSON.stringify(user.login)}.`);
}

export async function find({ users }: StoreContext, login: string): Promise<User> {
  const user = await users.findByLogin(login);
  if (!user) throw new Error(`There is no user ${JSON.stringify(login)}.`);
  return user;
}

/** Returns an account for the JSON output. */
export const viewUser = (user: User) => ({
  user_id: user.userId,
  login: user.login,
  email: user.email,
  name: user.name,
  role: user.role,
  disabled: user.disabledAt !== null,
});
