import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../server/config';
import { openStore } from '../../server/open-store';
import { createServices, type Services } from '../../server/services';
import { command } from '../support/store/command';
import { environment } from '../support/store/server-process';
import { dropDatabase, makeDatabase } from '../support/store/test-database';

// The command line has the operations of the console.

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wc-auth-cli-console-'));
  await makeDatabase(folder);
  await onStore(async ({ users, consumerKeys }) => {
    const now = Date.now();
    const account = { password: 'correct horse battery', now };
    const anna = await users.add({ ...account, login: 'anna', email: 'a@b.c', role: 'shop_manager' });
    const maren = await users.add({ ...account, login: 'maren', email: 'm@b.c', role: 'administrator' });
    const app = { appName: 'Kite', callbackOrigin: 'https://kite.example', appUserId: '7' };
    const old = now - 100 * 86_400_000;
    await consumerKeys.issue({ userId: anna.userId, description: 'Old', permissions: 'read', now: old, app });
    await consumerKeys.issue({ userId: maren.userId, description: 'New', permissions: 'write', now, app });
    await consumerKeys.issue({ userId: anna.userId, description: 'Hand', permissions: 'read', now });
    await users.add({ ...account, login: 'tom', email: 't@b.c', role: 'customer' });
  });
});
afterAll(async () => {
  await dropDatabase(folder);
  rmSync(folder, { recursive: true });
});

async function onStore<T>(work: (services: Services) => Promise<T>): Promise<T> {
  const config = readConfig(environment(folder));
  const store = await openStore(config);
  try {
    return await work(createServices({ ...store, sessionLimits: config.session }));
  } finally {
    await store.database.close();
  }
}

function wcAuth(line: string) {
  return command(['--quiet', ...line.split(' ')], folder, environment(folder));
}

async function json(line: string): Promise<unknown> {
  const { code, stdout, stderr } = await wcAuth(`${line} --json`);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}
const idsOf = async (line: string) =>
  ((await json(line)) as { key_id: number }[]).map(({ key_id }) => key_id);
const lastEvents = (count: number) => onStore(({ audit }) => audit.list(count));

test.each([
  ['keys list', [1, 2, 3]],
  ['keys list --user anna', [1, 3]],
  ['keys list --limit 2', [1, 2]],
  ['keys list --limit 3', [1, 2, 3]],
  ['keys list --limit 1 --sort created-desc', [3]],
  ['keys list --app Kite', [1, 2]],
  ['keys list --permissions write', [2]],
  ['keys list --unused', [1]],
  ['keys list --unused 101', []],
  ['keys list --search HAN', [3]],
  ['keys list --search kite --sort created-desc', [2, 1]],
  ['keys list --sort description-asc', [3, 2, 1]],
  ['keys list --user anna --app Kite --permissions read --unused 90', [1]],
])('wc-auth %s lists the keys %j', async (line, ids) => {
  expect(await idsOf(line)).toEqual(ids);
});

test('keys list shows the state of each key', async () => {
  const states = async () => ((await json('keys list')) as { state: string }[]).map(({ state }) => state);
  expect(await states()).toEqual(['active', 'active', 'active']);
  await onStore(({ users }) => users.setDisabled(2, Date.now()));
  expect(await states()).toEqual(['active', 'stopped', 'active']);
  await onStore(({ users }) => users.setDisabled(2, null));
});

test('keys list shows the state and the app of each key in its table', async () => {
  const { stdout } = await wcAuth('keys list');
  const [head, ...rows] = stdout.trimEnd().split('\n');
  expect(head).toMatch(
    /^ID {2}OWNER {2}PERMISSIONS {2}KEY {7}STATE {3}APP {3}LAST ACCESS \(UTC\) {2}DESCRIPTION$/,
  );
  expect(rows.map((row) => row.split(/ {2,}/).slice(4))).toEqual([
    ['active', 'Kite', 'never', 'Old'],
    ['active', 'Kite', 'never', 'New'],
    ['active', '-', 'never', 'Hand'],
  ]);
});

test('keys create makes no key for a customer', async () => {
  const { code, stderr } = await wcAuth('keys create --user tom --permissions read --description x');
  expect([code, stderr]).toEqual([1, 'tom is not a manager with an active account.\n']);
  expect(await idsOf('keys list --user tom')).toEqual([]);
});

