import { importScene, type ImportScene } from '../support/import/import-scene';
import {
  ADMINISTRATOR,
  CUSTOMER,
  madePair,
  type MadeKey,
  type MadeUser,
} from '../support/import/wordpress-dump';

let scene: ImportScene;
beforeEach(async () => {
  scene = await importScene();
});
afterEach(() => scene.clear());

const maria: MadeUser = { id: 5, login: 'maria', capabilities: ADMINISTRATOR };
const tom: MadeUser = { id: 6, login: 'tom' };
const users = [maria, tom];
const OPTIONS = { siteurl: 'https://shop.test', home: 'https://shop.test', timezone_string: 'Europe/Berlin' };

function madeKeys(count: number): MadeKey[] {
  return Array.from({ length: count }, (_, index) => ({
    id: 101 + index,
    userId: index % 2 === 0 ? 5 : 6,
    description: `App ${index} - API (2026-01-02 03:04:05)`,
    ...madePair(),
  }));
}

const keysHere = () =>
  scene.store.on(async ({ consumerKeys }) =>
    (await consumerKeys.list()).map(({ keyId, description, permissions, userId }) => ({
      keyId,
      description,
      permissions,
      userId,
    })),
  );
const history = (event: string) =>
  scene.store.on(async ({ audit }) =>
    (await audit.list(1000))
      .filter((entry) => entry.event === event)
      .map(({ keyId, detail }) => ({ keyId, detail })),
  );
const loginsHere = () =>
  scene.store.on(async ({ users: here }) => (await here.list()).map(({ login }) => login));

test('the same source again changes nothing and adds nothing to the history', async () => {
  const file = scene.dump({ users, keys: madeKeys(12), options: OPTIONS });
  expect((await scene.import(file)).keys).toMatchObject({ found: 12, imported: 12 });
  const before = await scene.store.on(({ audit }) => audit.list(1000));
  expect((await scene.import(file)).keys).toMatchObject({
    found: 12,
    imported: 0,
    changed: 0,
    unchanged: 12,
  });
  expect(await scene.store.on(({ audit }) => audit.list(1000))).toEqual(before);
});

test('what has changed in the source changes here, each with its entry in the history', async () => {
  const keys = madeKeys(12);
  await scene.import(scene.dump({ users, keys, options: OPTIONS }));
  const changed = keys.map((key) => {
    if (key.id === 101) return { ...key, permissions: 'read' };
    if (key.id === 102) return { ...key, userId: 5 };
    if (key.id === 103) return { ...key, description: 'By hand now' };
    return key;
  });
  const added = { id: 200, userId: 6, ...madePair() };
  const report = await scene.import(scene.dump({ users, keys: [...changed, added], options: OPTIONS }));
  expect(report.keys).toMatchObject({ imported: 1, changed: 3, unchanged: 9 });
  const here = await keysHere();
  const mariaId = here.find(({ keyId }) => keyId === 101)?.userId;
  expect(here).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ keyId: 101, permissions: 'read' }),
      expect.objectContaining({ keyId: 102, userId: mariaId }),
      expect.objectContaining({ keyId: 103, description: 'By hand now' }),
      expect.objectContaining({ keyId: 200 }),
    ]),
  );
  expect(await history('key.changed')).toHaveLength(3);
  expect(await history('import.finished')).toHaveLength(2);
});

test('what was changed here stays, and the report says so if the source has changed too', async () => {
  const keys = madeKeys(12);
  await scene.import(scene.dump({ users, keys, options: OPTIONS }));
  await scene.store.command(['keys', 'edit', '101', '--permissions', 'read']);
  await scene.store.command(['keys', 'edit', '102', '--description', 'Mine']);
  const changed = keys.map((key) => (key.id === 101 ? { ...key, permissions: 'write' } : key));
  const { keys: counts, problems } = await scene.import(
    scene.dump({ users, keys: changed, options: OPTIONS }),
  );
  expect(counts).toMatchObject({ changed: 0, unchanged: 12 });
  expect(problems).toEqual([expect.objectContaining({ kind: 'changed here', key_id: 101 })]);
  expect(await keysHere()).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ keyId: 101, permissions: 'read' }),
      expect.objectContaining({ keyId: 102, description: 'Mine' }),
    ]),
  );
});

