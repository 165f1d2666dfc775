import { examples } from './help';
import { Command } from 'commander';
import { OldSchemaError } from '../storage/old-schema-error';
import type { User } from '../users/user';
import { newPassword, passwordOption } from './new-password';
import { accountDetail } from './option-values';
import {
  BY_COMMAND_LINE,
  checkNewAccount,
  print,
  printSecret,
  withStore,
  type StoreContext,
} from './store-command';
import { viewUser } from './user-view';

interface InitOptions {
  email: string;
  name?: string;
  passwordStdin?: boolean;
  json?: boolean;
}

type Administrator = Parameters<StoreContext['userAdministration']['add']>[0];

/**
 * Returns the command `wc-auth init LOGIN`, which creates the database, its key file and the first
 * administrator.
 */
export function initCommand(): Command {
  return new Command('init')
    .description('create the database, its secret key file and the first administrator')
    .argument('<login>', 'the login of the administrator', accountDetail('login'))
    .requiredOption(
      '--email <address>',
      'the email address, which also works for sign-in',
      accountDetail('email'),
    )
    .option('--name <name>', 'the name shown (default: the login)', accountDetail('name'))
    .addOption(passwordOption())
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      examples(
        'init mara --email mara@shop.example',
        'init mara --email mara@shop.example --name "Mara Reed" --password-stdin < password.txt',
      ),
    )
    .action(init);
}

async function init(login: string, options: InitOptions, command: Command): Promise<void> {
  const { email, name } = options;
  const { password, shown, lines, lost } = await newPassword(options);
  const account = { login, email, name, role: 'administrator' as const, password };
  await checkNewAccount(account);
  const create = withStore(
    async (context) => {
      const user = await addFirst(context, account);
      const { created, secretKey } = context;
      const store = { created, secret_key_file: secretKey.file ?? null };
      if (user === undefined)
        return print(
          options,
          { ...store, user: null },
          'The store exists already and has accounts. Nothing was changed.',
          'To add an account, run: npx wc-auth users add LOGIN --email ADDRESS --role ROLE',
        );
      await printSecret(
        options,
        { ...store, user: { ...viewUser(user), ...shown } },
        [
          ...(created ? ['Created the store.'] : []),
          ...(secretKey.file === undefined ? [] : [`Secret key file: ${secretKey.file}`]),
          `Added ${user.login} (${user.role}) as user ${user.userId}.`,
          ...lines,
          'Next, start the server with: npx wc-auth serve',
        ],
        lost(user.login),
      );
    },
    { create: true },
  );
  try {
    await create(command);
  } catch (error) {
    if (!(error instanceof OldSchemaError)) throw error;
    // A container that runs `init` before each `serve` must get to `serve`, which upgrades.
    print(
      options,
      { created: false, secret_key_file: null, user: null },
      'The store exists already and has an older schema. Nothing was changed.',
      'The server upgrades the schema when it starts. To upgrade it now, run: npx wc-auth migrate',
    );
  }
}

/**
 * Adds an account to a store that has none. Returns `undefined` if it has one.
 * @throws if another process does the same at this moment.
 */
async function addFirst(
  { database, users, userAdministration }: StoreContext,
  account: Administrator,
): Promise<User | undefined> {
  const outcome = await database.lease.alone('init', async () =>
    (await users.exist()) ? 'exists' : userAdministration.add(account, BY_COMMAND_LINE),
  );
  if (outcome === undefined)
    throw new Error('Another run of `wc-auth init` is in progress. Nothing was changed. Wait until it ends.');
  return outcome === 'exists' ? undefined : outcome;
}
