import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { MOVED_TABLES, SERVERS } from '../../server/storage/move/moved-tables';
import { ask, openConsent } from '../support/scenes/grant-scene';
import { httpBrowser } from '../support/http/http-browser';
import { textOf } from '../support/http/html-forms';
import { moveScene, type MoveScene } from '../support/scenes/move-scene';
import { exchange, requestBytes } from '../support/http/raw-http';
import { basicHeader, eventually, signedTarget, startUpstream } from '../support/scenes/rest-scene';
import { environment, serverThatEnds, type Ended, type ServerProcess } from '../support/store/server-process';
import { describeOnPostgres } from '../support/store/on-engine';

// Servers and commands run in their own processes.
jest.setTimeout(120_000);

describeOnPostgres('wc-auth move', () => {
  let scene: MoveScene;
  afterEach(() => scene.clear());

  /** Inserts rows into every table: more than a page of keys and of the history. */
  async function fill(keys = 1_100): Promise<IssuedKey[]> {
    return scene.store.on(async ({ database, consumerKeys, audit, sessionRecords, counts, users }) => {
      const now = Date.now();
      const visitor = { now, address: '192.0.2.1', userAgent: 'a browser' };
      await users.add({
        login: 'anna',
        email: 'anna@store.test',
        role: 'customer',
        password: 'a password',
        now,
      });
      await sessionRecords.open(1, visitor);
      await counts.raise({ counted: ['failed key', 'x'], now, windowMs: 3_600_000 });
      const { knex } = database;
      const issued = await knex.transaction(async (within) => {
        const all: IssuedKey[] = [];
        for (let n = 1; n <= keys; n++) {
          const description = n % 500 === 0 ? `key ${n} \0 Ünï 🔑 '"\\` : `key ${n}`;
          all.push(await consumerKeys.issue({ userId: 1, description, permissions: 'read', now }, within));
          await audit.record({ event: 'key.created', at: now, userId: 1, keyId: n }, within);
        }
        return all;
      });
      const [{ session_hash }] = (await knex('sessions').select('session_hash')) as [
        { session_hash: string },
      ];
      await knex('spent_forms').insert({ form_hash: 'a1', session_hash });
      await knex('oauth_nonces').insert(
        ['7f', '80', 'ff', '00'].flatMap((hex) =>
          [1, 2, 3].map((key_id) => ({
            key_id,
            nonce_hash: Buffer.from(hex, 'hex'),
            expires_at: now + 900_000,
          })),
        ),
      );
      await knex('forgotten_nonces').insert({ one: 1, until: now });
      return issued;
    });
  }

  const onTarget = (env: Record<string, string> = {}) => ({ DATABASE_URL: scene.target, ...env });
  const statusOf = async (server: ServerProcess, target: string, ...headers: [string, string][]) => {
    const all = [['X-Forwarded-Proto', 'https'], ['Host', 'store.test'], ...headers] as [string, string][];
    return (await exchange(server.url, requestBytes('GET', target, all))).status;
  };
  const verified = (server: ServerProcess, key: IssuedKey) =>
    statusOf(server, '/wc-auth/v1/verify', [...basicHeader(key)]);

  async function expectSame(): Promise<void> {
    const { source, target } = await scene.both();
    expect(target).toEqual(source);
  }

  test('has a list of all tables of the schema, each after those it references, with its primary key', async () => {
    scene = await moveScene();
    const connection = new Sqlite(scene.store.file, { readonly: true });
    const names = connection
      .prepare("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'")
      .pluck()
      .all();
    expect(
      [...MOVED_TABLES, SERVERS]
        .map(({ name }) => name)
        .concat('schema_migrations')
        // By this value servers on SQLite know that their cached keys are current.
        .concat('key_changes')
        .sort(),
    ).toEqual((names as string[]).sort());
    MOVED_TABLES.forEach(({ name, key }, index) => {
      const columns = connection.pragma(`table_info(${name})`) as { name: string; pk: number }[];
      const primary = columns.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk);
      expect([name, primary.map((column) => column.name)]).toEqual([name, key]);
      const before = MOVED_TABLES.slice(0, index).map((table) => table.name);
      for (const { table } of connection.pragma(`foreign_key_list(${name})`) as { table: string }[])
        expect(before).toContain(table);
    });
    connection.close();
  });

  // Pages are ranges of a table's order, which must be the same on both sides.
  test('compares every text byte by byte, as SQLite does', async () => {
    scene = await moveScene();
    await scene.makeTables();
    const others = await scene.onTarget(
      `select table_name, column_name from information_schema.columns where table_schema = current_schema()
       and data_type = 'text' and collation_name is distinct from 'C' and table_name <> 'schema_migrations'`,
    );
    expect(others).toEqual([]);
  });

  test('moves a store in use: keys, accounts, sessions, history, nonces and ids', async () => {
    const upstream = await startUpstream();
    scene = await moveScene({ UPSTREAM_URL: upstream.url });
    const [kept, ...others] = await fill();
    const gone = others.at(-1)!;
    const source = await scene.store.serve();
    const manager = await scene.store.signIn(source);
    await openConsent(manager, ask());
    const signed = signedTarget(kept!, { nonce: 'once', timestamp: Math.floor(Date.now() / 1000) });
    const repeated = signedTarget(kept!, { nonce: 'other', timestamp: Math.floor(Date.now() / 1000) });
    const http: [string, string] = ['X-Forwarded-Proto', 'http'];
    expect(await statusOf(source, signed, http)).toBe(200);
    await scene.store.command(['keys', 'revoke', String(gone.keyId)]);
    source.kill('SIGTERM');
    await source.ended;

    const { code, stdout, stderr } = await scene.move();
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining(`Moved 1099 keys and 2 accounts to ${scene.targetName}`),
    ]);
    expect(stdout).toContain('and the same SECRET_KEY as before');
    expect(stderr).toMatch(
      /^copied secret_keys: 1\n[^]*^copied consumer_keys: 1099\n[^]*^checked audit_events: \d+\n$/m,
    );
    await expectSame();

    const server = await scene.store.serve(onTarget());
    expect(await verified(server, kept!)).toBe(200);
    expect(await verified(server, gone)).toBe(401);
    expect(await statusOf(server, repeated, http)).toBe(200);
    expect(await statusOf(server, signed, http)).toBe(401);
    const moved = httpBrowser(server.url, manager.cookies);
    expect((await moved.get('/keys')).status).toBe(200);
    expect(textOf((await moved.get(`/history?key=${gone.keyId}`)).body)).toContain('Command line');
    expect((await (await scene.store.signIn(server)).get('/keys')).status).toBe(200);
    const made = await scene.store.command(
      ['keys', 'create', '--user', 'manager', '--permissions', 'read', '--description', 'new', '--json'],
      onTarget(),
    );
    // The last key is revoked and stands in the history, so its number must not be used again.
    expect(JSON.parse(made.stdout)).toMatchObject({ key_id: gone.keyId + 1 });
    await upstream.close();
  });

  test('prints one value with --json and nothing else, and names the key file', async () => {
    scene = await moveScene({ SECRET_KEY: '' });
    const { code, stdout, stderr } = await scene.move('--json', '--quiet');
    expect([code, stderr]).toEqual([0, '']);
    const keyFile = `${scene.store.file}.secret-key`;
    expect(JSON.parse(stdout)).toEqual({
      from: scene.store.file,
      to: scene.targetName,
      rows: expect.objectContaining({ users: 1, consumer_keys: 0, secret_keys: 1 }),
      secret_key_file: keyFile,
    });
    const server = await scene.store.serve(onTarget({ SECRET_KEY_FILE: keyFile }));
    expect((await httpBrowser(server.url).get('/readyz')).status).toBe(200);
  });

  test('ends a key whose delivery was interrupted instead of moving it', async () => {
    scene = await moveScene();
    await scene.store.on(({ consumerKeys }) =>
      consumerKeys.issue({
        userId: 1,
        description: 'half-way',
        permissions: 'read',
        now: Date.now(),
        pending: { until: Date.now() + 60_000, lease: 'of-a-dead-server' },
      }),
    );
    expect((await scene.move()).code).toBe(0);
    expect(await scene.onTarget('select * from consumer_keys')).toEqual([]);
    expect(await scene.onTarget('select event from audit_events where key_id = 1')).toEqual([
      { event: 'grant.delivery_failed' },
    ]);
  });

  describe('a move that is killed with SIGKILL', () => {
    const SLOW = `create function slow() returns trigger language plpgsql as 'begin perform pg_sleep(2); return new; end'`;

    test.each([
      'copied secret_keys',
      'copied consumer_keys',
      'copied audit_events',
      'checked users',
      'checked audit_events',
    ])('continues after it had %s, and no server starts meanwhile', async (line) => {
      scene = await moveScene();
      const [key] = await fill();
      const killed = await scene.moveKilled((said) => said.includes(line));
      expect(killed.signal).toBe('SIGKILL');
      const marks = await scene.onTarget("select to_regclass('unfinished_move') is not null as unfinished");
      // The last line may be the last step.
      if (line !== 'checked audit_events') expect(marks).toEqual([{ unfinished: true }]);
      if (line === 'checked users') {
        const env = environment(scene.store.folder, onTarget());
        const { code, stderr } = await serverThatEnds(scene.store.folder, env);
        expect([code, stderr]).toEqual([1, expect.stringContaining('Run the same `wc-auth move` again')]);
      }
      expect((await scene.move()).code).toBe(0);
      await expectSame();
      const server = await scene.store.serve(onTarget());
      expect(await verified(server, key!)).toBe(200);
    });

    test.each([800, 1_000, 1_200])('continues when it was killed %s ms after its start', async (ms) => {
      scene = await moveScene();
      await fill();
      await scene.moveKilled(pause(ms));
      expect((await scene.move()).code).toBe(0);
      await expectSame();
    });

    test.each(['secret_keys', 'consumer_keys', 'audit_events'])(
      'makes the next run wait while PostgreSQL still writes %s',
      async (table) => {
        scene = await moveScene();
        await fill(10);
        await scene.makeTables();
        await scene.onTarget(
          SLOW,
          `create trigger slow before insert on ${table} for each statement execute function slow()`,
        );
        const writing = eventually(async () => {
          const [found] = await scene.onTarget(
            `select 1 from pg_stat_activity where wait_event = 'PgSleep' and query like 'insert into "${table}"%'`,
          );
          return found;
        }, 30_000);
        await scene.moveKilled(writing);
        expect((await scene.move()).code).toBe(0);
        await expectSame();
      },
    );

    test('starts over when the source has changed since', async () => {
      scene = await moveScene();
      const [first, second] = await fill();
      await scene.moveKilled((said) => said.includes('copied oauth_nonces'));
      const server = await scene.store.serve();
      await scene.store.command(['keys', 'revoke', String(first!.keyId)]);
      await scene.store.command(['users', 'remove', 'anna']);
      expect(await verified(server, second!)).toBe(200);
      server.kill('SIGKILL');
      await server.ended;
      expect((await scene.move()).code).toBe(0);
      await expectSame();
    });
  });

  test('finds everything in place when it runs once more, until the target is in use', async () => {
    scene = await moveScene();
    await fill(10);
    const first = await scene.move('--json');
    const second = await scene.move('--json');
    expect([second.code, second.stdout]).toEqual([0, first.stdout]);
    await scene.onTarget("update users set name = 'Mara' where user_id = 1");
    const third = await scene.move();
    expect([third.code, third.stdout]).toEqual([1, '']);
    expect(third.stderr).toContain('already contains data (');
    expect(await scene.onTarget('select name from users where user_id = 1')).toEqual([{ name: 'Mara' }]);
  });

  describe('a move that cannot start', () => {
    beforeEach(async () => {
      scene = await moveScene();
    });
    const expectRejection = async (message: string | RegExp) => {
      const { code, stdout, stderr } = await scene.move('--json');
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(message);
      expect(stderr).not.toMatch(/^ {4}at /m);
    };

    test('copies nothing if the target has another store', async () => {
      const other = await moveScene();
      await other.store.command(['migrate'], onTarget());
      await expectRejection(/already contains data \(secret_keys\)/);
      expect(await scene.onTarget('select * from users')).toEqual([]);
      await other.clear();
    });

    test('copies nothing if the target has a foreign table of one of the names', async () => {
      await scene.onTarget('create table users (id int)', 'insert into users values (7)');
      await expectRejection(/already contains data \(users\)/);
      expect(
        await scene.onTarget('select tablename from pg_tables where schemaname = current_schema()'),
      ).toEqual([{ tablename: 'users' }]);
    });

    test('copies nothing if the target has an unfinished move of another store', async () => {
      await scene.onTarget(
        'create table unfinished_move (source text)',
        "insert into unfinished_move values ('x')",
      );
      await expectRejection('unfinished move of another store');
    });

    test('copies nothing while a server runs on the source', async () => {
      const server = await scene.store.serve();
      await expectRejection(/A server runs on .*store\.sqlite\. Nothing was copied\. Stop every server/);
      const key = await scene.store.issue();
      expect(await verified(server, key)).toBe(200);
      server.kill('SIGKILL');
      await server.ended;
      expect((await scene.move()).code).toBe(0);
    });

    test('copies nothing while another move uses the same target or source', async () => {
      await scene.makeTables();
      const other = await moveScene();
      let first: Promise<Ended> | undefined;
      await scene.whileLocked('users', async () => {
        first = scene.move();
        await eventually(
          async () =>
            (
              await scene.onTarget(
                `select 1 from pg_locks where not granted and relation = 'users'::regclass`,
              )
            )[0],
          30_000,
        );
        const [sameTarget, sameSource, server] = await Promise.all([
          other.store.command(['move', '--to', scene.target]),
          scene.move(),
          serverThatEnds(scene.store.folder, environment(scene.store.folder)),
        ]);
        expect([sameTarget.code, sameTarget.stderr]).toEqual([
          1,
          'Another move to the target is in progress.\n',
        ]);
        for (const { code, stderr } of [sameSource, server])
          expect([code, stderr]).toEqual([1, expect.stringContaining('Another process keeps it locked')]);
      });
      expect(await first).toMatchObject({ code: 0, stderr: expect.stringContaining('checked') });
      await expectSame();
      await other.clear();
    });
  });

  describe('a change to the target by another client during a move', () => {
    const BODIES = [
      [
        'a row changed',
        `update consumer_keys set permissions = 'write' where key_id = 3`,
        'row 3 of consumer_keys',
      ],
      ['a row removed', 'delete from oauth_nonces where key_id = 2', 'row 2, 00 of oauth_nonces'],
      ['a row too many', `insert into throttle_counts values ('zzz', 1, 1)`, 'row zzz of throttle_counts'],
      ['a null for a value', 'update users set disabled_at = 1 where user_id = 2', 'row 2 of users'],
      ['a server started', `insert into secret_key_holders values ('a', 'b')`, 'row a of secret_key_holders'],
    ] as const;
    test.each(BODIES)('is found: %s', async (_, change, named) => {
      scene = await moveScene();
      await fill(1_500);
      await scene.makeTables();
      // The change comes just before the last table, so that the final check finds it.
      await scene.onTarget(
        `create function meddle() returns trigger language plpgsql as $$ begin ${change}; return new; end $$`,
        `create trigger meddle after insert on audit_events for each row when (new.audit_event_id = 1)
         execute function meddle()`,
      );
      const { code, stderr, stdout } = await scene.move();
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toContain(`Row ${named.slice(4)} differs between the source and the target`);
      const env = environment(scene.store.folder, onTarget());
      expect((await serverThatEnds(scene.store.folder, env)).stderr).toContain('is not finished');

      await scene.onTarget('drop function meddle cascade', 'delete from secret_key_holders');
      expect((await scene.move()).code).toBe(0);
      await expectSame();
    });
  });

  describe('a move with unusable arguments', () => {
    beforeEach(async () => {
      scene = await moveScene();
    });
    const SECRET = 'the-password';
    const changed = (change: (url: URL) => void) => {
      const url = new URL(scene.target);
      change(url);
      return url.href;
    };

    test.each(['', 'postgres', 'sqlite:x', `mysql://u:${SECRET}@db/x`, `postgres://u:${SECRET}@db:port/x`])(
      'rejects the URL "%s"',
      async (to) => {
        const { code, stdout, stderr } = await scene.store.command(['move', '--to', to]);
        expect([code, stdout]).toEqual([2, '']);
        expect(stderr).toContain('--to must be postgres://');
        expect(stderr).not.toContain(SECRET);
      },
    );

    test('names an unknown user, a missing database, and a server that does not answer', async () => {
      for (const [to, message] of [
        [
          changed((url) => Object.assign(url, { username: 'nobody-here', password: SECRET })),
          /POSTGRES_28.* in --to/,
        ],
        [changed((url) => (url.pathname = '/no-such-database')), /no-such-database .*POSTGRES_3D000.* --to/],
        [changed((url) => (url.port = '1')), /POSTGRES_ECONNREFUSED.* --to/],
      ] as const) {
        const { code, stdout, stderr } = await scene.store.command(['move', '--to', to]);
        expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(message)]);
        expect(stderr).not.toContain(SECRET);
        expect(stderr).not.toContain('DATABASE_URL');
      }
    });

    test('rejects a source on PostgreSQL, and a missing one, which it does not create', async () => {
      const file = join(scene.store.folder, 'none.sqlite');
      const to = ['move', '--to', scene.target];
      const onPostgres = await scene.store.command(to, onTarget());
      expect([onPostgres.code, onPostgres.stderr]).toEqual([
        1,
        expect.stringContaining('copies a store from SQLite'),
      ]);
      const absent = await scene.store.command(to, { DATABASE_URL: `sqlite:${file}` });
      expect([absent.code, absent.stderr]).toEqual([
        1,
        expect.stringContaining(`There is no store in the database ${file}.`),
      ]);
      expect(existsSync(file)).toBe(false);
      expect(
        await scene.onTarget('select tablename from pg_tables where schemaname = current_schema()'),
      ).toEqual([]);
    });
  });
});
