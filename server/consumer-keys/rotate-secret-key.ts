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
  /** The key that everything is sealed with now. */
  readonly keyId: string;
  readonly resealed: number;
  /** Ids of keys whose secret no key opens. While there are any, the old key is kept. */
  readonly damaged: readonly number[];
  /** Where the old keys lie, for backups made before; `undefined`: they came from the environment, or were damaged. */
  readonly oldKeysFile: string | undefined;
}

type RotatedDatabase = Pick<Database, 'knex' | 'hot' | 'lease' | 'transaction'>;

/**
 * Replaces the secret key while servers run. Each step leaves all of them able to open every secret: first they get the
 * new key (the file, which they read again, or their environment beforehand), then the database names it, then secret by
 * secret is sealed with it, and only when none is left the old key goes. Killed anywhere, a second run goes on.
 * One run at a time: a second one would write its new key over the first one's, which secrets are sealed with by then.
 * @throws when another run is under way, the environment holds no other key to change to, or a running server does not
 * hold the new one.
 */
export async function rotateSecretKey(
  database: RotatedDatabase,
  keys: SecretKeys,
  sealing: SecretSealing,
): Promise<Rotation> {
  const rotation = await database.lease.alone('secret-rotation', () => rotate(database, keys, sealing));
  if (rotation === undefined) throw new Error(UNDER_WAY);
  return rotation;
}

async function rotate(
  database: RotatedDatabase,
  keys: SecretKeys,
  sealing: SecretSealing,
): Promise<Rotation> {
  const registry = secretKeyRegistry(database);
  const settled = (await registry.sealingKeyId()) === keys.first().id && (await registry.ids()).length === 1;
  if (settled) {
    if (keys.file === undefined) throw new Error(NOTHING_TO_CHANGE_TO);
    const texts = readOrMakeSecretKeyFile(keys.file);
    // More than one: a run was killed before its last step, which is all that is left to do.
    if (texts.length === 1)
      inFile(keys.file, 'Put a new key above the one in it, and run this again.', (file) => {
        replaceSecretKeyFile(file, [newSecretKeyText(), ...texts]);
      });
  }
  const to = keys.file === undefined ? keys.first() : secretKey(readOrMakeSecretKeyFile(keys.file)[0] ?? '');
  const without = await keyHolders(database, keys).without(to.id);
  if (without > 0) throw new Error(leftBehind(without));
  await sealWith(database, to);
  let resealed = 0;
  for (;;) {
    const round = await reseal(database, sealing, to.id);
    resealed += round.resealed;
    if (round.damaged.length > 0)
      return { keyId: to.id, resealed, damaged: round.damaged, oldKeysFile: undefined };
    // A server may have sealed one more with the old key, at the moment in which the new one took over.
    if (round.resealed > 0 || !(await forgetOthers(database.knex))) continue;
    return { keyId: to.id, resealed, damaged: [], oldKeysFile: keys.file && setOldKeysAside(keys.file) };
  }
}

/** The key file with its first key alone; the others in a file of their own beside it. */
function setOldKeysAside(file: string): string | undefined {
  const [first = '', ...others] = readOrMakeSecretKeyFile(file);
  if (others.length === 0) return undefined;
  const aside = `${file}.before-${secretKey(first).id}`;
  inFile(file, 'All is sealed with its first key; keep the others elsewhere, for older backups.', () => {
    writeFileSync(aside, others.map((key) => `${key}\n`).join(''), { mode: 0o600, flush: true });
    replaceSecretKeyFile(file, [first]);
  });
  return aside;
}

/** Key files are often not for the program to change; then a person has to. */
function inFile(file: string, byHand: string, write: (file: string) => void): void {
  try {
    write(file);
  } catch (error) {
    throw new Error(`${file} cannot be changed from here (${(error as Error).message}). ${byHand}`, {
      cause: error,
    });
  }
}

const leftBehind = (servers: number): string =>
  `${servers} running server${servers === 1 ? ' does' : 's do'} not hold the new key and would refuse good consumer keys. ` +
  'No secret was changed. Restart all servers with the new key first and the old one second, and run this again.';

const UNDER_WAY =
  'Another run of `wc-auth secret rotate` is under way. Nothing was changed; wait for its end.';

const NOTHING_TO_CHANGE_TO =
  'All consumer secrets are sealed with SECRET_KEY. To change it, give all servers the new key as SECRET_KEY and this one ' +
  'as SECRET_KEY_PREVIOUS, restart them, and run this again with the same two.';
