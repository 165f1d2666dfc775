import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { importScene, type ImportScene, type ShownReport } from '../support/import/import-scene';
import { ADMINISTRATOR, CUSTOMER, madePair, SHOP_MANAGER } from '../support/import/wordpress-dump';

const SHOP = join(__dirname, 'dumps', 'shop-three-tables.sql');
const BERLIN = ['--time-zone', 'Europe/Berlin'];

let scene: ImportScene;
beforeEach(async () => {
  scene = await importScene();
});
afterEach(() => scene.clear());

const rolesHere = () =>
  scene.store.on(async ({ users }) =>
    Object.fromEntries((await users.list()).map(({ login, role }) => [login, role])),
  );
const keyIdsHere = () =>
  scene.store.on(async ({ consumerKeys }) => (await consumerKeys.list()).map(({ keyId }) => keyId));
const problemKeys = ({ problems }: ShownReport, kind: string) =>
  problems.filter((one) => one.kind === kind).map(({ key_id }) => key_id);

test('users who own a key or may manage the store come over, with the role that they have in effect', async () => {
  await scene.import(SHOP, ...BERLIN);
  expect(await rolesHere()).toEqual({
    manager: 'administrator',
    admin: 'administrator',
    owner: 'administrator',
    'manager.maria': 'shop_manager',
    'editor.ed': 'customer',
    'customer.carl': 'customer',
    'subscriber.sue': 'customer',
    'manager.bcrypt': 'shop_manager',
    'both.bob': 'shop_manager',
    'nobody.ned': 'customer',
    UpperCase: 'shop_manager',
    магазин: 'shop_manager',
    'John Smith': 'shop_manager',
    'argon.amy': 'shop_manager',
    'argon.abe': 'shop_manager',
    'md5.mike': 'shop_manager',
    'quote.quinn': 'shop_manager',
    'quote.cli': 'shop_manager',
    'locked.lou': 'shop_manager',
    'custom.cora': 'customer',
    'cap.cain': 'shop_manager',
    'denied.dora': 'customer',
  });
});

test('keys are reported with the reason why they did not come over, or have no access', async () => {
  const report = await scene.import(SHOP, ...BERLIN);
  expect(problemKeys(report, 'orphaned key')).toEqual([9, 17, 25, 26]);
  expect(problemKeys(report, 'owner may not manage')).toEqual([13, 14, 15, 16, 22]);
  expect(problemKeys(report, 'unknown permissions')).toEqual([27]);
  expect(problemKeys(report, 'custom role')).toEqual([6]);
  expect(report.problems.every(({ message, fix }) => message.endsWith('.') && fix !== '')).toBe(true);
});

test('--include-resting brings keys of owners who may not manage the store', async () => {
  const report = await scene.import(SHOP, ...BERLIN, '--include-resting');
  expect(report.keys).toMatchObject({ imported: 22, without_access: 6, not_imported: 5 });
  expect(await keyIdsHere()).toEqual(expect.arrayContaining([13, 14, 15, 16, 22]));
});

test('--map-role lets a role of a plugin become a role here', async () => {
  const report = await scene.import(SHOP, ...BERLIN, '--map-role', 'warehouse=shop_manager');
  expect(report.keys).toMatchObject({ imported: 17, without_access: 0 });
  expect(await rolesHere()).toMatchObject({ 'custom.cora': 'shop_manager', 'denied.dora': 'customer' });
});

/** A role of a plugin, which may manage the store. */
const WAREHOUSE = 'a:1:{s:9:"warehouse";b:1;}';
const WITH_WAREHOUSE =
  'a:1:{s:9:"warehouse";a:2:{s:4:"name";s:9:"Warehouse";s:12:"capabilities";a:1:{s:18:"manage_woocommerce";b:1;}}}';

