import type { Knex } from 'knex';
import { migrations } from '../../migrations/index';
import type { Database } from './database';
import { checkPostgresVersion } from './postgres/server-version';
import { takeWriteLock } from './sqlite/write-lock';

/** The schema was made by a newer version of this server. */
export class SchemaTooNewError extends Error {
  override readonly name = 'SchemaTooNewError';
}

/**
 * Brings the schema up to date and answers the names of the steps taken: all of them or, when one fails, none.
 *
 * Not knex's own migrator: of several processes that start at once on a new database it lets one through and fails the
 * others, and its lock is a row, which a process killed on the way leaves behind for good.
 * @throws SchemaTooNewError when the database knows steps that this version does not.
 */
export async function migrate({
  client,
  patiently,
}: Pick<Database, 'client' | 'patiently'>): Promise<string[]> {
  const alone = client === 'sqlite' ? aloneOnSqlite : aloneOnPostgres;
  const steps: Steps = async (within) => {
    const taken = () => within<{ name: string }>('schema_migrations');
    const applied = (await taken().select('name')).map((row) => row.name);
    const unknown = applied.filter((name) => !migrations.some((migration) => migration.name === name));
    if (unknown.length > 0)
      throw new SchemaTooNewError(
        `The database was made by a newer version (it has ${unknown.join(', ')}). Install that version, or restore a backup.`,
      );
    const missing = migrations.filter(({ name }) => !applied.includes(name));
    for (const step of missing) {
      await step.up(within);
      await taken().insert({ name: step.name });
    }
    return missing.map(({ name }) => name);
  };
  return patiently((knex) => alone(knex, steps));
}

type Steps = (within: Knex.Transaction) => Promise<string[]>;

async function aloneOnSqlite(knex: Knex, steps: Steps): Promise<string[]> {
  await knex.raw('create table if not exists schema_migrations (id integer primary key, name text not null)');
  return knex.transaction(async (within) => {
    // Whoever comes second waits here, and then finds the steps taken.
    await takeWriteLock(within);
    return steps(within);
  });
}

async function aloneOnPostgres(knex: Knex, steps: Steps): Promise<string[]> {
  await checkPostgresVersion(knex);
  return knex.transaction(async (within) => {
    // Each statement after it sees what whoever had the lock before has done.
    await within.raw("select pg_advisory_xact_lock(hashtextextended(current_schema() || '/migrations', 0))");
    await within.raw(
      'create table if not exists schema_migrations (id bigserial primary key, name text not null)',
    );
    return steps(within);
  });
}

/**
 * Whether the database has, at the moment of each call, the steps that this version knows. It may have further ones: those
 * only add, so that this version goes on beside the next.
 */
export function schemaCheck({ hot }: Pick<Database, 'hot'>): () => Promise<boolean> {
  const applied = hot.rowsReader<{ name: string }>('select name from schema_migrations');
  return async () => {
    const names = new Set((await applied()).map(({ name }) => name));
    return migrations.every(({ name }) => names.has(name));
  };
}
