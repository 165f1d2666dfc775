import { Command, type CommanderError } from 'commander';
import { appCommands } from './app-commands';
import { backupCommand } from './backup-command';
import { completionCommand } from './completion-command';
import { doctorCommand } from './doctor-command';
import { emulateCommand } from './emulate-command';
import { healthcheckCommand } from './healthcheck-command';
import { examples, HELP } from './help';
import { historyCommand } from './history-command';
import { importCommand } from './import-command';
import { initCommand } from './init-command';
import { keyCommands } from './key-commands';
import { secretCommands } from './secret-command';
import { moveCommand } from './move-command';
import { print, withStore } from './store-command';
import { tryCallbackCommand } from './try-callback-command';
import { userCommands } from './user-commands';
import { packageVersion } from '../version';

/** Returns the `wc-auth` command. Every command reads the same environment as the server. */
export function createProgram(): Command {
  const program = new Command('wc-auth')
    .description('A WooCommerce-compatible authorization server: the one-click key grant of /wc-auth/v1.')
    .version(packageVersion(), '--version', 'print the version')
    .option('--quiet', 'do not print which database is used, or progress')
    .showHelpAfterError('(add --help for the arguments and options of this command)')
    .configureHelp(HELP)
    .addHelpText(
      'after',
      examples('init mara --email mara@shop.example', 'keys list --unused 90', 'help keys revoke'),
    );

  program.addCommand(initCommand());
  program
    .command('serve')
    .description('start the server')
    .addHelpText('after', examples('serve'))
    .action(() => {
      const { main, fail } = server();
      return main(process.env).catch(fail);
    });
  program
    .command('migrate')
    .description('bring the database to the newest schema; create the tables if there are none')
    .addHelpText('after', examples('migrate'))
    .option('--json', 'print the result as JSON')
    .action(
      withStore(
        ({ migrated }, options: { json?: boolean }) => {
          const line = migrated.length > 0 ? `Ran ${migrated.join(', ')}.` : 'Nothing to do.';
          print(options, { migrated }, line);
        },
        { create: true, upgrade: true },
      ),
    );
  program.addCommand(userCommands());
  program.addCommand(keyCommands());
  program.addCommand(appCommands());
  program.addCommand(historyCommand());
  program.addCommand(backupCommand());
  program.addCommand(moveCommand());
  program.addCommand(importCommand());
  program.addCommand(secretCommands());
  program.addCommand(tryCallbackCommand());
  program.addCommand(doctorCommand());
  program.addCommand(healthcheckCommand());
  program.addCommand(emulateCommand());
  program.addCommand(completionCommand(program));
  // Usage errors exit with 2. Commander exits with 1, which scripts could not tell from a failed
  // command.
  program.exitOverride((error: CommanderError) => process.exit(error.exitCode === 0 ? 0 : 2));
  inherit(program);
  return program;
}

/** Gives all commands the program's settings. Commander does not do that for `addCommand`. */
function inherit(parent: Command): void {
  for (const command of parent.commands) inherit(command.copyInheritedSettings(parent));
}

/** Loads the server. No other command needs it. */
function server() {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('../process') as typeof import('../process');
}
