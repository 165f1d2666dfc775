import { existsSync } from 'node:fs';
import { readConfig, type Config } from '../config';
import { userErrorOf } from '../errors/user-error';
import { openStore, type OpenStore } from '../open-store';
import { loadLanguages } from '../pages/languages';
import { createServices, type Services } from '../services';
import { placeOf } from '../storage/drivers';
import { checkAccount } from '../users/user-service';

/** What a command works with. */
export type StoreContext = OpenStore & Services;

/**
 * Reads the configuration as the server does: the environment, completed by a `.env` file in the
 * working directory.
 * @throws ConfigError
 */
export function commandConfig(): Config {
  if (existsSync('.env')) process.loadEnvFile('.env');
  return readConfig(process.env);
}

export interface StoreUse {
  /** Whether to create the store if there is none. */
  readonly create: boolean;
  /** Whether to print nothing about which database is used. */
  readonly quiet: boolean;
}

/**
 * Reads the configuration, and prints on standard error which database the command uses.
 * @throws ConfigError
 */
export function storeConfig({ quiet }: Pick<StoreUse, 'quiet'>): Config {
  const config = commandConfig();
  if (!quiet) console.error(`Database: ${placeOf(config.database)}`);
  return config;
}

/**
 * Opens the store, runs `work`, and closes the store whether or not `work` succeeds.
 * @throws NoStoreError
 */
export async function onStore(
  work: (context: StoreContext) => Promise<void> | void,
  use: StoreUse,
): Promise<void> {
  const config = storeConfig(use);
  const store = await openStore(config, use);
  try {
    const services = createServices({ ...store, sessionLimits: config.session });
    await inWords(async () => work({ ...store, ...services }));
  } finally {
    await store.database.close();
  }
}

/** Checks an account before the store that it will be in exists. */
export const checkNewAccount = (account: Parameters<typeof checkAccount>[0]): Promise<void> =>
  inWords(() => Promise.resolve(account).then(checkAccount));

/** Runs `work`, and puts a mistake in an account into words. */
async function inWords(work: () => Promise<void>): Promise<void> {
  const mistake = await userErrorOf(work);
  if (mistake) throw new Error(loadLanguages().standard(mistake.key, mistake.values));
}
