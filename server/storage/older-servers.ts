import type { Database } from './database';
import { KNOWS, type HolderRow } from './key-holders';
import type { Lease } from './lease';

/**
 * Returns the running servers on this database that do not know what was added with this number. They
 * are described so that an operator finds them.
 */
export async function olderServers(
  { knex, lease }: Pick<Database, 'knex' | 'lease'>,
  knows = KNOWS,
): Promise<string[]> {
  const rows = await knex<HolderRow>('secret_key_holders')
    .whereNull('knows')
    .orWhere('knows', '<', knows)
    .orderBy('lease');
  const gone = await Promise.all(rows.map((row) => lease.isGone(row.lease)));
  return Promise.all(rows.filter((_, index) => !gone[index]).map((row) => described(row, lease)));
}

/** Of a server that is older than its description, the system may still tell where it runs. */
async function described({ server, lease: id, key_file }: HolderRow, lease: Lease): Promise<string> {
  if (server !== null) return server;
  const file = key_file === null ? undefined : `secret key in ${key_file.split(':').slice(2).join(':')}`;
  return [await lease.holder(id), file, `lease ${id}`].filter((part) => part !== undefined).join(', ');
}
