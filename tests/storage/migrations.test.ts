import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrations } from '../../migrations/index';
import type { Database } from '../../server/storage/database';
import { openDatabase } from '../../server/storage/drivers';
import { migrate, SchemaTooNewError } from '../../server/storage/migrate';
import { compiled } from '../support/jest/compiled';

let folder: string;
let database: Database;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wc-auth-migrations-'));
  database = openDatabase({ client: 'sqlite', file: join(folder, 'store.sqlite') });
});
afterEach(async () => {
  await database.close();
  rmSync(folder, { recursive: true });
});

const NAMES = migrations.map(({ name }) => name);
const TABLES = [
  'audit_events',
  'consumer_keys',
  'forgotten_nonces',
  'grant_requests',
  'import_sources',
  'imported_keys',
  'imported_users',
  'key_changes',
  'key_uses',
  'oauth_nonces',
  'secret_keys',
  'sessions',
  'throttle_counts',
  'users',
];

async function schema(): Promise<Record<string, string>> {
  const rows = (await database.knex('sqlite_master').whereNotNull('sql')) as { name: string; sql: string }[];
  return Object.fromEntries(
    rows.filter(({ name }) => !/^(schema_migrations|sqlite_)/.test(name)).map(({ name, sql }) => [name, sql]),
  );
}

test('the schema is made from nothing, and a second run has nothing to do', async () => {
  expect(await migrate(database)).toEqual(NAMES);
  expect(Object.keys(await schema())).toEqual(expect.arrayContaining(TABLES));
  expect(await migrate(database)).toEqual([]);
});

test('every migration can be reverted and applied again with the same result', async () => {
  await migrate(database);
  const before = await schema();
  for (const step of [...migrations].reverse()) await step.down(database.knex, database.dialect);
  expect(Object.keys(await schema())).toEqual([]);
  for (const step of migrations) await step.up(database.knex, database.dialect);
  expect(await schema()).toEqual(before);
});

test('the key table has one row for each consumer key', async () => {
  await migrate(database);
  const { knex } = database;
  await knex('users').insert({
    user_id: 1,
    login: 'a',
    login_key: 'a',
    email: 'a@b',
    email_key: 'a@b',
    name: 'a',
    role: 'customer',
    password_hash: '',
    created_at: 0,
  });
  const key = {
    user_id: 1,
    description: '',
    permissions: 'read',
    consumer_secret: '',
    pair_digest: '',
    truncated_key: '',
    created_at: 0,
  };
  await knex('consumer_keys').insert({ ...key, consumer_key: 'same' });
  await expect(knex('consumer_keys').insert({ ...key, consumer_key: 'same' })).rejects.toMatchObject({
    code: 'SQLITE_CONSTRAINT_UNIQUE',
  });
});

test('every change of a key or a user is counted, so that no server uses an outdated cache', async () => {
  await migrate(database);
  const triggers = await database
    .knex<{ name: string; tbl_name: string; type: string; sql: string }>('sqlite_master')
    .where({ type: 'trigger' })
    .orderBy('name');
  expect(triggers.map(({ name, tbl_name }) => [name, tbl_name])).toEqual(
    ['consumer_keys', 'users'].flatMap((table) =>
      ['delete', 'insert', 'update'].map((change) => [`${table}_${change}`, table]),
    ),
  );
  for (const { name, sql } of triggers) {
    expect(sql).toContain(`after ${name.split('_').at(-1)} on`);
    expect(sql).toContain('set changes = changes + 1');
  }
});

test('removing a user removes keys, sessions and grant requests, and keeps the audit log', async () => {
  await migrate(database);
  const { knex } = database;
  for (const table of ['sessions', 'grant_requests', 'consumer_keys'])
    expect((await schema())[table]).toMatch(
      /foreign key\(`user_id`\) references `users`\(`user_id`\) on delete cascade/i,
    );
  expect((await schema())['audit_events']).not.toMatch(/foreign key/i);
  const [{ foreign_keys: on }] = (await knex.raw('PRAGMA foreign_keys')) as [{ foreign_keys: number }];
  expect(on).toBe(1);
});

test('a schema with migrations that the code does not know is not changed', async () => {
  await migrate(database);
  await database.knex('schema_migrations').insert({ name: '9999-from-the-future' });
  await expect(migrate(database)).rejects.toThrow(SchemaTooNewError);
});

test('a failed migration leaves no partial change', async () => {
  await database.knex.schema.createTable('users', (table) => table.increments('user_id'));
  await expect(migrate(database)).rejects.toMatchObject({ code: 'SQLITE_ERROR' });
  expect(Object.keys(await schema())).toEqual(['users']);
});

/** Starts a process that opens the store of this test when told to. */
function opener(): ChildProcess {
  const file = join(folder, 'opener.js');
  const store = JSON.stringify(compiled('server/open-store.ts'));
  writeFileSync(
    file,
    `const { openStore } = require(${store});
     process.send('ready');
     process.once('message', async () => {
       try {
         const store = await openStore({ database: { client: 'sqlite', file: ${JSON.stringify(join(folder, 'new.sqlite'))} }, secretKey: undefined });
         await store.database.close();
         process.send({ migrated: store.migrated }, () => process.disconnect());
       } catch (error) {
         process.send({ error: error.message }, () => process.disconnect());
       }
     });`,
  );
  return fork(file);
}

test('several processes that start at once on a new database all start, and one makes the schema', async () => {
  const children = Array.from({ length: 4 }, opener);
  await Promise.all(children.map((child) => once(child, 'message')));
  const results = children.map(async (child) => ((await once(child, 'message')) as unknown[])[0]);
  for (const child of children) child.send('go');
  const outcomes = (await Promise.all(results)) as { migrated?: string[]; error?: string }[];
  expect(outcomes.map(({ error }) => error)).toEqual([undefined, undefined, undefined, undefined]);
  expect(outcomes.flatMap(({ migrated }) => migrated)).toEqual(NAMES);
});

test('a process that is killed during the first migration does not stop the next one', async () => {
  const half = openDatabase({ client: 'sqlite', file: join(folder, 'store.sqlite') });
  await half.knex.raw('create table schema_migrations (id integer primary key, name varchar(255) not null)');
  // A kill leaves this behind: the first migration begun but not committed.
  await half.knex.raw('BEGIN IMMEDIATE');
  await migrations[0]!.up(half.knex, half.dialect);
  await half.close();
  expect(await migrate(database)).toEqual(NAMES);
});
