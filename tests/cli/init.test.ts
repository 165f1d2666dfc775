import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrations } from '../../migrations/index';
import { readConfig } from '../../server/config';
import { openDatabase } from '../../server/storage/drivers';
import { httpBrowser } from '../support/http/http-browser';
import { command } from '../support/store/command';
import { describeOnPostgres, describeOnSqlite, testOnSqlite } from '../support/store/on-engine';
import { makeReadOnly } from '../support/store/read-only';
import {
  ended,
  environment,
  run,
  SECRET_KEY,
  startServerProcess,
  type Ended,
} from '../support/store/server-process';
import { databaseUrl, dropDatabase, makeDatabase } from '../support/store/test-database';

jest.setTimeout(60_000);

let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wc-auth-init-'));
  await makeDatabase(folder);
});
afterEach(async () => {
  await dropDatabase(folder);
  rmSync(folder, { recursive: true });
});

interface Settings {
  readonly env?: Record<string, string>;
  readonly stdin?: string;
}

function wcAuth(line: string, { env = {}, stdin = '' }: Settings = {}): Promise<Ended> {
  return command(line.split(' '), folder, environment(folder, env), stdin);
}

const INIT = 'init mara --email mara@shop.example';
const NO_STORE = /^There is no store in the database (\S.*?)\. .*To create a store, run: npx wc-auth init /m;

const accounts = async () =>
  JSON.parse((await wcAuth('users list --json')).stdout) as Record<string, unknown>[];

async function signsIn(username: string, password: string): Promise<boolean> {
  const server = await startServerProcess(folder);
  const browser = httpBrowser(server.url);
  const { fields } = (await browser.get('/login')).form('wc_auth_csrf');
  const { status } = await browser.post('/login', { ...fields, username, password });
  server.kill('SIGTERM');
  await server.ended;
  return status === 302;
}

describe('wc-auth init', () => {
  test('creates the store and an administrator, who can sign in with the password that it prints once', async () => {
    const { code, stdout, stderr } = await wcAuth(INIT);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^Database: \S.*\n$/) });
    expect(stdout).toMatch(
      /^Created the store\.\nAdded mara \(administrator\) as user 1\.\nPassword: \w{16}\nNext, start the server/,
    );
    const [, password = ''] = /^Password: (\w+)$/m.exec(stdout) ?? [];
    expect(await accounts()).toMatchObject([{ login: 'mara', role: 'administrator' }]);
    expect(await signsIn('mara', password)).toBe(true);
  });

  test('says that the store exists, and changes nothing, at a second run', async () => {
    await wcAuth(INIT);
    const before = await accounts();
    const { code, stdout } = await wcAuth('init tom --email tom@shop.example');
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^The store exists already and has accounts\. Nothing was changed\.\n/),
    ]);
    expect(stdout).not.toContain('Password');
    expect(await accounts()).toEqual(before);
    expect(JSON.parse((await wcAuth(`${INIT} --json`)).stdout)).toMatchObject({ created: false, user: null });
  });

  test('adds the administrator to a store that has no account', async () => {
    await wcAuth('migrate');
    const made = await wcAuth(`${INIT} --name Mara --password-stdin --json`, { stdin: 'a long password\n' });
    expect(JSON.parse(made.stdout)).toMatchObject({
      created: false,
      user: { login: 'mara', name: 'Mara', role: 'administrator' },
    });
    expect(made.stdout).not.toContain('password');
    expect(await signsIn('mara', 'a long password')).toBe(true);
  });

  test('adds one administrator if it runs several times at once', async () => {
    await wcAuth('migrate');
    const lines = ['one', 'two', 'three'].map((login) => `init ${login} --email ${login}@shop.example`);
    const outcomes = await Promise.all(lines.map((line) => wcAuth(line)));
    expect(outcomes.filter(({ stdout }) => stdout.includes('Password: '))).toHaveLength(1);
    for (const { code, stderr } of outcomes.filter(({ code }) => code !== 0))
      expect([code, stderr]).toEqual([1, expect.stringContaining('Another run of `wc-auth init`')]);
    expect(await accounts()).toHaveLength(1);
  });

  testOnSqlite('makes the key file beside the database and names it', async () => {
    const { stdout } = await wcAuth(INIT, { env: { SECRET_KEY: '' } });
    const file = join(folder, 'store.sqlite.secret-key');
    expect(stdout).toContain(`Secret key file: ${file}\n`);
    expect(existsSync(file)).toBe(true);
  });

  test.each([
    ['init a@b --email a@shop.example', 'A login must have 1 to 60', 2],
    ['init mara --email nothing', '"nothing" is not an email address', 2],
    ['init mara --email m@shop.example --password-stdin', 'at least 8 characters', 1],
    ['init mara', "required option '--email <address>'", 2],
    ['init --email m@shop.example', "missing required argument 'login'", 2],
  ])('rejects "%s" before it creates anything', async (line, message, exit) => {
    const before = readdirSync(folder);
    const { code, stdout, stderr } = await wcAuth(line, { stdin: 'short' });
    expect([code, stdout, stderr]).toEqual([exit, '', expect.stringContaining(message)]);
    expect(readdirSync(folder)).toEqual(before);
    expect((await wcAuth('users list')).stderr).toMatch(NO_STORE);
  });
});

