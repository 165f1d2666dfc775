import type { Knex } from 'knex';
import { takeWriteLock } from './write-lock';

/** Runs `steps` in one transaction. A second process waits until it is over. */
export async function inMigration<T>(
  knex: Knex,
  steps: (within: Knex.Transaction) => Promise<T>,
): Promise<T> {
  await knex.raw('create table if not exists schema_migrations (id integer primary key, name text not null)');
  return knex.transaction(async (within) => {
    await takeWriteLock(within);
    return steps(within);
  });
}
