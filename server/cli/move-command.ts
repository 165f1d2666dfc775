import { examples } from './help';
import { realpathSync } from 'node:fs';
import { Command } from 'commander';
import { placeOf, readDatabaseUrl } from '../storage/drivers';
import type { Progress } from '../storage/move/moved-rows';
import { commandConfig, isQuiet, print, withStore } from './store-command';

interface MoveOptions {
  to: string;
  json?: boolean;
}

const CONNECTIONS = 4;
const TELL_EVERY_MS = 5_000;

/** Returns the command `wc-auth move --to URL`. */
export function moveCommand(): Command {
  return new Command('move')
    .description('copy the store from SQLite to PostgreSQL and compare every row; stop all servers first')
    .requiredOption(
      '--to <url>',
      'postgres://…: an empty database, or the target of an unfinished move of this store',
    )
    .option('--json', 'print the result as JSON')
    .addHelpText('after', examples('move --to postgres://wc_auth@db.example/wc_auth'))
    .action(async (options: MoveOptions, command: Command) => {
      // Commander's own check would print the URL, and with it the password.
      const to = readDatabaseUrl(options.to)?.(CONNECTIONS);
      if (to?.client !== 'postgres')
        return command.error('error: --to must be postgres://USER:PASSWORD@HOST/DATABASE');
      const { database: from } = commandConfig();
      if (from.client !== 'sqlite')
        throw new Error(
          'wc-auth move copies a store from SQLite. Set DATABASE_URL to the SQLite file for this command.',
        );
      await withStore(async (context) => {
        const file = realpathSync(from.file);
        const rows = await implementation().move({
          context,
          file,
          to,
          tell: options.json || isQuiet(command) ? SILENT : lines(),
        });
        const { secretKey } = context;
        print(
          options,
          { from: file, to: placeOf(to), rows, secret_key_file: secretKey.file ?? null },
          `Moved ${counted(rows['consumer_keys'], 'key')} and ${counted(rows['users'], 'account')} to ${placeOf(to)}. Every row was compared.`,
          secretKey.file === undefined
            ? 'Start the servers with that DATABASE_URL and the same SECRET_KEY as before.'
            : `Start the servers with that DATABASE_URL and SECRET_KEY_FILE=${realpathSync(secretKey.file)}: with PostgreSQL, the server does not look for a key file.`,
        );
      })(command);
    });
}

/** Loads the move on first use, because it loads PostgreSQL's driver. */
function implementation() {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('./move') as typeof import('./move');
}

const SILENT = () => undefined;

const counted = (count = 0, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/**
 * Returns a function that prints a line per table on standard error, and more lines for a large
 * table.
 */
function lines(): (progress: Progress) => void {
  let told = Date.now();
  return ({ done, table, rows, whole }) => {
    if (!whole && Date.now() - told < TELL_EVERY_MS) return;
    told = Date.now();
    console.error(`${done} ${table}: ${rows}${whole ? '' : ' so far'}`);
  };
}
