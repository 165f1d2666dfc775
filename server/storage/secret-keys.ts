import { fileOf, type DatabaseOptions } from './drivers';
import { secretKey, type SecretKey } from './secret-key';
import { readOrMakeSecretKeyFile, readSecretKeyFile } from './secret-key-file';

/**
 * The source of keys: the environment, or a file that is read again when an unknown key is needed.
 */
export interface SecretKeySource {
  /**
   * SECRET_KEY, or the content of SECRET_KEY_FILE at the start. `undefined`: the file beside the
   * database.
   */
  readonly secretKey: string | undefined;
  readonly secretKeyFile?: string | undefined;
  readonly secretKeyPrevious?: string | undefined;
}

/** The secret keys of this process: one, or two while it is being replaced. */
export interface SecretKeys {
  /**
   * The key that should seal, according to the environment or the file. The database says which one
   * does.
   */
  first(): SecretKey;
  find(id: string): SecretKey | undefined;
  ids(): string[];
  /**
   * Returns a derived key for each secret key, the one with `id` first. Every server of this
   * database can verify what is made with that one, including servers that do not have a new key
   * yet.
   */
  derive(purpose: string, id: string): [Buffer, ...Buffer[]];
  /** `undefined`: the keys come from the environment. */
  readonly file: string | undefined;
}

/** Returns the file of the keys, or `undefined` if they come from the environment. */
export function secretKeyFileOf(
  { secretKey: text, secretKeyFile }: SecretKeySource,
  database: DatabaseOptions,
): string | undefined {
  if (secretKeyFile !== undefined || text !== undefined) return secretKeyFile;
  const databaseFile = fileOf(database);
  // Servers on several machines have no common folder for a generated file.
  if (databaseFile === undefined)
    throw new Error('A database server needs a secret key. Set SECRET_KEY or SECRET_KEY_FILE.');
  return `${databaseFile}.secret-key`;
}

/**
 * `database`: by default, the key file lies beside it. `mayMakeFile`: a missing file is created. A
 * store that exists needs the file that it was created with.
 */
export function secretKeys(
  source: SecretKeySource,
  database: DatabaseOptions,
  { mayMakeFile = true }: { mayMakeFile?: boolean } = {},
): SecretKeys {
  const { secretKeyPrevious: previous } = source;
  const file = secretKeyFileOf(source, database);
  const read = (): [SecretKey, ...SecretKey[]] => {
    const [first = '', ...others] =
      file === undefined
        ? [source.secretKey ?? '']
        : mayMakeFile
          ? readOrMakeSecretKeyFile(file)
          : readSecretKeyFile(file);
    return [
      secretKey(first),
      ...[...others, ...(previous === undefined ? [] : [previous])].map((text) => secretKey(text)),
    ];
  };
  let held = read();
  const among = (id: string) => held.find((key) => key.id === id);
  return {
    file,
    first: () => held[0],
    ids: () => held.map(({ id }) => id),
    find(id) {
      const known = among(id);
      if (known !== undefined || file === undefined) return known;
      // The file may contain it by now.
      held = read();
      return among(id);
    },
    derive: (purpose, id) => {
      const first = among(id) ?? held[0];
      const others = held.filter((key) => key !== first);
      return [first.derive(purpose), ...others.map((key) => key.derive(purpose))];
    },
  };
}
