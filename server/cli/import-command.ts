import { Command, InvalidArgumentError, Option } from 'commander';
import { TimeZoneError, timeZone } from '../import/wordpress/site-time';
import { isRole, MANAGER_ROLES, type Role } from '../users/user';
import { examples } from './help';
import type { ImportOptions } from './import-options';
import { addImportVerifyCommand } from './import-verify-command';
import { positiveNumber } from './option-values';
import { withStore } from './store-command';

/** Returns the command `wc-auth import`. */
export function importCommand(): Command {
  const command = new Command('import')
    .description('bring keys and accounts over from WooCommerce; run it again to bring over what has changed')
    .option(
      '--from <source>',
      'required: a dump (.sql, .sql.gz, or JSON or CSV of phpMyAdmin), or mysql://USER@HOST/DATABASE',
    )
    .option('--dry-run', 'show what would be done, and write nothing')
    .option('--prefix <prefix>', 'the start of the table names (default: found, if there is only one store)')
    .option('--site <number>', 'the site of a network', positiveNumber)
    .addOption(
      new Option(
        '--time-zone <zone>',
        "the store's time zone, if the source has no options table: Europe/Berlin",
      ).argParser(existingTimeZone),
    )
    .addOption(
      new Option('--map-role <role=role>', 'what a role of a plugin becomes, such as warehouse=shop_manager')
        .argParser(mappedRole)
        .default(new Map(), 'none'),
    )
    .option('--all-users', 'also accounts that neither own a key nor may manage the store')
    .option('--include-resting', 'also keys whose owners may not manage the store; they have no access')
    .option('--owner <login>', 'the account here that gets the keys whose owner is not in the source')
    .option('--source <name>', "what the source is remembered by (default: the store's address)", sourceName)
    .option('--partial', 'the source has only some of the keys: revoke none, and disable no account')
    .option('--yes', 'allow that more than a tenth of the keys is revoked or loses access')
    .addOption(
      new Option('--watch <seconds>', 'repeat, with this pause, until the command is stopped')
        .argParser(pause)
        .conflicts('dryRun'),
    )
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `${examples(
        'import --from dump.sql.gz --dry-run',
        'import --from mysql://reader@db.example/shop --watch 60',
        'import verify --pairs pairs.txt',
      )}

The password of the database comes from IMPORT_DATABASE_PASSWORD or IMPORT_DATABASE_PASSWORD_FILE.
On a terminal, the command asks for it.`,
    )
    .action((options: ImportOptions, action: Command) => {
      const { from } = options;
      if (from === undefined) return action.error("error: required option '--from <source>' not specified");
      return withStore((context) => implementation().importFrom(context, { ...options, from }, action))(
        action,
      );
    });
  addImportVerifyCommand(command);
  return command;
}

/** Loads the import on first use, because it loads drivers and parsers. */
function implementation() {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('./import') as typeof import('./import');
}

/** A day. Node's timers fire at once for a pause of more than 24 days. */
const LONGEST_PAUSE = 86_400;

function pause(value: string): number {
  const seconds = /^\d{1,5}$/.test(value) ? Number(value) : 0;
  if (seconds >= 1 && seconds <= LONGEST_PAUSE) return seconds;
  throw new InvalidArgumentError(`It must be a number of seconds from 1 to ${LONGEST_PAUSE}.`);
}

/** An empty name, such as that of an unset variable of a shell, would be a source of its own. */
function sourceName(value: string): string {
  if (value.trim() === '') throw new InvalidArgumentError('It must not be empty.');
  return value;
}

/** Checks the time zone before the source is read, which can take minutes. */
function existingTimeZone(value: string): string {
  try {
    timeZone(value);
    return value;
  } catch (error) {
    if (!(error instanceof TimeZoneError)) throw error;
    throw new InvalidArgumentError(error.message);
  }
}

function mappedRole(value: string, before: ReadonlyMap<string, Role>): ReadonlyMap<string, Role> {
  const [name = '', role = '', ...further] = value.split('=');
  if (name === '' || !isRole(role) || !MANAGER_ROLES.includes(role) || further.length > 0)
    throw new InvalidArgumentError(`It must be NAME=${MANAGER_ROLES.join(' or NAME=')}.`);
  return new Map([...before, [name, role]]);
}
