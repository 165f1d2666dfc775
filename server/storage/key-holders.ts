import { realpathSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { packageVersion } from '../version';
import type { Database } from './database';
import type { SecretKeys } from './secret-keys';

/**
 * What this version knows that an earlier one ignores. 1: limits of keys. A later version that adds
 * such a thing records a greater number.
 */
export const KNOWS = 1;

/** A row of a running server, or of one that died. */
export interface HolderRow {
  lease: string;
  /** Separated by spaces. */
  key_ids: string;
  /** The key file that the server reads again, as `placeOf` names it. */
  key_file: string | null;
  /** What the server knows of limits on keys (older-servers.ts). `null`: nothing. */
  knows: number | null;
  /** For people: its machine, process and version. */
  server: string | null;
}

/**
 * Keeps track of which secret keys each running server holds, so that no server is left behind when
 * the key is replaced.
 */
export function keyHolders({ knex, lease }: Pick<Database, 'knex' | 'lease'>, keys: SecretKeys) {
  const holders = () => knex<HolderRow>('secret_key_holders');
  const file = keys.file === undefined ? null : placeOf(keys.file);

  async function living(): Promise<HolderRow[]> {
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
      await holders().insert({
        lease: lease.id,
        key_ids: keys.ids().join(' '),
        key_file: file,
        knows: KNOWS,
        server: `${hostname()}, process ${process.pid}, version ${packageVersion()}`,
      });
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
      const readsIt = (row: HolderRow) => file !== null && row.key_file === file;
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
