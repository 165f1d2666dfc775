import type { Command } from 'commander';
import type { Actor } from '../administration/actor';
import type { Config } from '../config';
import { visibleText } from '../http/visible-text';
import { codeOf } from '../storage/error-codes';
import type { StoreContext } from './store-context';

export type { StoreContext } from './store-context';

/**
 * The actor of every command. A user who can read the database may do everything, so commands ask
 * for no account.
 */
export const BY_COMMAND_LINE: Actor = { how: 'command line' };

/**
 * Loads what a command runs on. `--help` needs none of it, and loading it takes longer than all the
 * rest.
 */
function implementation(): Implementation {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('./store-context') as Implementation;
}

type Implementation = typeof import('./store-context');

/**
 * Reads the configuration as the server does: the environment, completed by a `.env` file in the
 * working directory.
 * @throws ConfigError
 */
export const commandConfig = (): Config => implementation().commandConfig();

/** Like {@link commandConfig}, for a command that uses the database without opening the store. */
export const storeConfig = (command: Command): Config =>
  implementation().storeConfig({ quiet: isQuiet(command) });

/**
 * Checks a new account before a database is created for it.
 * @throws if a value is not allowed, with the message for the person
 */
export const checkNewAccount: Implementation['checkNewAccount'] = (account) =>
  implementation().checkNewAccount(account);

/**
 * Returns a command's action. It opens the store, runs `work`, and closes the store whether or not
 * `work` succeeds. Unless `create` is set, it fails if there is no store. Unless `upgrade` is set,
 * it fails if the store has an older schema.
 */
export function withStore<Args extends unknown[]>(
  work: (context: StoreContext, ...args: Args) => Promise<void> | void,
  { create = false, upgrade = false }: { create?: boolean; upgrade?: boolean } = {},
): (...args: [...Args, Command]) => Promise<void> {
  return (...all) => {
    const args = all.slice(0, -1) as Args;
    const command = all.at(-1) as Command;
    return implementation().onStore((context) => work(context, ...args), {
      create,
      upgrade,
      quiet: isQuiet(command),
    });
  };
}

/** Returns whether the command prints its result only. */
export const isQuiet = (command: Command): boolean =>
  command.optsWithGlobals<{ quiet?: boolean }>().quiet === true;

/** Prints one JSON value with `--json`, for scripts. Otherwise it prints the lines. */
export function print(options: { json?: boolean }, value: unknown, ...lines: string[]): void {
  console.log(printed(options, value, lines));
}

/**
 * Like {@link print}, for a secret that cannot be shown again.
 * @throws if it cannot be written, with `lost`, which says what to do then
 */
export async function printSecret(
  options: { json?: boolean },
  value: unknown,
  lines: readonly string[],
  lost: string,
): Promise<void> {
  const text = `${printed(options, value, lines)}\n`;
  const failure = await new Promise((written) => process.stdout.write(text, written));
  if (failure) throw new Error(`The output could not be written (${codeOf(failure)}). ${lost}`.trimEnd());
}

const printed = ({ json }: { json?: boolean }, value: unknown, lines: readonly string[]): string =>
  json ? JSON.stringify(value) : lines.join('\n');

/** A column of a table: its head, and what a row has in it. */
export type Column<Row> = readonly [head: string, cell: (row: Row) => string];

/**
 * Lays out rows under their heads. A column of `seldomUsed` is there only if a row has more than `-` in
 * it.
 */
export function tableOf<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  seldomUsed: readonly string[],
): string {
  const used = columns.filter(
    ([head, cell]) => !seldomUsed.includes(head) || rows.some((row) => cell(row) !== '-'),
  );
  return table(
    used.map(([head]) => head),
    rows.map((row) => used.map(([, cell]) => cell(row))),
  );
}

/**
 * Returns rows as text, aligned in columns. Without the characters that could change the terminal
 * or the order of the text.
 */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map((cell) => visibleText(cell)));
  const widths = head.map((title, column) =>
    cells.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), title.length),
  );
  return [head, ...cells]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
