import { Command } from 'commander';
import { backUp } from '../storage/sqlite/backup';
import { secretKeyFileOf } from '../storage/secret-keys';
import { commandConfig, print } from './store-command';

/** `wc-auth backup FILE`: of the database as it is, whatever its schema; nothing is brought up to date first. */
export function backupCommand(): Command {
  return new Command('backup')
    .description('copy the database to a file while the server runs; the secret key is not in it')
    .argument('<file>', 'the copy')
    .option('--force', 'replace a file of that name')
    .option('--json', 'answer in JSON')
    .action((file: string, { force = false, json = false }: { force?: boolean; json?: boolean }) => {
      const config = commandConfig();
      const { database } = config;
      if (database.client !== 'sqlite')
        throw new Error('This copies SQLite files. PostgreSQL has its own ways: pg_dump, or a base backup.');
      const key = secretKeyFileOf(config, database);
      const backup = backUp(database.file, file, { replace: force, secretKeyFile: key });
      print(
        { json },
        { ...backup, secret_key_file: key ?? null },
        `Copied ${backup.keys} key${backup.keys === 1 ? '' : 's'}, ${backup.bytes} bytes, to ${backup.file}; the copy is sound.`,
        `The secret key is not in it, and without it no consumer secret can be opened. Keep a copy of ${key ?? 'SECRET_KEY'} too, elsewhere.`,
      );
    });
}
