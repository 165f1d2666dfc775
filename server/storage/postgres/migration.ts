import type { Knex } from 'knex';
import { checkPostgresVersion } from './server-version';

/** Runs `steps` in one transaction. A second process waits until it is done. */
export async function inMigration<T>(
  knex: Knex,
  steps: (within: Knex.Transaction) => Promise<T>,
): Promise<T> {
  await checkPostgresVersion(knex);
  return knex.transaction(async (within) => {
    // Each later statement sees what the previous holder of the lock did.
    await within.raw("select pg_advisory_xact_lock(hashtextextended(current_schema() || '/migrations', 0))");
    await within.raw(
      'create table if not exists schema_migrations (id bigserial primary key, name text not null)',
    );
    return steps(within);
  });
}
