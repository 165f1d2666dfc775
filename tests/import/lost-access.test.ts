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
const options = { siteurl: 'https://shop.test', timezone_string: 'UTC' };
/** Makes keys of which the first ones belong to tom, and the others to maria. */
const madeKeys = (count: number, ofTom: number): MadeKey[] =>
  Array.from({ length: count }, (_, index) => ({
    id: 1 + index,
    userId: index < ofTom ? 6 : 5,
    ...madePair(),
  }));
const dump = (users: readonly MadeUser[], keys: readonly MadeKey[]) => scene.dump({ users, keys, options });
const roleOfTom = () =>
  scene.store.on(async ({ users }) => (await users.list()).find(({ login }) => login === 'tom')?.role);
const demoted = { ...tom, capabilities: CUSTOMER };

test('an import that takes the access from more than a tenth of the keys needs --yes, also with --partial', async () => {
  const keys = madeKeys(20, 3);
  await scene.import(dump([maria, tom], keys));
  const file = dump([maria, demoted], keys);
  const would = 'would take the access from 3 of the 20 keys that came from shop.test';
  for (const args of [[], ['--partial']]) {
    expect(await scene.failing(file, ...args)).toContain(would);
    const { problems } = await scene.import(file, '--dry-run', ...args);
    expect(problems[0]).toMatchObject({ kind: 'needs --yes', message: expect.stringContaining(would) });
  }
  expect(await roleOfTom()).toBe('shop_manager');
  expect((await scene.import(file, '--yes')).users).toMatchObject({ changed: 1 });
  expect(await roleOfTom()).toBe('customer');
  expect((await scene.import(file)).keys).toMatchObject({ unchanged: 20 });
});

test('revoked keys and keys that lose access count together', async () => {
  const keys = madeKeys(20, 2);
  await scene.import(dump([maria, tom], keys));
  expect(await scene.failing(dump([maria, demoted], keys.slice(0, -1)))).toContain(
    'would revoke 1 and take the access from 2 of the 20 keys',
  );
  // One tenth is not more than a tenth.
  expect((await scene.import(dump([maria, demoted], keys))).users).toMatchObject({ changed: 1 });
});

test('keys without access do not hide how many of the others end', async () => {
  const keys = madeKeys(30, 20);
  await scene.import(dump([maria, demoted], keys), '--include-resting');
  expect(await scene.failing(dump([maria, demoted], keys.slice(0, -2)))).toContain(
    'would end the access of 2 of the 10 keys with access that came from shop.test',
  );
});

test('keys count whose owner is removed in WordPress or changes to a user without the role', async () => {
  const extra = Array.from({ length: 20 }, (_, index) => ({ id: 100 + index, login: `manager-${index}` }));
  const keys = madeKeys(20, 3);
  await scene.import(dump([maria, tom, ...extra], keys));
  const withoutTom = dump([maria, ...extra], keys);
  expect(await scene.failing(withoutTom)).toContain('would take the access from 3 of the 20 keys');
  const dry = await scene.import(withoutTom, '--dry-run', '--yes');
  const real = await scene.import(withoutTom, '--yes');
  expect({ ...dry, dry_run: false }).toEqual(real);
  expect(real.problems.map(({ kind, key_id: key, fix }) => [kind, key, fix])).toEqual(
    [1, 2, 3].map((key) => [
      'owner may not manage',
      key,
      `Run npx wc-auth users enable tom, or give the key to another account: npx wc-auth keys edit ${key} --owner LOGIN.`,
    ]),
  );
});

test('keys count that get an owner who may not manage the store', async () => {
  const carl = { id: 7, login: 'carl', capabilities: CUSTOMER };
  const keys = madeKeys(20, 0);
  await scene.import(dump([maria], keys));
  const moved = keys.map((key) => (key.id <= 3 ? { ...key, userId: 7 } : key));
  expect(await scene.failing(dump([maria, carl], moved))).toContain(
    'would take the access from 3 of the 20 keys',
  );
});
