import type { Database } from '../../../server/storage/database';
import { openDatabase, type DatabaseOptions } from '../../../server/storage/drivers';
import { onPostgres } from './test-database';

type Repair = () => Promise<unknown>;

/**
 * Makes every write fail with a temporary error: on SQLite by a pragma of the connection, on
 * PostgreSQL as on a standby.
 */
export async function failWrites(database: Database): Promise<Repair> {
  const { knex } = database;
  if (!onPostgres) {
    await knex.raw('pragma query_only = on');
    return () => knex.raw('pragma query_only = off');
  }
  const repairs = await Promise.all(
    ['consumer_keys', 'audit_events'].map((table) => failOn(database, table, '25006')),
  );
  return () => Promise.all(repairs.map((repair) => repair()));
}

/** Makes new rows of a table fail with an error of its own. */
export async function failRows(database: Database, table: string): Promise<Repair> {
  const { knex } = database;
  if (onPostgres) return failOn(database, table, 'P0001');
  await knex.raw(
    `create trigger reject before insert on ${table} begin select raise(abort, 'inner words'); end`,
  );
  return () => knex.raw('drop trigger reject');
}

/** Removes the user that a new row of a table belongs to, just before the row is written. */
export async function removeOwners({ knex }: Database, table: string): Promise<void> {
  if (!onPostgres) {
    await knex.raw(
      `create trigger owners before insert on ${table} begin delete from users where user_id = new.user_id; end`,
    );
    return;
  }
  await knex.raw(
    `create function owners() returns trigger language plpgsql as
     $$ begin delete from users where user_id = new.user_id; return new; end $$`,
  );
  await knex.raw(`create trigger owners before insert on ${table} for each row execute function owners()`);
}

/**
 * Locks what writing to a table needs in another process: SQLite's one write lock, or PostgreSQL's
 * table.
 */
export async function holdWrites(options: DatabaseOptions, table: string): Promise<Repair> {
  const other = openDatabase(options);
  const holding = await other.knex.transaction();
  if (options.client === 'sqlite') await holding(table).whereRaw('1 = 0').delete();
  else await holding.raw('lock table ?? in share mode', [table]);
  return async () => {
    await holding.rollback();
    await other.close();
  };
}

async function failOn({ knex }: Database, table: string, state: string): Promise<Repair> {
  const name = `reject_${table}`;
  await knex.raw(
    `create function ${name}() returns trigger language plpgsql as
     $$ begin raise exception 'inner words' using errcode = '${state}'; end $$`,
  );
  await knex.raw(
    `create trigger ${name} before insert or update or delete on ${table} for each row execute function ${name}()`,
  );
  return () => knex.raw(`drop function ${name} cascade`);
}
