import type { Knex } from 'knex';
import { migrations } from '../../migrations/index';
import type { Database } from './database';

const TABLE = 'schema_migrations';
const stepsOf = (knex: Knex) => knex<{ name: string }>(TABLE);

/** A newer version of this server made the schema. */
export class SchemaTooNewError extends Error {
  override readonly name = 'SchemaTooNewError';
}

/** Returns whether any step has run on the database. */
export async function hasSchema(knex: Knex): Promise<boolean> {
  if (!(await knex.schema.hasTable(TABLE))) return false;
  return (await stepsOf(knex).first('name')) !== undefined;
}

/**
 * Brings the schema up to date and returns the names of the steps it ran: all of them, or none if
 * one fails.
 *
 * This is not knex's own migrator. If several processes start at once on a new database, that one
 * lets one process through and fails the rest. Its lock is a row, which stays behind if the
 * process is killed.
 *
 * @throws SchemaTooNewError if the database has steps that this version does not know.
 */
export async function migrate({
  dialect,
  inMigration,
}: Pick<Database, 'dialect' | 'inMigration'>): Promise<string[]> {
  return inMigration(async (within) => {
    const missing = await missingSteps(within);
    for (const step of missing) {
      await step.up(within, dialect);
      await stepsOf(within).insert({ name: step.name });
    }
    return missing.map(({ name }) => name);
  });
}

/**
 * Returns the names of the steps that a database with a schema does not have yet, and changes
 * nothing.
 *
 * @throws SchemaTooNewError if it has steps that this version does not know.
 */
export async function pendingSteps(knex: Knex): Promise<string[]> {
  return (await missingSteps(knex)).map(({ name }) => name);
}

async function missingSteps(knex: Knex) {
  const applied = (await stepsOf(knex).select('name')).map((row) => row.name);
  const unknown = applied.filter((name) => !migrations.some((migration) => migration.name === name));
  if (unknown.length > 0)
    throw new SchemaTooNewError(
      `The database was made by a newer version (it has ${unknown.join(', ')}). Install that version, or restore a backup.`,
    );
  return migrations.filter(({ name }) => !applied.includes(name));
}

/**
 * Returns whether the database has, at this moment, every step that this version knows. It may have
 * more: steps only add, so this version keeps working beside the next one.
 */
export function schemaCheck({ hot }: Pick<Database, 'hot'>): () => Promise<boolean> {
  const applied = hot.rowsReader<{ name: string }>(`select name from ${TABLE}`);
  return async () => {
    const names = new Set((await applied()).map(({ name }) => name));
    return migrations.every(({ name }) => names.has(name));
  };
}
