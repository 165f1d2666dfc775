import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../server/config';
import { packageVersion } from '../../server/version';
import { openStore } from '../../server/open-store';
import { createServices, type Services } from '../../server/services';
import { failRows } from '../support/store/broken-database';
import { command } from '../support/store/command';
import { environment, startServerProcess, type Ended } from '../support/store/server-process';
import { dropDatabase, makeDatabase, onPostgres } from '../support/store/test-database';

jest.setTimeout(60_000);

let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wc-auth-cli-'));
  await makeDatabase(folder);
});
afterEach(async () => {
  await dropDatabase(folder);
  rmSync(folder, { recursive: true });
});

/** Runs `wc-auth …` on the database of this test. */
function wcAuth(
  line: string,
  { stdin = '', env = {} }: { stdin?: string; env?: Record<string, string> } = {},
) {
  return command(line.split(' ').filter(Boolean), folder, environment(folder, env), stdin);
}

/** Returns the one JSON value of a command that succeeded. */
async function json(line: string, stdin = ''): Promise<unknown> {
  const { code, stdout, stderr } = await wcAuth(`--quiet ${line} --json`, { stdin });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.trim()).not.toContain('\n');
  return JSON.parse(stdout);
}

async function onStore<T>(work: (services: Services) => Promise<T>): Promise<T> {
  const config = readConfig(environment(folder));
  const store = await openStore(config);
  try {
    return await work(createServices({ ...store, sessionLimits: config.session }));
  } finally {
    await store.database.close();
  }
}

const makeStore = () => onStore(() => Promise.resolve());

const expectFailure = ({ code, stdout, stderr }: Ended, exit: 1 | 2, message: string | RegExp) => {
  expect({ code, stdout }).toEqual({ code: exit, stdout: '' });
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/^ {4}at /m);
};

const ADD = 'users add anna --email anna@store.test --role shop_manager';

