import type { Config } from './config';
import type { Database } from './storage/database';
import { openDatabase } from './storage/drivers';
import { isUnusable, UnusableDatabaseError } from './storage/errors';
import { keyHolders } from './storage/key-holders';
import { migrate } from './storage/migrate';
import { refuseUnfinishedMove } from './storage/move/unfinished-move';
import { checkSecretKeys } from './storage/secret-key-registry';
import { secretKeys, type SecretKeys, type SecretKeySource } from './storage/secret-keys';

/** The database at the newest schema, and the secret keys that belong to it. */
export interface OpenStore {
  readonly database: Database;
  readonly secretKey: SecretKeys;
  /** The key that seals: what is derived from it, every server of this database knows. */
  readonly sealingKeyId: string;
  /** For a server, which keeps its keys as long as it runs: writes down which those are. Answers what takes it back. */
  readonly announceKeys: () => Promise<() => Promise<void>>;
  /** Names of the migrations just run. */
  readonly migrated: readonly string[];
}

type StoreConfig = Pick<Config, 'database'> & SecretKeySource;

/**
 * Opens what the configuration names and makes sure that all of it fits together.
 * @throws SchemaTooNewError, WrongSecretKeyError: the database belongs to another version, or another key.
 * @throws UnfinishedMoveError: not all of a store is in it yet.
 * @throws UnusableDatabaseError: it cannot be read or written.
 */
export async function openStore(config: StoreConfig): Promise<OpenStore> {
  try {
    return await open(config);
  } catch (error) {
    throw isUnusable(error) ? new UnusableDatabaseError(config.database, error) : error;
  }
}

async function open(config: StoreConfig): Promise<OpenStore> {
  const database = openDatabase(config.database);
  try {
    const keys = secretKeys(config, config.database);
    await refuseUnfinishedMove(database.knex);
    const migrated = await migrate(database);
    const sealingKeyId = await checkSecretKeys(database.knex, keys);
    await database.lease.take();
    const { announce } = keyHolders(database, keys);
    return { database, secretKey: keys, sealingKeyId, announceKeys: announce, migrated };
  } catch (error) {
    await database.close();
    throw error;
  }
}
