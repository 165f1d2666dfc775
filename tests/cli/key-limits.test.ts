import { NO_LIMITS } from '../../server/consumer-keys/key-limits';
import { command } from '../support/store/command';
import { processStore, type ProcessStore } from '../support/store/process-store';
import { environment } from '../support/store/server-process';

const DAY_MS = 86_400_000;

let store: ProcessStore;
beforeEach(async () => {
  store = await processStore();
  await store.on(({ users }) =>
    users.add({
      login: 'mara',
      email: 'mara@store.test',
      role: 'administrator',
      password: 'correct horse battery',
      now: Date.now(),
    }),
  );
});
afterEach(() => store.clear());

const wcAuth = (line: string, env: Readonly<Record<string, string>> = {}) =>
  command(['--quiet', ...line.split(' ')], store.folder, environment(store.folder, env));

interface Shown {
  readonly key_id: number;
  readonly consumer_key?: string;
  readonly truncated_key: string;
  readonly expires: string | null;
  readonly resources: readonly string[] | null;
  readonly addresses: readonly string[] | null;
  readonly replaced_by: number | null;
  readonly state: string;
}

async function json<T = Shown>(line: string, env: Readonly<Record<string, string>> = {}): Promise<T> {
  const { code, stdout, stderr } = await wcAuth(`${line} --json`, env);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as T;
}

const CREATE = 'keys create --user mara --permissions read --description Stock';
const create = async (more = '') => (await json(`${CREATE}${more}`)).key_id;
const daysUntil = (time: string | null) => (Date.parse(time ?? '') - Date.now()) / DAY_MS;
const newest = () => store.on(async ({ audit }) => (await audit.list(1))[0]);

test('a key is created with an end, groups and addresses, and all views show them', async () => {
  await create(' --expires 90d --resources products,orders --addresses 192.0.2.0/24,2001:db8::1');
  const key = await json('keys show 1');
  expect(daysUntil(key.expires)).toBeCloseTo(90, 1);
  expect(key).toMatchObject({
    resources: ['orders', 'products'],
    addresses: ['192.0.2.0/24', '2001:db8::1/128'],
    replaced_by: null,
    state: 'active',
  });
  expect(await json<Shown[]>('keys list')).toMatchObject([{ ...key }]);
  const list = (await wcAuth('keys list')).stdout;
  for (const text of ['ENDS (UTC)', 'OPENS ONLY', 'orders,products', 'ONLY FROM', '192.0.2.0/24'])
    expect(list).toContain(text);
  expect(await newest()).toMatchObject({
    event: 'key.created',
    detail: { resources: 'orders products', addresses: '192.0.2.0/24 2001:db8::1/128', expires: key.expires },
  });
});

test('keys list finds what ends soon and what has ended, the earliest end first', async () => {
  const ids = [];
  for (const expires of ['never', '30d', '10d', '20d', '5d', '6d'])
    ids.push(await create(` --expires ${expires}`));
  const [, month, soon, later, gone, goneLater] = ids;
  const ended = [goneLater, gone].map((id, index) => ({ id, at: Date.now() - (index + 1) * DAY_MS }));
  await store.on(async ({ database }) => {
    for (const { id, at } of ended)
      await database.knex('consumer_keys').where({ key_id: id }).update({ expires_at: at });
  });
  const listed = async (options: string) =>
    (await json<Shown[]>(`keys list ${options}`)).map(({ key_id }) => key_id);
  expect(await listed('--ends')).toEqual([soon]);
  expect(await listed('--ends 25')).toEqual([soon, later]);
  expect(await listed('--ends 31')).toEqual([soon, later, month]);
  expect(await listed('--ends 31 --sort created-asc')).toEqual([month, soon, later]);
  expect(await listed('--ended')).toEqual([gone, goneLater]);
  expect(await listed('--ended --search nothing')).toEqual([]);
});