describe('wc-auth users', () => {
  beforeEach(makeStore);

  test('add makes an account and prints its password once', async () => {
    const added = await json(ADD);
    expect(added).toEqual({
      user_id: 1,
      login: 'anna',
      email: 'anna@store.test',
      name: 'anna',
      role: 'shop_manager',
      disabled: false,
      password: expect.stringMatching(/^[\w-]{16}$/),
    });
    const { password } = added as { password: string };
    expect(await onStore(({ users }) => users.authenticate('anna', password))).toMatchObject({
      user: { login: 'anna' },
    });
  });

  test('add --password-stdin reads the password from standard input, without its line end, and prints none', async () => {
    const added = await json(`${ADD} --name Anna --password-stdin`, ' my secret pass \n');
    expect(added).not.toHaveProperty('password');
    expect(added).toMatchObject({ name: 'Anna' });
    expect(await onStore(({ users }) => users.authenticate('anna', ' my secret pass '))).toBeDefined();
  });

  test('lists, disables, enables and removes accounts, and sets roles and passwords', async () => {
    await json(ADD);
    const rowOf = () => onStore(({ users }) => users.findByLogin('anna'));
    expect(await json('users list')).toMatchObject([{ user_id: 1, login: 'anna', role: 'shop_manager' }]);
    expect(await json('users set-role anna customer')).toMatchObject({ role: 'customer' });
    expect(await rowOf()).toMatchObject({ role: 'customer' });
    await json('users disable anna');
    expect((await rowOf())?.disabledAt).toBeGreaterThan(0);
    await json('users enable anna');
    expect((await rowOf())?.disabledAt).toBeNull();
    await json('users set-password anna --password-stdin', 'another password');
    expect(await onStore(({ users }) => users.authenticate('anna', 'another password'))).toBeDefined();
    await json('users remove anna');
    expect(await rowOf()).toBeUndefined();
    const events = (await onStore(({ audit }) => audit.list(10))).map(({ event }) => event).reverse();
    expect(events).toEqual([
      'user.added',
      'user.role_changed',
      'user.disabled',
      'user.enabled',
      'user.password_changed',
      // The removal disables the account first.
      'user.disabled',
      'user.removed',
    ]);
  });

  test('edit changes login, email address and name, and the account keeps its password, keys and sessions', async () => {
    const { password } = (await json(ADD)) as { password: string };
    await json('keys create --user anna --permissions read --description Reports');
    const visitor = { now: Date.now(), address: '::1', userAgent: '' };
    const token = await onStore(({ sessionRecords }) => sessionRecords.open(1, visitor));
    const line = 'users edit anna --login anna.lind --email lind@store.test --name Lind';
    expect(await json(line)).toEqual({
      user_id: 1,
      login: 'anna.lind',
      email: 'lind@store.test',
      name: 'Lind',
      role: 'shop_manager',
      disabled: false,
    });
    for (const name of ['anna.lind', 'lind@store.test'])
      expect(await onStore(({ users }) => users.authenticate(name, password))).toBeDefined();
    for (const name of ['anna', 'anna@store.test'])
      expect(await onStore(({ users }) => users.authenticate(name, password))).toBeUndefined();
    expect(await json('keys list --user anna.lind')).toMatchObject([{ key_id: 1, state: 'active' }]);
    expect(await onStore(({ sessionRecords }) => sessionRecords.find(token, Date.now()))).toBeDefined();
    const [event] = await onStore(({ audit }) => audit.list(1));
    expect(event).toMatchObject({
      event: 'user.changed',
      detail: {
        by: 'command line',
        userId: 1,
        login: 'anna.lind',
        from: { login: 'anna', email: 'anna@store.test', name: 'anna' },
        to: { login: 'anna.lind', email: 'lind@store.test', name: 'Lind' },
      },
    });
  });

  test('edit says what it changed, and a name that was the login follows the login', async () => {
    await json(ADD);
    expect((await wcAuth('users edit ANNA --login ann')).stdout).toBe(
      'Changed anna.\nLogin: anna → ann\nName: anna → ann\n',
    );
    expect((await wcAuth('users edit ann --email ann@store.test')).stdout).toBe(
      'Changed ann.\nEmail: anna@store.test → ann@store.test\n',
    );
    const before = await onStore(({ audit }) => audit.list(10));
    expect((await wcAuth('users edit ann --login ann')).stdout).toBe('ann already has these values.\n');
    expect(await onStore(({ audit }) => audit.list(10))).toEqual(before);
  });

  test('edit --help has examples', async () => {
    expect((await wcAuth('users edit --help')).stdout).toMatch(
      /Examples:\n {2}wc-auth users edit tom --email/,
    );
  });

  test('disable and set-password end the account’s sessions', async () => {
    await json(ADD);
    const visitor = { now: Date.now(), address: '::1', userAgent: '' };
    for (const line of ['users disable anna', 'users set-password anna']) {
      const token = await onStore(({ sessionRecords }) => sessionRecords.open(1, visitor));
      await json(line);
      expect(await onStore(({ sessionRecords }) => sessionRecords.find(token, Date.now()))).toBeUndefined();
    }
  });

  test('prints lines for a person without --json', async () => {
    const { stdout } = await wcAuth(ADD);
    expect(stdout).toMatch(/^Added anna \(shop_manager\) as user 1\.\nPassword: [\w-]{16}\n$/);
    const list = await wcAuth('users list');
    expect(list.stdout).toMatch(/^ID {2}LOGIN .*\n1 {3}anna /);
  });
});

describe('the last administrator', () => {
  beforeEach(async () => {
    await makeStore();
    await json('init mara --email mara@store.test');
  });

  test.each(['users remove mara', 'users disable mara', 'users set-role mara shop_manager'])(
    'stays: "wc-auth %s"',
    async (line) => {
      const before = await json('users list');
      expectFailure(
        await wcAuth(line),
        1,
        /^mara is the last administrator who can sign in\. Nothing was changed\./m,
      );
      expect(await json('users list')).toEqual(before);
    },
  );

  test('may go once there is another one', async () => {
    await json('users add tom --email tom@store.test --role administrator');
    await json('users disable tom');
    expectFailure(await wcAuth('users remove mara'), 1, 'last administrator');
    await json('users enable tom');
    await json('users remove mara');
    expect(await json('users list')).toMatchObject([{ login: 'tom' }]);
  });
});