test('users disable says how many keys and which apps it stops', async () => {
  expect(await json('users disable anna')).toMatchObject({
    disabled: true,
    keys: 2,
    apps: [{ app_name: 'Kite', callback_origin: 'https://kite.example' }],
  });
  expect((await wcAuth('users disable anna')).stdout).toBe('Disabled anna.\nStopped 2 keys, of Kite.\n');
  await json('users enable anna');
  expect((await lastEvents(2)).map(({ event }) => event)).toEqual(['user.enabled', 'user.disabled']);
});

test('users add with an empty name uses the login as the name', async () => {
  const { stdout } = await command(
    ['users', 'add', 'leo', '--email', 'l@b.c', '--role', 'customer', '--name', '', '--json'],
    folder,
    environment(folder),
  );
  expect(JSON.parse(stdout)).toMatchObject({ login: 'leo', name: 'leo' });
});

test('keys show prints everything except the secret', async () => {
  const shown = await json('keys show 1');
  expect(shown).toMatchObject({
    key_id: 1,
    owner: 'anna',
    app_name: 'Kite',
    callback_origin: 'https://kite.example',
  });
  expect((await wcAuth('keys show 1')).stdout).toMatch(/description +Old\n/);
});

test('apps list sums up what each manager has connected', async () => {
  const app = {
    app_name: 'Kite',
    callback_origin: 'https://kite.example',
    keys: 1,
    last_access: null,
    expires: null,
    state: 'active',
  };
  expect(await json('apps list')).toEqual([
    { ...app, user_id: 1, owner: 'anna' },
    { ...app, user_id: 2, owner: 'maren' },
  ]);
  expect(await json('apps list --user anna')).toHaveLength(1);
  expect((await wcAuth('apps list')).stdout).not.toContain('ENDS (UTC)');
});

test('keys edit changes description, permissions and owner, and writes an audit entry', async () => {
  const edited = await json('keys edit 3 --description Till --permissions read_write --owner maren');
  expect(edited).toMatchObject({
    key_id: 3,
    owner: 'maren',
    description: 'Till',
    key_permissions: 'read_write',
  });
  const [entry] = await lastEvents(1);
  expect(entry).toMatchObject({
    event: 'key.changed',
    detail: {
      by: 'command line',
      from: { description: 'Hand', permissions: 'read', owner: 'anna' },
      to: { description: 'Till', permissions: 'read_write', owner: 'maren' },
    },
  });
  expect((await wcAuth('keys edit 3 --description Till')).stdout).toBe('Key 3 already has these values.\n');
  expect((await wcAuth('keys edit 3 --owner tom')).stderr).toBe(
    'tom is not a manager with an active account.\n',
  );
});

test('keys replace without an overlap puts a new pair into the same row', async () => {
  const before = (await json('keys show 2')) as { truncated_key: string };
  const made = (await json('keys replace 2 --overlap 0')) as Record<string, string>;
  expect(made).toEqual({
    key_id: 2,
    user_id: 2,
    consumer_key: expect.stringMatching(/^ck_[0-9a-f]{40}$/),
    consumer_secret: expect.stringMatching(/^cs_[0-9a-f]{40}$/),
    key_permissions: 'write',
    expires: null,
    replaces: 2,
    old_key_expires: null,
  });
  const after = (await json('keys show 2')) as { truncated_key: string };
  expect(after).toEqual({ ...before, truncated_key: made['consumer_key']?.slice(-7) });
});

test('history prints filtered entries in lines, JSON and CSV', async () => {
  const events = (await json('history --event key.changed --key 3')) as Record<string, unknown>[];
  expect(events).toEqual([expect.objectContaining({ event: 'key.changed', key_id: 3, who: null })]);
  expect(await json('history --limit 1')).toHaveLength(1);
  const lines = (await wcAuth('history --event key.changed')).stdout.trimEnd().split('\n');
  expect(lines.map((line) => line.split(/ {2,}/).slice(1))).toEqual([
    ['EVENT', 'ABOUT', 'KEY', 'WHO', 'ADDRESS', 'NOTES'],
    [
      'Key changed',
      'Till',
      '3',
      'Command line',
      '-',
      'Description: Hand → Till, Permissions: Read → Read/Write, Owner: anna → maren',
    ],
  ]);
  const { code, stdout } = await wcAuth('history --csv --event key.regenerated');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^"time","event",[^\r\n]*\r\n"\d{4}-[^"]*","key.regenerated",[^\r\n]*\r\n$/);
});

