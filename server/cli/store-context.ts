import type { KeyLifetimes } from '../consumer-keys/key-lifetime';
import { loadEnvFile, readConfig, type Config } from '../config';
import { userErrorOf } from '../errors/user-error';
import { openStore, type OpenStore } from '../open-store';
import { loadLanguages } from '../pages/languages';
import { createServices, type Services } from '../services';
import { placeOf } from '../storage/drivers';
import { checkAccount } from '../users/user-service';

/** What a command works with. */
export type StoreContext = OpenStore & Services & { readonly lifetimes: KeyLifetimes };

/**
 * Reads the configuration as the server does: the environment, completed by a `.env` file in the
 * working directory.
 * @throws ConfigError, or if `.env` cannot be read
 */
export function commandConfig(): Config {
  loadEnvFile();
  return readConfig(process.env);
}

export interface StoreUse {
  /** Whether to create the store if there is none. */
  readonly create: boolean;
  /** Whether to bring an older schema up to date. */
  readonly upgrade: boolean;
  /** Whether to print neither which database is used nor what is probably wrong in the settings. */
  readonly quiet: boolean;
}

/**
 * Reads the configuration, and prints on standard error which database the command uses. With
 * `warn`, also prints what is probably a mistake in the settings.
 * @throws ConfigError
 */
export function storeConfig({ quiet, warn = true }: { quiet: boolean; warn?: boolean }): Config {
  const config = commandConfig();
  if (quiet) return config;
  if (warn) for (const warning of config.warnings) console.error(`Warning: ${warning}`);
  console.error(`Database: ${placeOf(config.database)}`);
  return config;
}

/**
 * Opens the store, runs `work`, and closes the store whether or not `work` succeeds.
 * @throws NoStoreError, OldSchemaError
 */
export async function onStore(
  work: (context: StoreContext) => Promise<void> | void,
  use: StoreUse,
): Promise<void> {
  const config = storeConfig(use);
  const store = await openStore(config, use);
  try {
    const services = createServices({
      ...store,
      sessionLimits: config.session,
      lifetimes: config.keyLifetimes,
    });
    await inWords(async () => work({ ...store, ...services, lifetimes: config.keyLifetimes }));
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
