import type { Config } from './config';
import type { Database } from './storage/database';
import { openDatabase } from './storage/drivers';
import { isUnusable, UnusableDatabaseError } from './storage/errors';
import { keyHolders } from './storage/key-holders';
import { hasSchema, migrate, pendingSteps } from './storage/migrate';
import { NoStoreError, rejectMissingFile } from './storage/no-store';
import { OldSchemaError } from './storage/old-schema-error';
import { rejectUnfinishedMove } from './storage/move/unfinished-move';
import { checkSecretKeys } from './storage/secret-key-registry';
import { secretKeys, type SecretKeys, type SecretKeySource } from './storage/secret-keys';

/** The database at the newest schema, and the matching secret keys. */
export interface OpenStore {
  readonly database: Database;
  readonly secretKey: SecretKeys;
  /**
   * The key that seals new secrets. Every server of this database knows what is derived from it.
   */
  readonly sealingKeyId: string;
  /**
   * Records the secret keys that this server holds for as long as it runs. Returns the function
   * that removes the record.
   */
  readonly announceKeys: () => Promise<() => Promise<void>>;
  /** The names of the migrations that just ran. */
  readonly migrated: readonly string[];
  /** Whether the database contained no store before. */
  readonly created: boolean;
}

export interface OpenOptions {
  /** Whether to create the store if there is none. Default: true. */
  readonly create?: boolean;
  /** Whether to bring an older schema up to date. Default: true. */
  readonly upgrade?: boolean;
}

type StoreConfig = Pick<Config, 'database'> & SecretKeySource;

/**
 * Opens the configured store and checks that its parts belong together.
 *
 * @throws SchemaTooNewError, WrongSecretKeyError if the database belongs to another version or
 * another key.
 * @throws UnfinishedMoveError if the store was not moved completely.
 * @throws UnusableDatabaseError if the database cannot be read or written.
 * @throws NoStoreError if there is no store and `create` is false. Nothing was created.
 * @throws OldSchemaError if the schema is older and `upgrade` is false. Nothing was changed.
 */
export async function openStore(
  config: StoreConfig,
  { create = true, upgrade = true }: OpenOptions = {},
): Promise<OpenStore> {
  try {
    return await open(config, { create, upgrade });
  } catch (error) {
    throw isUnusable(error) ? new UnusableDatabaseError(config.database, error) : error;
  }
}

async function open(config: StoreConfig, { create, upgrade }: Required<OpenOptions>): Promise<OpenStore> {
  if (!create) rejectMissingFile(config.database);
  const database = openDatabase(config.database);
  try {
    await rejectUnfinishedMove(database.knex);
    const created = !(await hasSchema(database.knex));
    if (created && !create) throw new NoStoreError(config.database);
    if (!created && !upgrade && (await pendingSteps(database.knex)).length > 0) throw new OldSchemaError();
    const keys = secretKeys(config, config.database, { mayMakeFile: created });
    const migrated = await migrate(database);
    const sealingKeyId = await checkSecretKeys(database.knex, keys);
    await database.lease.take();
    const { announce } = keyHolders(database, keys);
    return { database, secretKey: keys, sealingKeyId, announceKeys: announce, migrated, created };
  } catch (error) {
    await database.close();
    throw error;
  }
}