test('a key that is gone from the source is revoked, and one that was revoked here stays revoked', async () => {
  const keys = madeKeys(30);
  await scene.import(scene.dump({ users, keys, options: OPTIONS }));
  await scene.store.command(['keys', 'revoke', '110', '--yes']);
  const report = await scene.import(
    scene.dump({ users, keys: keys.filter(({ id }) => id !== 120), options: OPTIONS }),
  );
  expect(report.keys).toMatchObject({ imported: 0, revoked: 1, revoked_here: 1, unchanged: 28 });
  const ids = (await keysHere()).map(({ keyId }) => keyId);
  expect(ids).not.toContain(110);
  expect(ids).not.toContain(120);
  expect(await history('key.revoked')).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ keyId: 120, detail: expect.objectContaining({ by: 'import' }) }),
    ]),
  );
});

test('more than a tenth is revoked only with --yes, and none with --partial', async () => {
  const keys = madeKeys(12);
  await scene.import(scene.dump({ users, keys, options: OPTIONS }));
  const before = await keysHere();
  const rest = scene.dump({ users, keys: keys.slice(2), options: OPTIONS });
  expect(await scene.failing(rest)).toContain('would revoke 2 of the 12 keys');
  expect(await keysHere()).toEqual(before);
  const dryRun = await scene.import(rest, '--dry-run');
  expect(dryRun.keys).toMatchObject({ revoked: 2 });
  expect(dryRun.problems).toEqual([
    expect.objectContaining({ kind: 'needs --yes', fix: expect.stringContaining('--yes') }),
    expect.objectContaining({ kind: 'not in the source', key_id: 101, about: keys[0]?.description }),
    expect.objectContaining({ kind: 'not in the source', key_id: 102, about: keys[1]?.description }),
  ]);
  expect((await scene.import(rest, '--partial')).keys).toMatchObject({ revoked: 0 });
  expect(await keysHere()).toEqual(before);
  expect((await scene.import(rest, '--yes')).keys).toMatchObject({ revoked: 2 });
  expect(await keysHere()).toEqual(before.slice(2));
});

test('another source changes and revokes nothing of the first one', async () => {
  const keys = madeKeys(12);
  await scene.import(scene.dump({ users, keys, options: OPTIONS }));
  const before = await keysHere();
  const other = { ...OPTIONS, siteurl: 'https://other.test', home: 'https://other.test' };
  const report = await scene.import(
    scene.dump({
      users: [{ id: 5, login: 'olga' }],
      keys: [{ id: 101, userId: 5, ...madePair() }],
      options: other,
    }),
  );
  expect(report.keys).toMatchObject({ imported: 1, revoked: 0 });
  expect(report.problems).toEqual([expect.objectContaining({ kind: 'key id is taken', key_id: 101 })]);
  expect(await keysHere()).toEqual([...before, expect.objectContaining({ description: expect.any(String) })]);
});

test('the same keys under another name of the source are rejected with the name to add', async () => {
  const keys = madeKeys(3);
  await scene.import(scene.dump({ users, keys, options: OPTIONS }));
  const withoutSettings = scene.dump({ users, keys });
  expect(await scene.failing(withoutSettings)).toContain('add --source shop.test');
  expect((await scene.import(withoutSettings, '--source', 'shop.test')).keys).toMatchObject({ unchanged: 3 });
});

test('a role, name and email address follow the source, and a user who is gone can not sign in', async () => {
  const keys = madeKeys(2);
  await scene.import(scene.dump({ users: [...users, ...many(10)], keys, options: OPTIONS }));
  const report = await scene.import(
    scene.dump({
      users: [maria, { ...tom, name: 'Tom T.', email: 'tom@new.test', capabilities: CUSTOMER }, ...many(9)],
      keys,
      options: OPTIONS,
    }),
    '--yes',
  );
  expect(report.users).toMatchObject({ changed: 1, disabled: 1 });
  const here = await scene.store.on(({ users: all }) => all.list());
  expect(here.find(({ login }) => login === 'tom')).toMatchObject({
    name: 'Tom T.',
    email: 'tom@new.test',
    role: 'customer',
  });
  expect(here.find(({ login }) => login === 'manager-9')?.disabledAt).not.toBeNull();
});

const many = (count: number): MadeUser[] =>
  Array.from({ length: count }, (_, index) => ({ id: 100 + index, login: `manager-${index}` }));