test('a role of a plugin is judged by the options table, and without it the report says that it is unknown', async () => {
  const made = {
    users: [{ id: 5, login: 'cora', capabilities: WAREHOUSE }],
    keys: [{ id: 1, userId: 5, ...madePair() }],
  };
  const options = { siteurl: 'https://shop.test', timezone_string: 'UTC', wp_user_roles: WITH_WAREHOUSE };
  const about = async (file: string) =>
    (await scene.import(file, '--dry-run', '--source', 'shop')).problems.filter(
      ({ kind }) => kind === 'custom role',
    );
  expect(await about(scene.dump({ ...made, options }))).toMatchObject([
    {
      message: expect.stringContaining('cora may manage the store only by a role'),
      fix: expect.stringContaining('users set-role cora shop_manager'),
    },
  ]);
  expect(await about(scene.dump(made))).toMatchObject([
    {
      message:
        'Its owner cora has the role warehouse, and the source does not say whether that role may manage the store. The key has no access.',
      fix: 'If the role may manage the store, add --map-role warehouse=shop_manager. A source with the options table says whether it may.',
    },
  ]);
});

test('--all-users also brings customers without a key', async () => {
  await scene.import(SHOP, ...BERLIN, '--all-users');
  expect(await rolesHere()).toMatchObject({ 'anna@kunde.test': 'customer' });
});

test('--owner gets the keys whose owner is not in the source', async () => {
  const report = await scene.import(SHOP, ...BERLIN, '--owner', 'manager');
  expect(problemKeys(report, 'orphaned key')).toEqual([]);
  const owned = await scene.store.on(async ({ consumerKeys }) =>
    (await consumerKeys.list(1)).map(({ keyId }) => keyId),
  );
  expect(owned).toEqual([9, 17, 25, 26]);
});

test('times of last use are converted from the time of the site, and apps and dates come from descriptions', async () => {
  await scene.import(SHOP, ...BERLIN);
  const keys = await scene.store.on(async ({ consumerKeys }) => consumerKeys.list());
  const found = new Map(keys.map((key) => [key.keyId, key]));
  expect(found.get(1)).toMatchObject({
    description: 'Lagerfix - API (2026-11-27 22:48:59)',
    createdAt: Date.UTC(2026, 10, 27, 22, 48, 59),
    lastAccess: Date.UTC(2026, 10, 27, 22, 49, 45),
    app: { appName: 'Lagerfix' },
    imported: true,
  });
  expect(found.get(24)).toMatchObject({ lastAccess: null, app: null });
  expect(found.get(18)?.description).toBe("It's; a -- comment /* and */ `ticks` \\ back\\'slash, ünïcödé");
});

test('without a time zone, the report says how times were read', async () => {
  const { source, problems } = await scene.import(SHOP);
  expect(source.time_zone).toBe('UTC');
  expect(problems.map(({ kind }) => kind)).toContain('time zone');
});

test('the CSV of the key table brings changes to keys whose owners came before', async () => {
  await scene.import(SHOP, ...BERLIN);
  const csv = join(__dirname, 'dumps', 'shop-api_keys.phpmyadmin.csv');
  const report = await scene.import(csv, ...BERLIN);
  expect(report.keys).toMatchObject({ found: 27, imported: 0, changed: 0, unchanged: 17, revoked: 0 });
  expect(report.users).toMatchObject({ disabled: 0 });
});

test('without --owner, the CSV alone names no owner, and with it the keys come over', async () => {
  const csv = join(__dirname, 'dumps', 'shop-api_keys.phpmyadmin.csv');
  expect(await scene.failing(csv)).toContain('--source NAME');
  const report = await scene.import(csv, '--source', 'shop', '--owner', 'manager', ...BERLIN);
  expect(report.keys).toMatchObject({ found: 27, imported: 26, not_imported: 1 });
});

const SITES = {
  users: [
    { id: 1, login: 'super', capabilities: null },
    { id: 2, login: 'second', capabilities: null },
  ],
  keys: [],
};

