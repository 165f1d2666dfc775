import type { Knex } from 'knex';

/** How long a statement waits for a lock that another process holds. */
export const GIVE_UP_AFTER_MS = 5_000;

/**
 * Takes SQLite's write lock before anything is read, with a write that changes nothing. What is
 * read afterwards stays valid until the transaction ends.
 */
export async function takeWriteLock(within: Knex.Transaction): Promise<void> {
  await within('schema_migrations').where({ name: '' }).delete();
}