test('an account with the same login and email address gets the keys and does not change', async () => {
  await scene.store.on(({ users: here }) =>
    here.add({
      login: 'Maria',
      email: 'maria@made-up.test',
      role: 'shop_manager',
      password: 'here-first',
      now: 1,
    }),
  );
  const report = await scene.import(scene.dump({ users, keys: madeKeys(2), options: OPTIONS }));
  expect(report.users).toMatchObject({ existing: 1, imported: 1 });
  expect(report.problems).toEqual([expect.objectContaining({ kind: 'existing account' })]);
  expect(await loginsHere()).toEqual(['manager', 'Maria', 'tom']);
});

test('logins and email addresses that are taken get an ending, and the report says which', async () => {
  const made = [
    { id: 5, login: 'manager', email: 'other@made-up.test' },
    { id: 6, login: 'anna', email: 'Anna@made-up.test' },
    { id: 7, login: 'anna2', email: 'anna@MADE-up.test' },
  ];
  const report = await scene.import(scene.dump({ users: made, keys: [], options: OPTIONS }));
  expect(report.problems.map(({ kind }) => kind)).toEqual(['login is taken', 'email is taken']);
  const here = await scene.store.on(({ users: all }) => all.list());
  expect(here.map(({ login, email }) => [login, email])).toEqual([
    ['manager', 'manager@store.test'],
    ['manager-2', 'other@made-up.test'],
    ['anna', 'Anna@made-up.test'],
    ['anna2', 'anna+wordpress-7@MADE-up.test'],
  ]);
});

test('a dry run writes nothing and reports what the import then does', async () => {
  const file = scene.dump({ users, keys: madeKeys(4), options: OPTIONS });
  const dry = await scene.import(file, '--dry-run');
  expect(await keysHere()).toEqual([]);
  expect(await loginsHere()).toEqual(['manager']);
  const real = await scene.import(file);
  expect({ ...dry, dry_run: false }).toEqual(real);
});

test('a key that exists here with another origin is reported and stays as it is', async () => {
  const issued = await scene.store.issue('Made here');
  const file = scene.dump({
    users,
    keys: [{ id: 900, userId: 5, consumerKey: issued.consumerKey, consumerSecret: issued.consumerSecret }],
    options: OPTIONS,
  });
  const report = await scene.import(file);
  expect(report.keys).toMatchObject({ imported: 0, not_imported: 1 });
  expect(report.problems).toEqual([expect.objectContaining({ kind: 'key exists here', key_id: 900 })]);
});

test('new keys get ids above those of the source, also while it is imported', async () => {
  await scene.import(scene.dump({ users, keys: madeKeys(3), options: OPTIONS }));
  expect((await scene.store.issue()).keyId).toBe(104);
});

test('roles that are damaged in a later dump change nothing, and the report says so', async () => {
  const keys = madeKeys(4);
  await scene.import(scene.dump({ users, keys, options: OPTIONS }));
  const damaged = { ...tom, capabilities: 'a:1:{s:11:"shop_manager";b:1;}' };
  const report = await scene.import(scene.dump({ users: [maria, damaged], keys, options: OPTIONS }));
  expect(report.users).toMatchObject({ changed: 0, unchanged: 2 });
  expect(report.problems).toEqual([
    expect.objectContaining({ kind: 'unreadable role', about: '"tom" (user 6)' }),
  ]);
});

test('a later import reports the keys whose owner may not manage the store any more', async () => {
  const keys = madeKeys(4);
  await scene.import(scene.dump({ users, keys, options: OPTIONS }));
  const demoted = { ...tom, capabilities: CUSTOMER };
  const report = await scene.import(scene.dump({ users: [maria, demoted], keys, options: OPTIONS }), '--yes');
  expect(report.problems.map(({ kind, key_id: key, message }) => [kind, key, message])).toEqual(
    [102, 104].map((key) => [
      'owner may not manage',
      key,
      'Its owner tom may not manage the store: the role is customer. The key has no access.',
    ]),
  );
});

test('commands in the report quote a login with a blank', async () => {
  const smith = { id: 7, login: 'John Smith', pass: '$unknown$'.repeat(8) };
  const report = await scene.import(scene.dump({ users: [maria, smith], keys: [], options: OPTIONS }));
  expect(report.problems).toEqual([
    expect.objectContaining({ fix: "Set one: npx wc-auth users set-password 'John Smith'" }),
  ]);
});
