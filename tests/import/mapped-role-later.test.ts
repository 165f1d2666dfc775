import { importScene, type ImportScene } from '../support/import/import-scene';
import { ADMINISTRATOR, CUSTOMER, madePair, type MadeStore } from '../support/import/wordpress-dump';

let scene: ImportScene;
beforeEach(async () => {
  scene = await importScene();
});
afterEach(() => scene.clear());

const WAREHOUSE = 'a:1:{s:9:"warehouse";b:1;}';
const MANAGES = 'a:1:{s:12:"capabilities";a:1:{s:18:"manage_woocommerce";b:1;}}';
const WITH_WAREHOUSE = `a:2:{s:13:"administrator";${MANAGES}s:9:"warehouse";${MANAGES}}`;
const SETTINGS = { siteurl: 'https://shop.test', timezone_string: 'UTC' };
const keys = Array.from({ length: 30 }, (_, index) => ({
  id: 1 + index,
  userId: index === 0 ? 6 : 5,
  ...madePair(),
}));
const made = (capabilities: string, options: MadeStore['options']): MadeStore => ({
  users: [
    { id: 5, login: 'maria', capabilities: ADMINISTRATOR },
    { id: 6, login: 'cora', capabilities },
  ],
  keys,
  ...(options ? { options } : {}),
});
const roleOfCora = () =>
  scene.store.on(async ({ users }) => (await users.list()).find(({ login }) => login === 'cora')?.role);

test.each([
  ['that the source knows', { ...SETTINGS, wp_user_roles: WITH_WAREHOUSE }],
  ['that the source does not list', undefined],
])('a role of a plugin %s keeps its access at a later run without --map-role', async (_which, options) => {
  const file = scene.dump(made(WAREHOUSE, options));
  const named = ['--source', 'shop', '--time-zone', 'UTC'];
  await scene.import(file, ...named, '--map-role', 'warehouse=shop_manager');
  const report = await scene.import(file, ...named);
  expect(report.keys).toMatchObject({ unchanged: 30 });
  expect(report.users).toMatchObject({ changed: 0 });
  expect(await roleOfCora()).toBe('shop_manager');
  expect(
    report.apps.map(({ owner, keys: count, without_access: resting }) => [owner, count, resting]),
  ).toEqual([
    ['cora', 1, 0],
    ['maria', 29, 0],
  ]);
  expect(report.problems).toMatchObject([
    {
      kind: 'custom role',
      about: '"cora" (user 6)',
      message: expect.stringContaining('so the account is still a shop manager'),
    },
  ]);
});

test('a user who may not manage the store in WooCommerce any more loses the role here', async () => {
  const options = { ...SETTINGS, wp_user_roles: WITH_WAREHOUSE };
  await scene.import(scene.dump(made(WAREHOUSE, options)), '--map-role', 'warehouse=shop_manager');
  const report = await scene.import(scene.dump(made(CUSTOMER, options)));
  expect(report.users).toMatchObject({ changed: 1 });
  expect(await roleOfCora()).toBe('customer');
});

test('a role of a plugin without a mapping has no access at any run', async () => {
  const file = scene.dump(made(WAREHOUSE, { ...SETTINGS, wp_user_roles: WITH_WAREHOUSE }));
  await scene.import(file);
  await scene.import(file);
  expect(await roleOfCora()).toBe('customer');
});

test('an administrator who has only a role of a plugin now becomes a shop manager', async () => {
  const options = { ...SETTINGS, wp_user_roles: WITH_WAREHOUSE };
  await scene.import(scene.dump(made(ADMINISTRATOR, options)));
  await scene.import(scene.dump(made(WAREHOUSE, options)));
  expect(await roleOfCora()).toBe('shop_manager');
});