const USES_A_STORE = [
  'users add mara --email mara@shop.example --role administrator',
  'users list',
  'users remove mara',
  'users disable mara',
  'users set-password mara',
  'keys create --user mara --permissions read --description x',
  'keys list',
  'keys revoke 1',
  'apps list',
  'history',
  'history --csv',
  'secret rotate',
];

describe('a command in a place without a store', () => {
  test.each(USES_A_STORE)('fails and creates nothing: "wc-auth %s"', async (line) => {
    const before = readdirSync(folder);
    const { code, stdout, stderr } = await wcAuth(line);
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(NO_STORE)]);
    expect(readdirSync(folder)).toEqual(before);
  });

  describeOnSqlite('on SQLite', () => {
    test.each([
      ...USES_A_STORE.slice(0, 2),
      'backup copy.sqlite',
      'move --to postgres://u:hidden@127.0.0.1:1/x',
    ])('names the file that it looked for, also with --quiet: "wc-auth %s"', async (line) => {
      const env = { DATABASE_URL: '', SECRET_KEY: '' };
      const { code, stderr } = await wcAuth(`--quiet ${line}`, { env });
      const [, named] = NO_STORE.exec(stderr) ?? [];
      expect([code, named]).toEqual([1, join(folder, 'data/wc-auth.sqlite')]);
      expect(stderr).not.toContain('hidden');
      expect(readdirSync(folder)).toEqual([]);
    });

    test('treats an empty file, and a database of another program, as no store', async () => {
      const empty = join(folder, 'empty.sqlite');
      writeFileSync(empty, '');
      const settings = { env: { DATABASE_URL: `sqlite:${empty}` } };
      for (const line of ['users list', 'backup copy.sqlite'])
        expect((await wcAuth(line, settings)).stderr).toMatch(NO_STORE);
      expect(readFileSync(empty, 'utf8')).toBe('');
      expect(readdirSync(folder)).toEqual(['empty.sqlite']);
    });

    // Regression: the command made a new key, which could decrypt nothing.
    test('makes no new key file for a store whose key file is missing', async () => {
      const env = { SECRET_KEY: '' };
      await wcAuth(INIT, { env });
      const file = join(folder, 'store.sqlite.secret-key');
      rmSync(file);
      const { code, stderr } = await wcAuth('users list', { env });
      expect([code, stderr]).toEqual([
        1,
        expect.stringContaining(`The secret key file ${file} does not exist`),
      ]);
      expect(existsSync(file)).toBe(false);
    });
  });
});

describe('a store with an older schema', () => {
  const LAST = migrations.at(-1)!.name;
  const steps = async () => {
    const database = openDatabase(readConfig(environment(folder)).database);
    try {
      return (await database.knex<{ name: string }>('schema_migrations')).map(({ name }) => name);
    } finally {
      await database.close();
    }
  };
  beforeEach(async () => {
    await wcAuth(INIT);
    const database = openDatabase(readConfig(environment(folder)).database);
    await database.knex('schema_migrations').where({ name: LAST }).delete();
    await database.close();
  });

  test.each(USES_A_STORE)('stays as it is, and the command fails: "wc-auth %s"', async (line) => {
    const { code, stdout, stderr } = await wcAuth(line);
    const message = 'The database has an older schema. Run: npx wc-auth migrate\n';
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringContaining(message)]);
    expect(await steps()).not.toContain(LAST);
  });

  test('stays as it is with init, which says so and exits with 0', async () => {
    const { code, stdout } = await wcAuth(INIT);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^The store exists already and has an older schema\. Nothing was changed\.\n/),
    ]);
    expect(await steps()).not.toContain(LAST);
  });
});