test('apps list says when an app loses its access, and that it has', async () => {
  const [day, otherDay] = [Date.UTC(2999, 0, 2), Date.UTC(2999, 1, 3)];
  await store.on(async ({ consumerKeys }) => {
    for (const [appName, expiresAt] of [
      ['Kite', day],
      ['Kite', otherDay],
      ['Loom', day],
      ['Loom', null],
    ] as const)
      await consumerKeys.issue({
        userId: 1,
        description: appName,
        permissions: 'read',
        now: Date.now(),
        app: { appName, callbackOrigin: 'https://app.example', appUserId: '7' },
        limits: { ...NO_LIMITS, expiresAt },
      });
  });
  const mark = (expired_at: number, keyIds: number[]) =>
    store.on(({ database }) =>
      database.knex('consumer_keys').whereIn('key_id', keyIds).update({ expired_at }),
    );
  const kite = async () => (await json<Shown[]>('apps list'))[0];
  expect(await json('apps list')).toMatchObject([
    { app_name: 'Kite', keys: 2, expires: new Date(otherDay).toISOString(), state: 'active' },
    { app_name: 'Loom', keys: 2, expires: null, state: 'active' },
  ]);
  expect((await wcAuth('apps list')).stdout).toMatch(
    /STATE +ENDS \(UTC\) +LAST.*\nKite .* active +2999-02-03 00:00:00 .*\nLoom .* active +- /,
  );
  // A clock was set back after the key had ended.
  await mark(Date.now(), [2]);
  expect(await kite()).toMatchObject({ expires: new Date(day).toISOString(), state: 'active' });
  await mark(Date.now(), [1]);
  expect(await kite()).toMatchObject({ expires: new Date(otherDay).toISOString(), state: 'expired' });
});

test('the list has no columns for limits that no key has', async () => {
  await create();
  expect((await wcAuth('keys list')).stdout).not.toMatch(/ENDS|OPENS|ONLY FROM/);
});

test('edit sets, changes and removes limits, and leaves the others alone', async () => {
  await create();
  await json('keys edit 1 --expires 2100-01-31 --resources orders');
  expect(await json('keys edit 1 --addresses 192.0.2.7')).toMatchObject({
    expires: '2100-01-31T00:00:00.000Z',
    resources: ['orders'],
    addresses: ['192.0.2.7/32'],
  });
  expect(await newest()).toMatchObject({
    event: 'key.changed',
    detail: { from: { addresses: 'any' }, to: { addresses: '192.0.2.7/32' } },
  });
  expect(await json('keys edit 1 --expires never --resources all --addresses any')).toMatchObject({
    expires: null,
    resources: null,
    addresses: null,
  });
});

test('extend counts from the end of a key that works, and from now if it has ended', async () => {
  await create(' --expires 10d');
  expect(daysUntil((await json('keys extend 1 --days 30')).expires)).toBeCloseTo(40, 1);
  await store.on(({ database }) =>
    database
      .knex('consumer_keys')
      .update({ expires_at: Date.now() - DAY_MS, expired_at: Date.now() - DAY_MS }),
  );
  expect(await json('keys show 1')).toMatchObject({ state: 'expired' });
  const extended = await json('keys extend 1 --days 30');
  expect(daysUntil(extended.expires)).toBeCloseTo(30, 1);
  expect(extended.state).toBe('active');
});

test('replace makes a second key with the same limits, and the old one ends after the overlap', async () => {
  await create(' --resources orders --addresses 192.0.2.0/24');
  const made = await json<Shown & { replaces: number; old_key_expires: string }>('keys replace 1');
  expect(made).toMatchObject({ key_id: 2, replaces: 1 });
  expect(daysUntil(made.old_key_expires)).toBeCloseTo(7, 1);
  expect(await json<Shown[]>('keys list')).toMatchObject([
    { key_id: 1, replaced_by: 2, expires: made.old_key_expires, resources: ['orders'] },
    { key_id: 2, replaced_by: null, expires: null, resources: ['orders'], addresses: ['192.0.2.0/24'] },
  ]);
  expect(await newest()).toMatchObject({ event: 'key.replaced', keyId: 1, detail: { byKey: 2 } });
});

test('all views forget the key that replaced another once it is revoked', async () => {
  await create();
  await json('keys replace 1');
  await json('keys revoke 2');
  const key = await json('keys show 1');
  expect(key.replaced_by).toBeNull();
  expect(await json<Shown[]>('keys list')).toEqual([key]);
  expect(await json('keys edit 1 --description Other')).toMatchObject({ replaced_by: null });
  expect(await json('keys extend 1 --days 1')).toMatchObject({ replaced_by: null });
});

