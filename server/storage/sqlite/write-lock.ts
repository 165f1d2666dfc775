import type { Knex } from 'knex';

/**
 * Takes SQLite's one write lock before anything is read, by a write that changes nothing: what is read from then on stays
 * so until the transaction ends.
 */
export async function takeWriteLock(within: Knex.Transaction): Promise<void> {
  await within('schema_migrations').where({ name: '' }).delete();
}
