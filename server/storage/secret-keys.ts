import { fileOf, type DatabaseOptions } from './drivers';
import { secretKey, type SecretKey } from './secret-key';
import { readOrMakeSecretKeyFile } from './secret-key-file';

/** Where keys come from: the environment, or a file that is read again when a key is asked for that was not in it. */
export interface SecretKeySource {
  /** SECRET_KEY, or what SECRET_KEY_FILE held at the start. `undefined`: the file beside the database. */
  readonly secretKey: string | undefined;
  readonly secretKeyFile?: string | undefined;
  readonly secretKeyPrevious?: string | undefined;
}

/** The secret keys that this process holds: one, but for the time in which it is being replaced. */
export interface SecretKeys {
  /** The one that is to seal, by the environment or the file; the database says which one does. */
  first(): SecretKey;
  find(id: string): SecretKey | undefined;
  ids(): string[];
  /**
   * Of each key, beginning with the one called `id`: what is made with it, every server of this database knows, those
   * included that have not been given a new key yet.
   */
  derive(purpose: string, id: string): [Buffer, ...Buffer[]];
  /** `undefined`: they come from the environment. */
  readonly file: string | undefined;
}

/** The file that holds the keys; `undefined`: they come from the environment. */
export function secretKeyFileOf(
  { secretKey: text, secretKeyFile }: SecretKeySource,
  database: DatabaseOptions,
): string | undefined {
  if (secretKeyFile !== undefined || text !== undefined) return secretKeyFile;
  const databaseFile = fileOf(database);
  // Servers on several machines share no folder in which one of them could make a file.
  if (databaseFile === undefined) throw new Error('With PostgreSQL a secret key has to be given.');
  return `${databaseFile}.secret-key`;
}

/** `database`: a key file lies beside it when nothing else is said. */
export function secretKeys(source: SecretKeySource, database: DatabaseOptions): SecretKeys {
  const { secretKeyPrevious: previous } = source;
  const file = secretKeyFileOf(source, database);
  const read = (): [SecretKey, ...SecretKey[]] => {
    const [first = '', ...others] =
      file === undefined ? [source.secretKey ?? ''] : readOrMakeSecretKeyFile(file);
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
      // The file may have got it since.
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
