import { existsSync } from 'node:fs';
import type { Actor } from '../administration/actor';
import { readConfig, type Config } from '../config';
import { openStore, type OpenStore } from '../open-store';
import { createServices, type Services } from '../services';

/** The command line knows nobody: whoever may read the database may do everything. */
export const BY_COMMAND_LINE: Actor = { how: 'command line' };

/** What a command works with. */
export type StoreContext = OpenStore & Services;

/**
 * The environment, filled in by a `.env` file of the working directory: what the server reads.
 * @throws ConfigError
 */
export function commandConfig(): Config {
  if (existsSync('.env')) process.loadEnvFile('.env');
  return readConfig(process.env);
}

/** Opens the store for one command and closes it whatever becomes of it. */
export function withStore<Args extends unknown[]>(
  work: (context: StoreContext, ...args: Args) => Promise<void> | void,
): (...args: Args) => Promise<void> {
  return async (...args) => {
    const config = commandConfig();
    const store = await openStore(config);
    try {
      const services = createServices({ ...store, sessionLimits: config.session });
      await work({ ...store, ...services }, ...args);
    } finally {
      await store.database.close();
    }
  };
}

/** With `--json` one JSON value on standard output, for scripts; else lines for a person. */
export function print({ json }: { json?: boolean }, value: unknown, ...lines: string[]): void {
  console.log(json ? JSON.stringify(value) : lines.join('\n'));
}

/** Rows in columns. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