/** Writes the dump of a network of two sites and returns its path. */
function networkDump(siteAdmins: string): string {
  const [first, second] = [madePair(), madePair()];
  const network = scene.dump({ ...SITES, keys: [{ id: 1, userId: 1, ...first }] }, 'network.sql');
  const site2 = scene.dump(
    {
      prefix: 'wp_2_',
      users: [],
      keys: [{ id: 1, userId: 2, ...second }],
      options: { siteurl: 'https://network.test/zwei', timezone_string: 'UTC' },
    },
    'site2.sql',
  );
  const both = join(scene.store.folder, 'both.sql');
  const settings =
    'CREATE TABLE `wp_sitemeta` (`meta_id` bigint, `site_id` bigint, `meta_key` varchar(255), `meta_value` longtext);\n' +
    `INSERT INTO \`wp_sitemeta\` VALUES (1,1,'site_admins','${siteAdmins.replaceAll('"', '\\"')}');\n` +
    `INSERT INTO \`wp_usermeta\` VALUES (900,2,'wp_2_capabilities','${SHOP_MANAGER.replaceAll('"', '\\"')}');\n`;
  // Only the tables of the second site that are its own.
  const own = readFileSync(site2, 'utf8').replace(
    /DROP TABLE IF EXISTS `wp_2_user(?:s|meta)`[^;]*;\nCREATE[^;]*;\n/g,
    '',
  );
  writeFileSync(
    both,
    readFileSync(network, 'utf8').replace('-- Dump completed', `${settings}-- Dump completed`) + own,
  );
  return both;
}

test('a site of a network has its own keys and roles, and the users of the network', async () => {
  const both = networkDump('a:1:{i:0;s:5:"super";}');
  const said = await scene.failing(both);
  expect(said).toContain('--site 1 or --site 2');
  const report = await scene.import(both, '--site', '2');
  expect(report.keys).toMatchObject({ found: 1, imported: 1 });
  expect(await rolesHere()).toEqual({
    manager: 'administrator',
    super: 'administrator',
    second: 'shop_manager',
  });
});

test('super admins of a network that cannot be read count by their roles, and the report says so', async () => {
  const both = networkDump('a:1:{i:0;s:9:"super";}');
  const report = await scene.import(both, '--site', '2');
  expect(await rolesHere()).not.toHaveProperty('super');
  const problem = {
    kind: 'unreadable role',
    about: 'site_admins',
    key_id: null,
    message: expect.stringMatching(
      /^The super admins of the network cannot be read \(at byte 9, .+\), so only the roles of the site count for them\.$/,
    ),
    fix: 'Export the table wp_sitemeta again, without a change of its text. Or give each super admin with an account here the role: npx wc-auth users set-role LOGIN administrator',
  };
  expect(report.problems).toEqual([problem]);
  const { stdout } = await scene.store.command(['import', '--from', both, '--site', '2']);
  expect(stdout).toContain(`Unreadable role (1):
  site_admins
    The super admins of the network cannot be read`);
});

test('two stores in one database need a prefix, and each is imported alone', async () => {
  const options = (name: string) => ({ siteurl: `https://${name}.test`, timezone_string: 'UTC' });
  const a = scene.dump(
    {
      prefix: 'a_',
      users: [{ id: 1, login: 'anna', capabilities: ADMINISTRATOR }],
      keys: [],
      options: options('a'),
    },
    'a.sql',
  );
  const b = scene.dump(
    {
      prefix: 'b_',
      users: [{ id: 1, login: 'bert', capabilities: CUSTOMER }],
      keys: [{ id: 1, userId: 1, ...madePair() }],
      options: options('b'),
    },
    'b.sql',
  );
  const both = join(scene.store.folder, 'both.sql');
  writeFileSync(both, readFileSync(a, 'utf8') + readFileSync(b, 'utf8'));
  expect(await scene.failing(both)).toContain('--prefix a_ or --prefix b_');
  expect((await scene.import(both, '--prefix', 'a_')).users).toMatchObject({ imported: 1 });
  expect(await rolesHere()).toEqual({ manager: 'administrator', anna: 'administrator' });
});
