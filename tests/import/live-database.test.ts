import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { liveDatabase } from '../../server/import/source/live-database';
import type { SourceProgress } from '../../server/import/source/source';
import { createMariadb, noMariadb, PASSWORD, type TestMariadb } from '../support/import/mariadb';
import { DUMPS, readAll, readFrom, type Read } from '../support/import/read-source';

const suite = noMariadb === undefined ? describe : describe.skip;

suite(`a live database${noMariadb === undefined ? '' : ` (skipped: ${noMariadb})`}`, () => {
  let database: TestMariadb;
  const password = () => Promise.resolve(PASSWORD);
  const read = (url = database.url): Promise<Read> => readFrom(url, { password });
  beforeAll(async () => {
    database = await createMariadb('wc_auth_test_live');
    await database.load(join(DUMPS, 'shop-three-tables.sql'));
  });
  afterAll(() => database.remove());

  test('has the same rows as its dump', async () => {
    const { rows, tables, databaseName, of } = await read();
    const dump = await readFrom(join(DUMPS, 'shop-three-tables.sql'));
    expect({ tables, databaseName }).toEqual({
      tables: [...dump.tables].sort(),
      databaseName: database.name,
    });
    expect(rows).toHaveLength(dump.rows.length);
    for (const table of tables) expect(of(table)).toEqual(dump.of(table));
  });

  describe('says what to grant to an account', () => {
    const onTable = (table: string) => `select on ${database.name}.${table}`;

    test('without any right', async () => {
      const url = await database.account();
      await expect(read(url)).rejects.toThrow(
        /^The user \S+ may not use the database wc_auth_test_live, or there is no such database\. .* GRANT SELECT ON `wc_auth_test_live`\.\* TO/,
      );
    });

    test('that cannot see a table', async () => {
      const url = await database.account(onTable('wp_users'), onTable('wp_usermeta'));
      await expect(read(url)).rejects.toThrow(
        /^The user (\S+) may not read the table wp_woocommerce_api_keys\. Run: GRANT SELECT ON `wc_auth_test_live`\.`wp_woocommerce_api_keys` TO '\1'@'%'$/,
      );
    });

    test('that can change a table but not read it', async () => {
      const insert = `insert on ${database.name}.wp_woocommerce_api_keys`;
      // A server says only to those who may read a table that it does not exist.
      const url = await database.account(
        onTable('wp_users'),
        onTable('wp_usermeta'),
        onTable('wp_options').replace('select', 'create, select'),
        insert,
      );
      await expect(read(url)).rejects.toThrow(
        'GRANT SELECT ON `wc_auth_test_live`.`wp_woocommerce_api_keys` TO',
      );
    });
  });

  test('is read through mariadb:// and localhost, too', async () => {
    const { rows } = await read(database.url.replace('mysql:', 'mariadb:'));
    expect(rows).toHaveLength(72);
  });

  test('gives big numbers, zero dates and decimals as text', async () => {
    await database.run(
      'create table wp_2_options (option_id bigint unsigned primary key, option_name varchar(191), at datetime, part decimal(20,10), bytes blob)',
      "set session sql_mode = ''; insert into wp_2_options values (18446744073709551615, 'home', '0000-00-00 00:00:00', 1.5, 'Müller'), (1, 'HOME', null, 1, 'x')",
    );
    const { of } = await read();
    await database.run('drop table wp_2_options');
    expect(of('wp_2_options')).toEqual([
      {
        option_id: '18446744073709551615',
        option_name: 'home',
        at: '0000-00-00 00:00:00',
        part: '1.5000000000',
        bytes: 'Müller',
      },
    ]);
  });

  test('repairs UTF-8 that an old store has in a latin1 table', async () => {
    await database.run(
      'create table old_users (ID int primary key, user_login varchar(60), display_name varchar(60) character set utf8mb4) charset=latin1',
      `insert into old_users values (1, _latin1 x'${Buffer.from('Магазин ☂').toString('hex')}', 'MÃ¼ller'), (2, 'Müller', 'Müller')`,
    );
    const { of } = await read();
    await database.run('drop table old_users');
    expect(of('old_users')).toEqual([
      { ID: '1', user_login: 'Магазин ☂', display_name: 'MÃ¼ller' },
      { ID: '2', user_login: 'Müller', display_name: 'Müller' },
    ]);
  });

  test('ignores views', async () => {
    await database.run('create view other_users as select * from wp_users');
    expect((await read()).tables).not.toContain('other_users');
    await database.run('drop view other_users');
  });

  test('is read at one moment, and nothing can be written in it', async () => {
    const before = (await read()).rows.length;
    const second = await database.connect();
    let isChanged: Promise<unknown> | undefined;
    const progress: SourceProgress[] = [];
    const rows: unknown[] = [];
    // The first row is of wp_usermeta, so the keys are read after this change.
    await liveDatabase(database.url, { password }).read({
      wanted: (table) => /(?:users|usermeta|api_keys)$/.test(table),
      take(row) {
        rows.push(row);
        isChanged ??= second.query(`delete from ${database.name}.wp_woocommerce_api_keys where key_id = 27`);
      },
      progress: (report) => progress.push(report),
    });
    await isChanged;
    expect(rows).toHaveLength(before);
    expect(progress.at(-1)).toEqual({ done: before, total: before, unit: 'rows' });
    expect((await read()).rows).toHaveLength(before - 1);
    await second.end();
  });

  test.each([
    [
      'a wrong password',
      () => readFrom(database.url, { password: () => Promise.resolve('wrong one') }),
      /rejects the user \S+ or the password\. Set IMPORT_DATABASE_PASSWORD/,
    ],
    ['no password', () => readFrom(database.url), /rejects the user/],
    [
      'a database that does not exist',
      () => read(database.url.replace(/[^/]+$/, 'none_of_it')),
      /none_of_it/,
    ],
    [
      'a port without a server',
      () => read('mysql://u@127.0.0.1:1/d'),
      /No database answers at 127\.0\.0\.1:1\./,
    ],
    [
      'a socket that does not exist',
      () => read('mysql://u@localhost/d?socket=/none'),
      /No database answers at \/none\./,
    ],
    ['an unknown host', () => read('mysql://u@host.invalid/d?ssl=off'), /The host host\.invalid is unknown/],
  ])('explains %s without the password', async (_what, attempt, message) => {
    const error = await attempt().then(
      () => undefined,
      (thrown: unknown) => thrown as Error,
    );
    expect(error).toMatchObject({ name: 'ImportError', message: expect.stringMatching(message) });
    expect(error?.message).not.toContain(PASSWORD);
    expect(error?.message).not.toContain('wrong one');
  });

  describe('while a table is locked', () => {
    /** Reads while another connection holds the keys, and calls back once the reader waits for them. */
    async function whileLocked<T>(start: () => Promise<T>, act: (id: unknown) => Promise<void>): Promise<T> {
      const locker = await database.connect();
      await locker.query(`lock tables ${database.name}.wp_woocommerce_api_keys write`);
      const reading = start();
      const over = new AbortController();
      const settled = reading.then(
        () => over.abort(),
        () => over.abort(),
      );
      try {
        while (!over.signal.aborted) {
          const id = await database.value(
            `select id from information_schema.processlist where user = '${database.user}' and state like 'Waiting for table%'`,
          );
          if (id === undefined) continue;
          await act(id);
          break;
        }
        await settled;
      } finally {
        await locker.end();
      }
      return reading;
    }

    test('explains that the server ended the connection', async () => {
      await expect(whileLocked(read, (id) => database.run(`kill connection ${String(id)}`))).rejects.toThrow(
        /^The database at \S+ ended the connection\. Nothing was imported\. Run the command again\.$/,
      );
    });

    test('gives up when the server sends nothing', async () => {
      const source = liveDatabase(database.url, { password, limits: { connectMs: 5000, idleMs: 1000 } });
      await expect(
        whileLocked(
          () => readAll(source),
          () => Promise.resolve(),
        ),
      ).rejects.toThrow('The database sent nothing for 1 seconds. Run the command again.');
    });

    test('stops at a signal', async () => {
      const stop = new AbortController();
      const start = () => readAll(liveDatabase(database.url, { password }), { signal: stop.signal });
      await expect(
        whileLocked(start, () => {
          stop.abort(new Error('stopped'));
          return Promise.resolve();
        }),
      ).rejects.toThrow('stopped');
    });
  });
});

test('gives up when a server accepts a connection and sends nothing', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const source = liveDatabase(`mysql://u@127.0.0.1:${port}/d`, { limits: { connectMs: 200, idleMs: 200 } });
  await expect(readAll(source)).rejects.toThrow(`127.0.0.1:${port} does not answer.`);
  server.close();
});

test('explains a server that speaks another protocol', async () => {
  const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(
    0,
    '127.0.0.1',
  );
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await expect(readFrom(`mysql://u@127.0.0.1:${port}/d`)).rejects.toMatchObject({ name: 'ImportError' });
  server.close();
});