test('create and replace say when the new key ends', async () => {
  const env = { KEY_LIFETIME_DAYS: '10' };
  const { stdout } = await wcAuth(CREATE, env);
  const ends = /It ends on (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC\. The secret/.exec(stdout)?.[1];
  expect(daysUntil(`${ends?.replace(' ', 'T')}Z`)).toBeCloseTo(10, 1);
  expect(daysUntil((await json(CREATE, env)).expires)).toBeCloseTo(10, 1);
  expect((await wcAuth('keys replace 1')).stdout).toContain(`Key 3 ends on ${ends} UTC. The secret`);
  expect(daysUntil((await json('keys replace 2')).expires)).toBeCloseTo(10, 1);
  expect(await json(`${CREATE} --expires never`, env)).toMatchObject({ expires: null });
});

test('replace with an overlap of 0 gives the same key a new pair', async () => {
  await create();
  const before = await json('keys show 1');
  expect(await json('keys replace 1 --overlap 0')).toMatchObject({ key_id: 1, old_key_expires: null });
  const after = await json('keys show 1');
  expect(after.truncated_key).not.toBe(before.truncated_key);
  expect(await json<Shown[]>('keys list')).toHaveLength(1);
});

test.each([
  ['keys edit 1 --expires 2020-01-01', 'in the future'],
  ['keys edit 1 --expires 2027-02-30', 'It must be a date'],
  ['keys edit 1 --expires 0d', 'It must be a date'],
  ['keys edit 1 --expires soon', 'It must be a date'],
  ['keys edit 1 --resources orders,refunds', 'no group called “refunds”'],
  ['keys edit 1 --resources ,', 'no group called'],
  ['keys edit 1 --addresses 192.0.2.7/24', 'write 192.0.2.0/24'],
  ['keys edit 1 --addresses 192.0.2.0/33', 'neither an IP address nor a CIDR range'],
  ['keys edit 1 --addresses shop.example', 'neither an IP address nor a CIDR range'],
  ['keys edit 1 --addresses 192.0.2.7,', '“” is neither an IP address nor a CIDR range'],
  ['keys edit 1 --addresses 010.0.0.1', 'neither an IP address nor a CIDR range'],
  ['keys edit 1', '--expires, --resources or --addresses'],
  ['keys extend 1 --days 0', 'a number of days'],
  ['keys replace 1 --overlap 31d', 'up to 30 days'],
  ['keys replace 1 --overlap -1', 'up to 30 days'],
])('%s is rejected, and changes nothing', async (line, message) => {
  await create();
  const before = await json('keys show 1');
  const { code, stderr } = await wcAuth(line);
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  expect(await json<Shown[]>('keys list')).toEqual([before]);
});

test.each([
  ['keys extend 1 --days 3', '', 'never ends'],
  ['keys replace 1', ' --expires 2d', 'has ended'],
])('%s of a key that it is not for: "%s" fails and says why', async (line, limits, message) => {
  await create(limits);
  if (limits !== '')
    await store.on(({ database }) => database.knex('consumer_keys').update({ expires_at: Date.now() - 1 }));
  const { code, stderr } = await wcAuth(line);
  expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
});

test('a key that was replaced is not replaced a second time', async () => {
  await create();
  await json('keys replace 1');
  const { code, stderr } = await wcAuth('keys replace 1');
  expect([code, stderr]).toEqual([1, expect.stringContaining('already replaced by key 2')]);
  expect(await json<Shown[]>('keys list')).toHaveLength(2);
});

test('the lifetimes of the operator hold: a default for new keys, and a maximum for every end', async () => {
  const env = { KEY_LIFETIME_DAYS: '10', KEY_LIFETIME_MAX_DAYS: '20' };
  expect((await json<{ key_id: number }>(CREATE, env)).key_id).toBe(1);
  expect(daysUntil((await json('keys show 1')).expires)).toBeCloseTo(10, 1);
  for (const expires of ['21d', 'never']) {
    const { code, stderr } = await wcAuth(`keys edit 1 --expires ${expires}`, env);
    expect([code, stderr]).toEqual([1, expect.stringContaining('at most 20 days')]);
  }
  // What does not change the end is not about it.
  await json('keys edit 1 --description Other', { KEY_LIFETIME_MAX_DAYS: '5' });
});
