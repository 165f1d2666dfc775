import { examples } from './help';
import { Command } from 'commander';
import type { Config } from '../config';
import { dumpCommands } from '../storage/postgres/dump-commands';
import { secretKeyFileOf } from '../storage/secret-keys';
import { rejectMissingFile } from '../storage/no-store';
import { stepPrinter } from './progress';
import { print, storeConfig } from './store-command';

const STEPS = { copying: 'Copying the database …', checking: 'Checking the copy …' };

interface BackupOptions {
  force?: boolean;
  json?: boolean;
}

/**
 * Returns the command `wc-auth backup FILE`. It copies the database with its current schema, and
 * does not migrate it.
 */
export function backupCommand(): Command {
  return new Command('backup')
    .description('copy the database to a file while the server runs, without the secret key')
    .argument('<file>', 'the file to write')
    .option('--force', 'replace an existing file')
    .addHelpText(
      'after',
      examples('backup /var/backups/wc-auth.sqlite', 'backup /var/backups/wc-auth.sqlite --force --quiet'),
    )
    .option('--json', 'print the result as JSON')
    .action((file: string, { force = false, json = false }: BackupOptions, command: Command) => {
      if (file === '') return command.error('error: name the file to write');
      const config = storeConfig(command);
      const { database } = config;
      if (database.client !== 'sqlite') throw new Error(postgresAdvice(config, database.url, file));
      rejectMissingFile(database);
      const key = secretKeyFileOf(config, database);
      const step = stepPrinter(command);
      const backup = implementation().backUp(database.file, file, {
        replace: force,
        secretKeyFile: key,
        tell: (name) => {
          step(STEPS[name]);
        },
      });
      print(
        { json },
        { ...backup, secret_key_file: key ?? null },
        `Copied ${backup.keys} key${backup.keys === 1 ? '' : 's'}, ${backup.bytes} bytes, to ${backup.file}. The copy passed its check.`,
        `The copy does not contain the secret key, which decrypts the consumer secrets. Also back up ${key ?? 'SECRET_KEY'}, in another place.`,
      );
    });
}

/** Returns what to do instead on PostgreSQL, whose own program makes the backup. */
function postgresAdvice({ secretKeyFile }: Config, url: string, file: string): string {
  const { dump, restore } = dumpCommands(url, file);
  return `wc-auth backup copies SQLite files only, and wrote nothing. Back up PostgreSQL with pg_dump, while the servers run:

  ${dump}

Run \`umask 077\` before it, so that only you can read the dump. The dump does not contain the secret key, which decrypts the consumer secrets. Also back up ${secretKeyFile ?? 'SECRET_KEY'}, in another place.
To restore, stop every server, make an empty database, and run:

  ${restore}

Both programs ask for the password, or read it from PGPASSWORD or ~/.pgpass. See docs/backup.md.`;
}

/** Loads the backup on first use, because it loads SQLite's driver. */
function implementation() {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('../storage/sqlite/backup') as typeof import('../storage/sqlite/backup');
}
