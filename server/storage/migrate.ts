import { migrations } from '../../migrations/index';
import type { Database } from './database';

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
  dialect,
  inMigration,
}: Pick<Database, 'dialect' | 'inMigration'>): Promise<string[]> {
  return inMigration(async (within) => {
    const taken = () => within<{ name: string }>('schema_migrations');
    const applied = (await taken().select('name')).map((row) => row.name);
    const unknown = applied.filter((name) => !migrations.some((migration) => migration.name === name));
    if (unknown.length > 0)
      throw new SchemaTooNewError(
        `The database was made by a newer version (it has ${unknown.join(', ')}). Install that version, or restore a backup.`,
      );
    const missing = migrations.filter(({ name }) => !applied.includes(name));
    for (const step of missing) {
      await step.up(within, dialect);
      await taken().insert({ name: step.name });
    }
    return missing.map(({ name }) => name);
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