test('history --user finds what an account did under an earlier login, in any case of letters', async () => {
  await onStore(({ audit }) =>
    audit.record({ event: 'grant.denied', at: Date.now(), userId: 3, login: 'tom', appName: 'Kite' }),
  );
  expect((await wcAuth('users edit tom --login thomas')).code).toBe(0);
  for (const login of ['Thomas', 'TOM'])
    expect(await json(`history --user ${login}`)).toEqual([
      expect.objectContaining({ event: 'grant.denied', who: 'tom' }),
    ]);
  expect((await wcAuth('users edit thomas --login tom')).code).toBe(0);
});

test('keys revoke ends several keys, all of an app of a user, and all of a user', async () => {
  const [one, two, three] = await onStore(async ({ consumerKeys }) => {
    const app = { appName: 'Lamp', callbackOrigin: 'https://lamp.example', appUserId: '7' };
    const request = { description: 'x', permissions: 'read' as const, now: Date.now() };
    return [
      await consumerKeys.issue({ ...request, userId: 1, app }),
      await consumerKeys.issue({ ...request, userId: 2, app }),
      await consumerKeys.issue({ ...request, userId: 2, app }),
    ];
  });
  const elsewhere = 'keys revoke --app Lamp --user anna --callback-origin https://other.example';
  const unmatched = await wcAuth(elsewhere);
  expect([unmatched.code, unmatched.stderr]).toEqual([
    1,
    'No key matches --app "Lamp" --user "anna" --callback-origin "https://other.example". Nothing was revoked.\n',
  ]);
  expect(await json('keys revoke --app Lamp --user anna --callback-origin https://LAMP.example/')).toEqual({
    revoked: 1,
    key_ids: [one.keyId],
  });
  const ids = [two.keyId, three.keyId];
  expect(await json(`keys revoke ${ids.join(' ')}`)).toEqual({ revoked: 2, key_ids: ids });
  expect(await json('keys revoke --user maren')).toEqual({ revoked: 2, key_ids: [2, 3] });
  const unknown = await wcAuth('keys revoke --app Nothing --json');
  expect([unknown.code, unknown.stdout]).toEqual([1, '']);
  expect(unknown.stderr).toBe('No key matches --app "Nothing". Nothing was revoked.\n');
  expect((await lastEvents(1))[0]).toMatchObject({ event: 'key.revoked', detail: { by: 'command line' } });
});

test('keys revoke ends no key if one of several does not exist', async () => {
  expect((await wcAuth('keys revoke 1 99')).code).toBe(1);
  expect(await idsOf('keys list')).toContain(1);
});

test('users remove revokes the account’s keys', async () => {
  await json('users remove anna');
  const events = (await lastEvents(2)).map(({ event }) => event);
  expect(events).toEqual(['user.removed', 'key.revoked']);
});

describe('exit code 2: an invalid command line, before anything is opened', () => {
  test.each([
    'keys revoke',
    'keys revoke 1 --user anna',
    'keys revoke 1 x',
    'keys revoke --user anna --callback-origin https://lamp.example',
    'keys list --sort sideways',
    'keys edit x',
    'keys edit 1 --permissions admin',
    'keys list --permissions admin',
    'keys list --unused soon',
    'keys list --ends soon',
    'keys list --ends 14 --ended',
    'keys list --sort ends-asc',
    'keys extend',
    'keys replace',
    'history --json --csv',
    'history --event nonsense',
    'history --limit 0',
    'keys list --limit 0',
    'keys list --limit all',
    'apps',
  ])('is the result of "wc-auth %s"', async (line) => {
    const empty = mkdtempSync(join(tmpdir(), 'wc-auth-cli-'));
    const { code, stderr } = await command(line.split(' '), empty, environment(empty));
    expect(code).toBe(2);
    expect(stderr).toMatch(/error:|Usage:/);
    expect(readdirSync(empty)).toEqual([]);
    rmSync(empty, { recursive: true });
  });
});
