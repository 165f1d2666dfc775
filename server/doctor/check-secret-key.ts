import { existsSync } from 'node:fs';
import type { Config } from '../config';
import type { Database } from '../storage/database';
import { codeOf } from '../storage/error-codes';
import { sealingKeyIdAmong, WrongSecretKeyError } from '../storage/secret-key-registry';
import { secretKeyFileOf, secretKeys, type SecretKeys } from '../storage/secret-keys';
import { ok, problem, RUN_AS_SERVER, type Finding } from './finding';

export interface CheckedSecretKey {
  readonly findings: readonly Finding[];
  /** `undefined` if they cannot be read. */
  readonly keys: SecretKeys | undefined;
  /** The key that seals, which every server of the database has. */
  readonly sealingKeyId: string | undefined;
}

/** Reads the secret keys and compares them with the database. Creates no key. */
export async function checkSecretKey(
  config: Config,
  database: Database | undefined,
): Promise<CheckedSecretKey> {
  const wrong = (detail: string, fix: string, keys?: SecretKeys): CheckedSecretKey => ({
    findings: [problem('secret_key', detail, fix)],
    keys,
    sealingKeyId: undefined,
  });
  const file = secretKeyFileOf(config, config.database);
  if (file !== undefined && !existsSync(file))
    return database === undefined
      ? { findings: [], keys: undefined, sealingKeyId: undefined }
      : wrong(
          `The key file ${file} is missing.`,
          'Restore it from the backup of the key, or name it in SECRET_KEY_FILE.',
        );
  let keys: SecretKeys;
  try {
    keys = secretKeys(config, config.database, { mayMakeFile: false });
  } catch (error) {
    const isUnreadable = file !== undefined && (error as NodeJS.ErrnoException).syscall !== undefined;
    return isUnreadable
      ? wrong(`The key file ${file} cannot be read (${codeOf(error)}).`, RUN_AS_SERVER)
      : wrong((error as Error).message, 'The file must contain the key of this store.');
  }
  if (database === undefined) return { findings: [], keys, sealingKeyId: undefined };
  try {
    const sealingKeyId = await sealingKeyIdAmong(database.knex, keys);
    const detail =
      sealingKeyId === undefined ? 'The database has no key yet.' : 'It is the key of this database.';
    return { findings: [ok('secret_key', detail)], keys, sealingKeyId };
  } catch (error) {
    if (!(error instanceof WrongSecretKeyError)) throw error;
    return wrong(error.message, file === undefined ? 'SECRET_KEY=<the old key>' : `Restore ${file}.`, keys);
  }
}
