import { writeFileSync } from 'node:fs';
import type { Database } from '../storage/database';
import { newSecretKeyText, readOrMakeSecretKeyFile, replaceSecretKeyFile } from '../storage/secret-key-file';
import { keyHolders } from '../storage/key-holders';
import { forgetOthers, sealWith, secretKeyRegistry } from '../storage/secret-key-registry';
import type { SecretKeys } from '../storage/secret-keys';
import { secretKey } from '../storage/secret-key';
import { reseal } from './reseal';
import type { SecretSealing } from './secret-sealing';

export interface Rotation {
  /** The key with which everything is sealed now. */
  readonly keyId: string;
  readonly resealed: number;
  /** The ids of keys whose secret no key opens. The old key is kept as long as there are any. */
  readonly damaged: readonly number[];
  /**
   * The file of the old keys, for earlier backups. `undefined`: they came from the environment, or
   * were damaged.
   */
  readonly oldKeysFile: string | undefined;
}

type RotatedDatabase = Pick<Database, 'knex' | 'hot' | 'lease' | 'transaction'>;

/**
 * Replaces the secret key while servers run.
 *
 * After each step, every server can open every secret. First the servers get the new key: from the
 * file, which they read again, or from their environment beforehand. Then the database names the
 * new key, and one secret after the other is sealed with it. The old key is removed when no secret
 * needs it. If the run is interrupted, the next one continues.
 *
 * Only one run is allowed at a time. A second one would overwrite the new key of the first one,
 * with which secrets are sealed by then.
 *
 * @throws if another run is in progress, the environment has no other key to change to, or a
 * running server does not have the new one.
 */
export async function rotateSecretKey(
  database: RotatedDatabase,
  keys: SecretKeys,
  sealing: SecretSealing,
  tell?: (resealed: number) => void,
): Promise<Rotation> {
  const rotation = await database.lease.alone('secret-rotation', () => rotate(database, keys, sealing, tell));
  if (rotation === undefined) throw new Error(UNDER_WAY);
  return rotation;
}

async function rotate(
  database: RotatedDatabase,
  keys: SecretKeys,
  sealing: SecretSealing,
  tell?: (resealed: number) => void,
): Promise<Rotation> {
  const registry = secretKeyRegistry(database);
  const settled = (await registry.sealingKeyId()) === keys.first().id && (await registry.ids()).length === 1;
  if (settled) {
    if (keys.file === undefined) throw new Error(NOTHING_TO_CHANGE_TO);
    const texts = readOrMakeSecretKeyFile(keys.file);
    // Several old keys: a run was killed before its last step, and only that step is left.
    if (texts.length === 1)
      inFile(keys.file, 'Add a new key as its first line, and run this command again.', (file) => {
        replaceSecretKeyFile(file, [newSecretKeyText(), ...texts]);
      });
  }
  const to = keys.file === undefined ? keys.first() : secretKey(readOrMakeSecretKeyFile(keys.file)[0] ?? '');
  const without = await keyHolders(database, keys).without(to.id);
  if (without > 0) throw new Error(leftBehind(without));
  await sealWith(database, to);
  let resealed = 0;
  for (;;) {
    const round = await reseal(database, sealing, to.id, tell);
    resealed += round.resealed;
    if (round.damaged.length > 0)
      return { keyId: to.id, resealed, damaged: round.damaged, oldKeysFile: undefined };
    // A server may have sealed one more secret with the old key at the moment of the change.
    if (round.resealed > 0 || !(await forgetOthers(database.knex))) continue;
    return { keyId: to.id, resealed, damaged: [], oldKeysFile: keys.file && setOldKeysAside(keys.file) };
  }
}

/** Writes the key file with its first key only, and the other keys to a file beside it. */
function setOldKeysAside(file: string): string | undefined {
  const [first = '', ...others] = readOrMakeSecretKeyFile(file);
  if (others.length === 0) return undefined;
  const aside = `${file}.before-${secretKey(first).id}`;
  inFile(
    file,
    'All secrets are encrypted with its first key. Move its other lines to another file, and keep that for older backups.',
    () => {
      writeFileSync(aside, others.map((key) => `${key}\n`).join(''), { mode: 0o600, flush: true });
      replaceSecretKeyFile(file, [first]);
    },
  );
  return aside;
}

/** Some key files cannot be changed by the program. Then a person has to do it. */
function inFile(file: string, byHand: string, write: (file: string) => void): void {
  try {
    write(file);
  } catch (error) {
    throw new Error(`${file} cannot be changed by this command (${(error as Error).message}). ${byHand}`, {
      cause: error,
    });
  }
}

const leftBehind = (servers: number): string =>
  `${servers} running server${servers === 1 ? ' does' : 's do'} not have the new key and would reject valid consumer keys. ` +
  'No secret was changed. Restart all servers with the new key first and the old one second, and run the command again.';

const UNDER_WAY =
  'Another run of `wc-auth secret rotate` is in progress. Nothing was changed. Wait until it ends.';

const NOTHING_TO_CHANGE_TO =
  'All consumer secrets are encrypted with SECRET_KEY already. To replace it, set SECRET_KEY to the new key and ' +
  'SECRET_KEY_PREVIOUS to the old key on all servers, restart them, and run this command with the same two variables.';
