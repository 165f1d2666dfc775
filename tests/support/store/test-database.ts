import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Knex } from 'knex';
import { Client } from 'pg';

/** A PostgreSQL database that tests may make schemas in; without it they run on SQLite. */
const SERVER = process.env['TEST_DATABASE_URL'];

export const onPostgres = SERVER !== undefined && SERVER !== '';
/** Where the database of the tests listens, for a proxy before it. */
export function databaseTarget(): { host: string; port: number } {
  const { hostname, port } = new URL(SERVER ?? '');
  return { host: hostname, port: Number(port || 5432) };
}

const urlFile = (folder: string) => join(folder, 'database-url');

/** DATABASE_URL of the store in `folder`, for everyone but the test store that made its database. */
export function databaseUrl(folder: string): string {
  // Others may write to the database until after the end of the test store.
  reusable.delete(folder);
  return urlOf(folder);
}

const urlOf = (folder: string): string =>
  isOnPostgres(folder) ? readFileSync(urlFile(folder), 'utf8') : `sqlite:${join(folder, 'store.sqlite')}`;

/** Returns whether the store in `folder` is on PostgreSQL. */
export const isOnPostgres = (folder: string): boolean => existsSync(urlFile(folder));

/** An empty database for a store in `folder`: on PostgreSQL a schema of its own. */
export async function makeDatabase(folder: string): Promise<void> {
  if (!onPostgres) return;
  const schema = `wc_auth_test_${randomBytes(8).toString('hex')}`;
  await onServer((client) => client.query(`create schema ${schema}`));
  nameSchema(folder, schema);
}

export async function dropDatabase(folder: string): Promise<void> {
  if (isOnPostgres(folder)) await dropSchema(schemaOf(folder));
}

function nameSchema(folder: string, schema: string): void {
  const url = new URL(SERVER ?? '');
  // What the tests write need not survive a power cut.
  url.searchParams.set('options', `-c search_path=${schema} -c synchronous_commit=off`);
  writeFileSync(urlFile(folder), url.href.replaceAll('+', '%20'));
}

const schemaOf = (folder: string): string => /search_path%3D(\w+)/.exec(urlOf(folder))?.[1] ?? '';

const dropSchema = (schema: string) =>
  onServer(async (client) => {
    await client.query('set client_min_messages = warning');
    await client.query(`drop schema if exists ${schema} cascade`);
  });

// On PostgreSQL, the migrations take most of the time of a test store. So the test stores of a file
// use a schema one after the other, unless a test changed the schema or anything else used it.

/** The states of the schemas of running test stores, by folder. `undefined`: before the migrations. */
const reusable = new Map<string, string | undefined>();
/** The states of migrated and empty schemas, by name. */
const spare = new Map<string, string>();
let isFileOver = false;
if (onPostgres && typeof afterAll === 'function')
  afterAll(async () => {
    isFileOver = true;
    for (const schema of spare.keys()) await dropSchema(schema);
  });

/** Makes the database of a test store, empty or with the newest schema. Returns DATABASE_URL. */
export async function borrowDatabase(folder: string): Promise<string> {
  const [found] = spare;
  if (found === undefined) await makeDatabase(folder);
  else {
    spare.delete(found[0]);
    nameSchema(folder, found[0]);
  }
  reusable.set(folder, found?.[1]);
  return urlOf(folder);
}

/** Notes that a borrowed database has the newest schema. */
export async function noteSchema(folder: string, knex: Knex): Promise<void> {
  if (!onPostgres || reusable.get(folder) !== undefined) return;
  const { rows } = await knex.raw<{ rows: { state: string }[] }>(STATE);
  reusable.set(folder, rows[0]?.state);
}

/** Ends the use of a borrowed database. The store has closed its connections. */
export async function returnDatabase(folder: string): Promise<void> {
  if (!isOnPostgres(folder)) return;
  const [schema, state] = [schemaOf(folder), reusable.get(folder)];
  reusable.delete(folder);
  if (state !== undefined && !isFileOver && (await emptyIfIn(state, urlOf(folder)))) spare.set(schema, state);
  else await dropSchema(schema);
}

/** Empties all tables if the schema is in this state. Returns whether it is. */
async function emptyIfIn(state: string, url: string): Promise<boolean> {
  return onServer(async (client) => {
    // It fails if a test removed a table.
    const now = await client.query<{ state: string }>(STATE).catch(() => undefined);
    if (now?.rows[0]?.state !== state) return false;
    await client.query(EMPTY);
    return true;
  }, url);
}

/** Differs after each change of the schema, because a changed row of the catalog has another xmin. */
const STATE = `
  with relation as (select oid, xmin from pg_class where relnamespace = current_schema()::regnamespace),
  part as (
    select 'class ' || oid || ' ' || xmin as state from relation
    union all select 'column ' || attrelid || ' ' || attnum || ' ' || xmin from pg_attribute
      where attrelid in (select oid from relation)
    union all select 'trigger ' || oid || ' ' || xmin from pg_trigger where tgrelid in (select oid from relation)
    union all select 'constraint ' || oid || ' ' || xmin from pg_constraint
      where connamespace = current_schema()::regnamespace
    union all select 'function ' || oid || ' ' || xmin from pg_proc
      where pronamespace = current_schema()::regnamespace
    union all select 'step ' || name from schema_migrations)
  select md5(string_agg(state, ',' order by state)) as state from part`;

const EMPTY = `do $$
  declare relation record;
  begin
    -- Without triggers, so that the order of the tables does not matter.
    set local session_replication_role = replica;
    for relation in select relname, relkind from pg_class
      where relnamespace = current_schema()::regnamespace and relname not like 'schema_migrations%'
    loop
      if relation.relkind = 'r' then execute format('delete from %I', relation.relname);
      elsif relation.relkind = 'S' then perform setval(relation.relname::regclass, 1, false);
      end if;
    end loop;
  end $$`;

async function onServer<T>(work: (client: Client) => Promise<T>, url = SERVER): Promise<T> {
  const client = new Client(url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
