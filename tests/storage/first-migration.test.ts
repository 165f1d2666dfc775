import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Knex } from 'knex';
import { migrations } from '../../migrations/index';
import { readConfig } from '../../server/config';
import { openDatabase } from '../../server/storage/drivers';
import { databaseUrl, dropDatabase, makeDatabase, onPostgres } from '../support/store/test-database';

let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wc-auth-first-migration-'));
  await makeDatabase(folder);
});
afterEach(async () => {
  await dropDatabase(folder);
  rmSync(folder, { recursive: true });
});

// Existing stores were made with this migration, so its result must not change. A change is a new,
// additive migration.
test('the first migration makes the schema of existing stores', async () => {
  const config = readConfig({ DATABASE_URL: databaseUrl(folder), SECRET_KEY: 's'.repeat(32) });
  const database = openDatabase(config.database);
  try {
    await migrations[0]!.up(database.knex, database.dialect);
    const schema = await (onPostgres ? postgresSchema : sqliteSchema)(database.knex);
    const file = join(__dirname, 'frozen', `0001-initial.${onPostgres ? 'postgres' : 'sqlite'}.txt`);
    expect(schema).toBe(readFileSync(file, 'utf8'));
  } finally {
    await database.close();
  }
});

/** Returns every table, index and trigger as SQLite saved it, one per line. */
async function sqliteSchema(knex: Knex): Promise<string> {
  const rows = (await knex('sqlite_master').whereNotNull('sql').pluck('sql')) as string[];
  const spaces = (sql: string) => sql.replace(/\s+/g, ' ').replace(/\( /g, '(').replace(/ \)/g, ')');
  return inLines(rows.filter((sql) => !sql.includes('sqlite_')).map(spaces));
}

/** Returns every column, constraint, index and trigger as PostgreSQL describes it, one per line. */
async function postgresSchema(knex: Knex): Promise<string> {
  const { rows } = await knex.raw<{ rows: { line: string }[] }>(`
    with tables as (
      select oid, relname from pg_class where relnamespace = current_schema()::regnamespace and relkind = 'r')
    select concat_ws(' ', relname, attname, format_type(atttypid, atttypmod), 'collate ' || collname,
      case when attnotnull then 'not null' end, 'default ' || pg_get_expr(adbin, adrelid)) as line
    from tables join pg_attribute on attrelid = tables.oid and attnum > 0 and not attisdropped
      left join pg_collation on pg_collation.oid = attcollation
      left join pg_attrdef on adrelid = attrelid and adnum = attnum
    union all
    select concat_ws(' ', relname, conname, pg_get_constraintdef(pg_constraint.oid))
    from tables join pg_constraint on conrelid = tables.oid and contype in ('p', 'u', 'f', 'c')
    union all select replace(indexdef, current_schema() || '.', '') from pg_indexes where schemaname = current_schema()
    union all select pg_get_triggerdef(pg_trigger.oid) from tables join pg_trigger on tgrelid = tables.oid
    where not tgisinternal`);
  return inLines(rows.map(({ line }) => line));
}

const inLines = (lines: readonly string[]): string => `${[...lines].sort().join('\n')}\n`;
