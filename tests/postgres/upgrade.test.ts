import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrations } from '../../migrations/index';
import { readConfig } from '../../server/config';
import { openDatabase } from '../../server/storage/drivers';
import { migrate } from '../../server/storage/migrate';
import { compiled } from '../support/jest/compiled';
import { httpBrowser } from '../support/http/http-browser';
import { processStore } from '../support/store/process-store';
import {
  ended,
  environment,
  run,
  serverThatEnds,
  startServerProcess,
  type ServerProcess,
} from '../support/store/server-process';
import { describeOnPostgres } from '../support/store/on-engine';
import { dropDatabase, makeDatabase, onPostgres } from '../support/store/test-database';
import { troubleScene } from '../support/scenes/trouble-scene';

const NAMES = migrations.map(({ name }) => name);
jest.setTimeout(120_000);

let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wc-auth-upgrade-'));
  await makeDatabase(folder);
});
afterEach(async () => {
  await dropDatabase(folder);
  rmSync(folder, { recursive: true });
});

/** Another process, of the next version, which has one more migration. */
async function upgrade(env: Record<string, string>): Promise<void> {
  const file = join(folder, 'next-version.js');
  const path = (name: string) => JSON.stringify(compiled(name));
  writeFileSync(
    file,
    `const { migrations } = require(${path('migrations/index.ts')});
     migrations.push({ name: '9999-made-up', async up(knex) {
       await knex.schema.createTable('made_up', (table) => { table.increments('id'); table.text('what'); });
       await knex.schema.alterTable('consumer_keys', (table) => { table.text('made_up'); });
       await knex.schema.alterTable('key_uses', (table) => { table.text('made_up_use'); });
       await knex.schema.alterTable('users', (table) => { table.integer('made_up').notNullable().defaultTo(7); });
       await knex.schema.alterTable('sessions', (table) => { table.text('made_up').notNullable().defaultTo('x'); });
       await knex.raw('create index made_up_index on grant_requests (created_at)');
     } });
     const { openStore } = require(${path('server/open-store.ts')});
     const { readConfig } = require(${path('server/config/index.ts')});
     openStore(readConfig(process.env)).then(async ({ migrated, database }) => {
       await database.close();
       process.send(migrated, () => process.disconnect());
     });`,
  );
  const child = fork(file, { env });
  const [migrated] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [string[]];
  expect(migrated).toEqual(['9999-made-up']);
  if (child.exitCode === null) await once(child, 'exit');
}

const ENGINES = [
  ['SQLite', () => ({ DATABASE_URL: `sqlite:${join(folder, 'upgraded.sqlite')}` })],
  ...(onPostgres ? [['PostgreSQL', () => environment(folder)] as const] : []),
] as const;

describe.each(ENGINES)('an upgrade on %s', (_engine, database) => {
  test('keeps a running server working beside the next version, but does not let it start on the new schema', async () => {
    const { DATABASE_URL = '' } = database() as Record<string, string>;
    const env = { DATABASE_URL };
    const store = await processStore(env);
    let scene: Awaited<ReturnType<typeof troubleScene>> | undefined;
    try {
      const server = await store.serve();
      scene = await troubleScene(store, server);
      expect((await scene.round()).unavailable).toBe(0);
      const next = { isThere: false };
      const applied = upgrade(environment(folder, env)).finally(() => (next.isThere = true));
      // The server is ready all the time.
      let ready = 0;
      for (; !next.isThere; ready++) expect((await httpBrowser(server.url).get('/readyz')).status).toBe(200);
      await applied;
      expect(ready).toBeGreaterThan(1);
      for (let time = 0; time < 3; time++) expect((await scene.round()).unavailable).toBe(0);
      await scene.checkAllAnswered();
      expect((await httpBrowser(server.url).get('/readyz')).status).toBe(200);

      const { code, stdout, stderr } = await serverThatEnds(folder, environment(folder, env));
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr.trim()).toBe(
        'The database was made by a newer version (it has 9999-made-up). Install that version, or restore a backup.',
      );
      expect((await scene.round()).unavailable).toBe(0);
    } finally {
      await scene?.close();
      await store.clear();
    }
  });

  test.each(NAMES.map((_, taken) => [taken, NAMES.slice(0, taken)] as const).concat([[NAMES.length, NAMES]]))(
    'migrates a database with the first %i steps and data in it',
    async (_taken, names) => {
      const config = readConfig(environment(folder, database()));
      const opened = openDatabase(config.database);
      const { knex } = opened;
      try {
        await knex.schema.createTable('schema_migrations', (table) => {
          table.increments('id');
          table.text('name').notNullable();
        });
        for (const step of migrations.filter(({ name }) => names.includes(name))) {
          await step.up(knex, opened.dialect);
          await knex('schema_migrations').insert({ name: step.name });
        }
        const user = {
          login: 'a',
          login_key: 'a',
          email: 'a@b',
          email_key: 'a@b',
          name: 'a',
          role: 'customer',
        };
        if (names.length > 0) await knex('users').insert({ ...user, password_hash: 'x', created_at: 1 });
        expect(await migrate(opened)).toEqual(NAMES.filter((name) => !names.includes(name)));
        expect(await migrate(opened)).toEqual([]);
        expect(await knex('users').select('login')).toEqual(names.length > 0 ? [{ login: 'a' }] : []);
        expect((await knex<{ name: string }>('schema_migrations')).map(({ name }) => name)).toEqual(NAMES);
      } finally {
        await opened.close();
      }
    },
  );
});

describeOnPostgres('an empty schema of PostgreSQL', () => {
  test('is created once by ten simultaneous runs of `wc-auth migrate`', async () => {
    const all = Array.from({ length: 10 }, () =>
      ended(run('cli/main.ts', ['migrate', '--quiet'], folder, environment(folder))),
    );
    const outcomes = (await Promise.all(all)).map(({ code, stdout, stderr }) => [code, stdout + stderr]);
    const done = [0, `Ran ${NAMES.join(', ')}.\n`];
    expect(outcomes.filter(([, said]) => said === done[1])).toEqual([done]);
    expect(outcomes.filter(([, said]) => said !== done[1])).toEqual(Array(9).fill([0, 'Nothing to do.\n']));
  });

  test('is created once by ten servers that start at the same time, and all of them work', async () => {
    const started = await Promise.allSettled(
      Array.from({ length: 10 }, () => startServerProcess(folder, { DATABASE_CONNECTIONS: '4' })),
    );
    const servers = started.flatMap((one): ServerProcess[] =>
      one.status === 'fulfilled' ? [one.value] : [],
    );
    try {
      expect(started.filter(({ status }) => status === 'rejected')).toEqual([]);
      expect(servers.filter((server) => server.output().includes('the schema is up to date'))).toHaveLength(
        1,
      );
      for (const { url } of servers) expect((await httpBrowser(url).get('/readyz')).status).toBe(200);
    } finally {
      for (const server of servers) server.kill('SIGKILL');
      await Promise.all(servers.map((server) => server.ended));
    }
  });
});
