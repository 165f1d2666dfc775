import { realpathSync, existsSync } from 'node:fs';
import { Command } from 'commander';
import { placeOf, readDatabaseUrl } from '../storage/drivers';
import type { Progress } from '../storage/move/moved-rows';
import { move } from './move';
import { commandConfig, print, withStore } from './store-command';

interface MoveOptions {
  to: string;
  json?: boolean;
}

const CONNECTIONS = 4;
const TELL_EVERY_MS = 5_000;

/** `wc-auth move --to URL` */
export function moveCommand(): Command {
  return new Command('move')
    .description(
      'copy the store from SQLite into PostgreSQL and compare every row; all servers have to be stopped',
    )
    .requiredOption(
      '--to <url>',
      'postgres://…: an empty database, or where a move of this store was cut off',
    )
    .option('--json', 'answer in JSON')
    .action(async (options: MoveOptions, command: Command) => {
      // Not by commander's own check, which would repeat the URL, and with it the password.
      const to = readDatabaseUrl(options.to)?.(CONNECTIONS);
      if (to?.client !== 'postgres')
        return command.error('error: --to is not postgres://USER:PASSWORD@HOST/DATABASE');
      const { database: from } = commandConfig();
      if (from.client !== 'sqlite')
        throw new Error('This moves an SQLite store: name it in DATABASE_URL for this command.');
      // It would be made, and an empty store be moved.
      if (!existsSync(from.file)) throw new Error(`There is no store at ${from.file}: look at DATABASE_URL.`);
      const file = realpathSync(from.file);

      await withStore(async (context) => {
        const rows = await move({ context, file, to, tell: options.json ? SILENT : lines() });
        const { secretKey } = context;
        print(
          options,
          { from: file, to: placeOf(to), rows, secret_key_file: secretKey.file ?? null },
          `Moved ${rows['consumer_keys']} keys and ${rows['users']} accounts to ${placeOf(to)}; every row was compared.`,
          secretKey.file === undefined
            ? 'Start the servers with that DATABASE_URL and the same SECRET_KEY as before.'
            : `Start the servers with that DATABASE_URL and SECRET_KEY_FILE=${realpathSync(secretKey.file)}: with PostgreSQL no key file is looked for.`,
        );
      })();
    });
}

const SILENT = () => undefined;

/** One line a table on standard error, and some between where it takes long. */
function lines(): (progress: Progress) => void {
  let told = Date.now();
  return ({ done, table, rows, whole }) => {
    if (!whole && Date.now() - told < TELL_EVERY_MS) return;
    told = Date.now();
    console.error(`${done} ${table}: ${rows}${whole ? '' : ' so far'}`);
  };
}
