import { Command } from 'commander';
import { backUp } from '../storage/sqlite/backup';
import { secretKeyFileOf } from '../storage/secret-keys';
import { refuseMissingFile } from '../storage/no-store';
import { print, storeConfig } from './store-command';

interface BackupOptions {
  force?: boolean;
  json?: boolean;
}

/**
 * `wc-auth backup FILE`. It copies the database with its current schema, and does not migrate it.
 */
export function backupCommand(): Command {
  return new Command('backup')
    .description('copy the database to a file while the server runs, without the secret key')
    .argument('<file>', 'the file to write')
    .option('--force', 'replace an existing file')
    .option('--json', 'print the result as JSON')
    .action((file: string, { force = false, json = false }: BackupOptions, command: Command) => {
      const config = storeConfig(command);
      const { database } = config;
      if (database.client !== 'sqlite')
        throw new Error(
          'wc-auth backup copies SQLite files only. For PostgreSQL, use pg_dump or a base backup.',
        );
      refuseMissingFile(database);
      const key = secretKeyFileOf(config, database);
      const backup = backUp(database.file, file, { replace: force, secretKeyFile: key });
      print(
        { json },
        { ...backup, secret_key_file: key ?? null },
        `Copied ${backup.keys} key${backup.keys === 1 ? '' : 's'}, ${backup.bytes} bytes, to ${backup.file}. The copy passed its check.`,
        `The copy does not contain the secret key, which decrypts the consumer secrets. Also back up ${key ?? 'SECRET_KEY'}, in another place.`,
      );
    });
}