describe('settings that are probably wrong', () => {
  test('are named before a command uses the database, unless --quiet is set', async () => {
    const env = { DATABASE_ULR: 'postgres://u:hidden@127.0.0.1/x' };
    const { code, stderr } = await wcAuth(INIT, { env });
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/^Warning: DATABASE_ULR: .* Did you mean DATABASE_URL\?\nDatabase: \S.*\n$/),
    ]);
    expect(stderr).not.toContain('hidden');
    expect((await wcAuth('users list --quiet', { env })).stderr).toBe('');
  });

  test('an .env that cannot be read is named', async () => {
    mkdirSync(join(folder, '.env'));
    for (const line of ['users list', 'serve'])
      expect(await wcAuth(line)).toMatchObject({ code: 1, stderr: '.env cannot be read (EISDIR).\n' });
  });
});

describeOnSqlite('a folder that cannot hold a store', () => {
  const env = { DATABASE_URL: '', SECRET_KEY: '' };

  test.each([INIT, 'serve', 'migrate'])(
    'fails with advice if a file is in its place: "wc-auth %s"',
    async (line) => {
      writeFileSync(join(folder, 'data'), 'x');
      const { code, stdout, stderr } = await wcAuth(line, { env });
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(
        /^The database \S+ cannot be used \((?:EEXIST|ENOTDIR)\)\. There is a file where its folder should be\./m,
      );
    },
  );

  test('is not created by a command that needs a store', async () => {
    writeFileSync(join(folder, 'data'), 'x');
    expect((await wcAuth('users list', { env })).stderr).toContain(
      'There is a file where its folder should be.',
    );
    expect(readFileSync(join(folder, 'data'), 'utf8')).toBe('x');
  });

  test('fails with advice if it is read-only', async () => {
    const restore = makeReadOnly(folder);
    if (!restore)
      return console.warn('Root that may not mount cannot remove this right, so the test is skipped.');
    try {
      for (const line of [INIT, 'serve', 'migrate']) {
        const { code, stderr } = await wcAuth(line, { env });
        expect([code, stderr]).toEqual([
          1,
          expect.stringMatching(
            /^The database \S+ cannot be used \((?:EACCES|EROFS|ENOENT)\)\. The file and its folder/m,
          ),
        ]);
      }
      expect((await wcAuth('users list', { env })).stderr).toMatch(NO_STORE);
    } finally {
      restore();
    }
  });
});

describe('the database that a command uses', () => {
  beforeEach(() => wcAuth('migrate'));

  test.each(['users list', 'keys list --json', 'history', 'apps list', 'migrate'])(
    'is named on standard error, unless --quiet is set: "wc-auth %s"',
    async (line) => {
      const { code, stdout, stderr } = await wcAuth(line);
      expect([code, stderr]).toEqual([0, expect.stringMatching(/^Database: \S.*\n$/)]);
      for (const quiet of [`--quiet ${line}`, `${line} --quiet`])
        expect(await wcAuth(quiet)).toMatchObject({ code: 0, stdout, stderr: '' });
    },
  );

  testOnSqlite('is the file of DATABASE_URL or of .env', async () => {
    expect((await wcAuth('users list')).stderr).toBe(`Database: ${join(folder, 'store.sqlite')}\n`);
    const copy = join(folder, 'copy.sqlite');
    expect((await wcAuth(`backup ${copy}`)).stderr).toBe(`Database: ${join(folder, 'store.sqlite')}\n`);
    const other = join(folder, 'elsewhere');
    mkdirSync(other);
    writeFileSync(join(other, '.env'), `DATABASE_URL=sqlite:${copy}\nSECRET_KEY=${SECRET_KEY}\n`);
    const child = run('cli/main.ts', ['users', 'list'], other, { PATH: process.env['PATH'] ?? '' });
    expect(await ended(child)).toMatchObject({ code: 0, stderr: `Database: ${copy}\n` });
  });

  describeOnPostgres('on PostgreSQL', () => {
    test('is named without the password', async () => {
      const url = new URL(databaseUrl(folder));
      url.password = 'Pa55-of-the-database';
      const env = { DATABASE_URL: url.href.replaceAll('+', '%20') };
      const { code, stderr } = await wcAuth('users list', { env });
      expect([code, stderr]).toEqual([0, `Database: ${url.pathname.slice(1)} at ${url.host}\n`]);
    });
  });
});
