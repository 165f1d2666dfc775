import { realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Database } from './database';
import type { SecretKeys } from './secret-keys';

interface Row {
  lease: string;
  /** Parted by blanks. */
  key_ids: string;
  /** Which file it reads again, by `placeOf`. */
  key_file: string | null;
}

/** Which secret keys each running server holds, so that none is left behind when the key is replaced. */
export function keyHolders({ knex, lease }: Pick<Database, 'knex' | 'lease'>, keys: SecretKeys) {
  const holders = () => knex<Row>('secret_key_holders');
  const file = keys.file === undefined ? null : placeOf(keys.file);

  async function living(): Promise<Row[]> {
    const rows = await holders();
    const gone = await Promise.all(rows.map((row) => lease.isGone(row.lease)));
    return rows.filter((_, index) => !gone[index]);
  }
  return {
    /** Writes down what this process holds; its lease tells how long that counts. Answers what takes it back. */
    announce: async (): Promise<() => Promise<void>> => {
      await holders().insert({ lease: lease.id, key_ids: keys.ids().join(' '), key_file: file });
      // By nobody else: a server that was cut off from the database for a moment is there again after it.
      return async () => {
        await holders().where({ lease: lease.id }).delete();
      };
    },
    running: async (): Promise<number> => (await living()).length,
    /** How many running servers neither hold this key nor read the key file in which it now is. */
    async without(keyId: string): Promise<number> {
      const rows = await living();
      const readsIt = (row: Row) => file !== null && row.key_file === file;
      return rows.filter((row) => !readsIt(row) && !row.key_ids.split(' ').includes(keyId)).length;
    },
  };
}

/**
 * Tells a file from one of the same path in another container, by the folder: the file itself is another one each time that
 * it is replaced.
 */
function placeOf(file: string): string {
  const path = realpathSync(file);
  const { dev, ino } = statSync(dirname(path), { bigint: true });
  return `${dev}:${ino}:${path}`;
}
