import type { Database } from './database';
import type { HolderRow } from './key-holders';

/** A server that only lost its connection takes its lease anew long before that. */
const DEAD_AFTER_MS = 24 * 3_600_000;

/**
 * Removes what servers recorded of themselves that died without doing so. PostgreSQL needs seconds to
 * tell that such a server is gone, and each check for older servers would wait for it.
 */
export function deadHolders({ knex, lease }: Pick<Database, 'knex' | 'lease'>) {
  const holders = () => knex<HolderRow>('secret_key_holders');
  const goneSince = new Map<string, number>();
  return {
    /** Removes the records of servers that were gone in every call for a day. */
    async removeExpired(now: number): Promise<void> {
      for (const id of await holders().pluck<string[]>('lease')) {
        if (!(await lease.isGone(id))) {
          goneSince.delete(id);
          continue;
        }
        const since = goneSince.get(id) ?? now;
        goneSince.set(id, since);
        if (now - since < DEAD_AFTER_MS) continue;
        await holders().where({ lease: id }).delete();
        goneSince.delete(id);
      }
    },
  };
}