describe('wc-auth keys', () => {
  beforeEach(async () => {
    await makeStore();
    await json(ADD);
  });

  test('creates, lists and revokes keys', async () => {
    const made = (await json('keys create --user anna --permissions read --description Reports')) as Record<
      string,
      unknown
    >;
    expect(made).toEqual({
      key_id: 1,
      user_id: 1,
      consumer_key: expect.stringMatching(/^ck_[0-9a-f]{40}$/),
      consumer_secret: expect.stringMatching(/^cs_[0-9a-f]{40}$/),
      key_permissions: 'read',
      expires: null,
    });
    const [listed] = (await json('keys list --user anna')) as Record<string, unknown>[];
    expect(listed).toMatchObject({
      key_id: 1,
      owner: 'anna',
      description: 'Reports',
      key_permissions: 'read',
      truncated_key: String(made['consumer_key']).slice(-7),
      last_access: null,
      app_name: null,
    });
    expect(JSON.stringify(listed)).not.toMatch(/c[ks]_[0-9a-f]{40}/);
    expect(await json('keys revoke 1')).toEqual({ revoked: 1, key_ids: [1] });
    expect(await json('keys list')).toEqual([]);
    const [revoked, created] = await onStore(({ audit }) => audit.list(2));
    expect([created?.event, revoked?.event]).toEqual(['key.created', 'key.revoked']);
  });
});

describe('exit code 1: a command that fails', () => {
  beforeEach(makeStore);

  test.each([
    ['users remove stranger', 'There is no user "stranger".'],
    ['users set-password stranger', 'There is no user "stranger".'],
    ['users edit stranger --name x', 'There is no user "stranger".'],
    ['keys list --user stranger', 'There is no user "stranger".'],
    ['keys create --user stranger --permissions read --description x', 'There is no user "stranger".'],
    ['keys revoke 99', 'There is no key 99.'],
  ])('is the result of "%s"', async (line, message) => {
    expectFailure(await wcAuth(`${line} --json`), 1, message);
  });

  test('is the result of a password that is too short, and of a login that is taken', async () => {
    expectFailure(await wcAuth(`${ADD} --password-stdin`, { stdin: 'short\n' }), 1, 'at least 8 characters');
    await json(ADD);
    expectFailure(
      await wcAuth('users add ANNA --email x@store.test --role customer'),
      1,
      'Another account has the login "ANNA".',
    );
    expectFailure(
      await wcAuth('users add x --email Anna@Store.test --role customer'),
      1,
      'Another account has the email address "Anna@Store.test".',
    );
  });

  test.each([
    ['--login BORIS --name Ann', 'Another account has the login "BORIS".'],
    ['--email Boris@Store.test', 'Another account has the email address "Boris@Store.test".'],
  ])('is the result of "users edit anna %s", and nothing is changed', async (options, message) => {
    await json(ADD);
    await json('users add boris --email boris@store.test --role customer');
    const state = () => onStore(async ({ users, audit }) => [await users.list(), await audit.list(9)]);
    const before = await state();
    expectFailure(await wcAuth(`users edit anna ${options}`), 1, message);
    expect(await state()).toEqual(before);
  });

  test('is the result of an unusable configuration, with every mistake named', async () => {
    const failed = await wcAuth('users list', { env: { PORT: 'x', SECRET_KEY: 'short' } });
    expectFailure(failed, 1, /PORT: [^]*SECRET_KEY: /);
  });

  test('is the result of a SECRET_KEY that is not the database’s', async () => {
    expectFailure(
      await wcAuth('users list', { env: { SECRET_KEY: 'y'.repeat(32) } }),
      1,
      'SECRET_KEY is not the one',
    );
  });
});

// Regression: knex puts the values of a statement into its error's message, and the command printed
// it.
test('is the result of a database error, whose message has no values of the statement', async () => {
  const { database } = await openStore(readConfig(environment(folder)));
  await failRows(database, 'users');
  await database.close();
  const rejected = await wcAuth(ADD);
  expectFailure(
    rejected,
    1,
    `The database rejected a statement (${onPostgres ? 'POSTGRES_P0001' : 'SQLITE_CONSTRAINT_TRIGGER'}).`,
  );
  expect(rejected.stderr).not.toMatch(/argon2|anna|insert/);
});

