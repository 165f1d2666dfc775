import { realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Database } from './database';
import type { SecretKeys } from './secret-keys';

interface Row {
  lease: string;
  /** Separated by spaces. */
  key_ids: string;
  /** The key file that the server reads again, as `placeOf` names it. */
  key_file: string | null;
}

/**
 * Keeps track of which secret keys each running server holds, so that no server is left behind when
 * the key is replaced.
 */
export function keyHolders({ knex, lease }: Pick<Database, 'knex' | 'lease'>, keys: SecretKeys) {
  const holders = () => knex<Row>('secret_key_holders');
  const file = keys.file === undefined ? null : placeOf(keys.file);

  async function living(): Promise<Row[]> {
    const rows = await holders();
    const gone = await Promise.all(rows.map((row) => lease.isGone(row.lease)));
    return rows.filter((_, index) => !gone[index]);
  }
  return {
    /**
     * Records the keys of this process. The record counts as long as the process holds its lease.
     * Returns the function that removes it.
     */
    announce: async (): Promise<() => Promise<void>> => {
      await holders().insert({ lease: lease.id, key_ids: keys.ids().join(' '), key_file: file });
      // The record stays if the lease is lost: a server that lost its connection for a moment comes
      // back.
      return async () => {
        await holders().where({ lease: lease.id }).delete();
      };
    },
    running: async (): Promise<number> => (await living()).length,
    /**
     * Returns how many running servers neither hold this key nor read the key file that now
     * contains it.
     */
    async without(keyId: string): Promise<number> {
      const rows = await living();
      const readsIt = (row: Row) => file !== null && row.key_file === file;
      return rows.filter((row) => !readsIt(row) && !row.key_ids.split(' ').includes(keyId)).length;
    },
  };
}

/**
 * Tells a file from one with the same path in another container. The folder identifies it, because
 * each replacement makes a new file.
 */
function placeOf(file: string): string {
  const path = realpathSync(file);
  const { dev, ino } = statSync(dirname(path), { bigint: true });
  return `${dev}:${ino}:${path}`;
}
