import { existsSync } from 'node:fs';
import { readConfig, type Config } from '../config';
import { userErrorOf } from '../errors/user-error';
import { openStore, type OpenStore } from '../open-store';
import { loadLanguages } from '../pages/languages';
import { createServices, type Services } from '../services';

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

/** Opens the store, runs `work`, and closes the store whether or not `work` succeeds. */
export async function onStore(work: (context: StoreContext) => Promise<void> | void): Promise<void> {
  const config = commandConfig();
  const store = await openStore(config);
  try {
    const services = createServices({ ...store, sessionLimits: config.session });
    const mistake = await userErrorOf(async () => work({ ...store, ...services }));
    if (mistake) throw new Error(loadLanguages().standard(mistake.key, mistake.values));
  } finally {
    await store.database.close();
  }
}