describe('exit code 2: an invalid command line, before anything is opened', () => {
  const unreadable = [
    '',
    'nonsense',
    'users',
    'users nonsense',
    'users add',
    'users add anna --email a@store.test',
    'users add anna --email a@store.test --role emperor',
    'users add anna extra --email a@store.test --role customer',
    'users set-role anna emperor',
    'users edit',
    'users edit anna',
    'users edit anna extra --name x',
    'users edit anna --role customer',
    'users list --nonsense',
    'keys create --user anna --permissions admin --description x',
    'keys create --user anna --permissions read',
    'keys revoke',
    'keys revoke abc',
    'keys revoke -1',
  ];
  test.each(unreadable)('is the result of "wc-auth %s"', async (line) => {
    const before = readdirSync(folder);
    const { code, stderr } = await wcAuth(line);
    expect(code).toBe(2);
    expect(stderr).toMatch(/error:|Usage:/);
    expect(readdirSync(folder)).toEqual(before);
  });
});

describe('exit code 2: a value that is never allowed, before anything is opened', () => {
  test.each([
    ['users add a@b --email a@store.test --role customer', 'A login must have 1 to 60'],
    ['users add anna --email nothing --role customer', '"nothing" is not an email address.'],
    [`users add anna --email a@b --role customer --name ${'x'.repeat(101)}`, 'at most 100 characters'],
    ['users edit anna --login a@b', 'A login must have 1 to 60'],
    ['users edit anna --email nothing', '"nothing" is not an email address.'],
    [`users edit anna --name ${'x'.repeat(101)}`, 'at most 100 characters'],
    [`keys edit 1 --description ${'x'.repeat(201)}`, 'A description must have 1 to 200 characters.'],
    ['keys revoke --app Lamp --callback-origin lamp.example', 'such as https://app.example'],
    ['keys revoke --app Lamp --callback-origin http://lamp.example', 'such as https://app.example'],
    ['keys revoke --app Lamp --callback-origin https://lamp.example/cb', 'such as https://app.example'],
    ['keys revoke --app Lamp --callback-origin https://x@lamp.example', 'such as https://app.example'],
    ['keys revoke --app Lamp --callback-origin https://', 'such as https://app.example'],
    ['completion sh', 'Allowed choices are bash, zsh, fish.'],
    ['move --to mysql://x', '--to must be postgres://'],
  ])('is the result of "wc-auth %s"', async (line, message) => {
    const before = readdirSync(folder);
    const { code, stdout, stderr } = await wcAuth(line);
    expect([code, stdout, stderr.includes(message)]).toEqual([2, '', true]);
    expect(stderr).toMatch(/^error: .*\n\(add --help/);
    expect(readdirSync(folder)).toEqual(before);
  });
});

test('--version prints the version of the package', async () => {
  const { code, stdout } = await wcAuth('--version');
  expect([code, stdout]).toEqual([0, `${packageVersion()}\n`]);
});

test('--help lists the commands with exit code 0', async () => {
  const { code, stdout } = await wcAuth('users add --help');
  expect([code, stdout]).toEqual([
    0,
    expect.stringMatching(/^Usage: wc-auth users add --email <address> --role <role> \[options\] <login>\n/),
  ]);
  expect(stdout).toMatch(/--email <address> .*\(required\)\n/);
  expect(stdout).toContain('Examples:\n  wc-auth users add tom ');
});

test('migrate makes the schema once', async () => {
  const first = (await json('migrate')) as { migrated: string[] };
  expect(first.migrated.length).toBeGreaterThan(0);
  expect((await wcAuth('migrate')).stdout).toBe('Nothing to do.\n');
});

describe('wc-auth serve', () => {
  test('starts the server', async () => {
    const server = await startServerProcess(folder, {}, ['serve']);
    server.kill('SIGTERM');
    expect((await server.ended).code).toBe(0);
  });

  test('ends with exit code 1 if it cannot listen (regression: it printed the error and kept running)', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const { code, stderr } = await wcAuth('serve', { env: { PORT: String(port) } });
    taken.close();
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining(`PORT: port ${port} on 127.0.0.1 is already in use`),
    ]);
  });
});
