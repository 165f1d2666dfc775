import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { hashOf, importScene, type ImportScene } from '../support/import/import-scene';
import { dumpOf, madePair, type MadeStore } from '../support/import/wordpress-dump';

let scene: ImportScene;
let before: unknown;
beforeAll(async () => {
  scene = await importScene();
  before = await everything();
});
afterAll(() => scene.clear());
afterEach(async () => {
  expect(await everything()).toEqual(before);
});

/** Returns every row of every table. */
const everything = () =>
  scene.store.on(async ({ database: { knex } }) => {
    const tables = [
      'users',
      'consumer_keys',
      'key_uses',
      'audit_events',
      'import_sources',
      'imported_users',
      'imported_keys',
    ];
    return Promise.all(tables.map((table) => knex(table)));
  });

const OPTIONS = { siteurl: 'https://shop.test', timezone_string: 'UTC' };
const pair = madePair();
const MADE: MadeStore = {
  users: [{ id: 5, login: 'maria' }],
  keys: [{ id: 1, userId: 5, ...pair }],
  options: OPTIONS,
};
const text = [...dumpOf(MADE)].join('');

function file(name: string, content: string | Buffer): string {
  const path = join(scene.store.folder, name);
  writeFileSync(path, content);
  return path;
}

const BAD: readonly [what: string, content: () => string | Buffer, says: RegExp][] = [
  [
    'a dump that was cut off in a value',
    () => text.slice(0, text.indexOf(hashOf(pair.consumerKey)) + 20),
    /cut off/,
  ],
  [
    'a dump that was cut off between two tables',
    () => text.slice(0, text.indexOf('DROP TABLE IF EXISTS `wp_woo')),
    /cut off|not complete|incomplete/,
  ],
  ['a compressed dump that was cut off', () => gzipSync(text).subarray(0, -40), /cut off|damaged|incomplete/],
  ['an empty file', () => '', /empty/],
  ['a page', () => '<!doctype html><html><body>Fehler</body></html>', /web page/],
  ['an image', () => Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), /not a text file/],
  [
    'the database of something else',
    () => text.replaceAll('woocommerce_api_keys', 'gadgets'),
    /woocommerce_api_keys.*Its tables are/,
  ],
  [
    'a dump with users but without their metadata, which has the roles',
    () => text.replace(/DROP TABLE IF EXISTS `wp_usermeta`[^]*?(?=DROP TABLE)/, ''),
    /wp_capabilities in wp_usermeta.*Export both/,
  ],
  [
    'a dump with the roles of another prefix',
    () => text.replaceAll("'wp_capabilities'", "'shop_capabilities'"),
    /nothing named wp_capabilities/,
  ],
  [
    'a key table with the columns of no version',
    () => text.replaceAll('`consumer_secret`', '`secret_of_consumer`'),
    /has no column consumer_secret/,
  ],
  [
    'a key table with ids that are not numbers',
    () => text.replace('(1,5,', "('one',5,"),
    /key_id must be a number \(got "one"\)/,
  ],
];

test.each(BAD)('%s is rejected with one message, and nothing is imported', async (_what, content, says) => {
  const said = await scene.failing(file('bad.sql', content()));
  expect(said).toMatch(says);
  expect(said.trim().split('\n')).toHaveLength(1);
  expect(said).not.toContain(pair.consumerSecret);
});

test.each([
  [['--prefix', 'shop_'], /no table shop_woocommerce_api_keys.*--prefix wp_/],
  [['--site', '7'], /no table wp_7_woocommerce_api_keys.*--site 1/],
  [['--owner', 'nobody'], /nobody/],
])('the option %j that fits nothing is rejected, and nothing is imported', async (args, says) => {
  expect(await scene.failing(file('good.sql', text), ...args)).toMatch(says);
});

test.each([
  ['a file that does not exist', 'missing.sql', /missing\.sql/],
  ['a folder', '.', /folder|directory/],
  ['another kind of database', 'postgres://me@db.example/shop', /mysql:\/\//],
  ['a database with a password in its URL', 'mysql://me:hunter2@db.example/shop', /IMPORT_DATABASE_PASSWORD/],
])('%s is rejected as a source', async (_what, from, says) => {
  const said = await scene.failing(from);
  expect(said).toMatch(says);
  expect(said).not.toContain('hunter2');
});

test('a database that does not answer is rejected, without the password', async () => {
  const { code, stderr } = await scene.store.command(['import', '--from', 'mysql://me@127.0.0.1:1/shop'], {
    IMPORT_DATABASE_PASSWORD: 'hunter2',
  });
  expect(code).toBe(1);
  expect(stderr).toMatch(/127\.0\.0\.1/);
  expect(stderr).not.toContain('hunter2');
});

test('the command without --from, or with a role that cannot be mapped, is a mistake in the command line', async () => {
  for (const args of [
    ['import'],
    ['import', '--from', 'a.sql', '--map-role', 'warehouse=customer'],
    ['import', '--from', 'a.sql', '--watch', '0'],
    // Longer than Node's timers can wait. It would repeat without a pause.
    ['import', '--from', 'a.sql', '--watch', '9999999'],
    ['import', '--from', 'a.sql', '--source', ''],
  ])
    expect((await scene.store.command(args)).code).toBe(2);
});

test.each([[[]], [['--watch', '1']]])(
  'a time zone that does not exist is one message before the source is read, with the options %j',
  async (further) => {
    const args = ['import', '--from', 'a.sql', '--time-zone', 'Middle/Earth', ...further];
    const { code, stdout, stderr } = await scene.store.command(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(
      'The time zone must be a name such as Europe/Berlin, or an offset such as +02:00 (got "Middle/Earth").',
    );
    expect(stderr).not.toContain('a.sql');
  },
);

// Not a mistake of the whole source: the rest comes over.
describe('one damaged value', () => {
  let own: ImportScene;
  beforeEach(async () => {
    own = await importScene();
  });
  afterEach(() => own.clear());

  test('a serialized role with a wrong length costs its user the role, and the report says so', async () => {
    const report = await own.import(
      own.dump({
        ...MADE,
        users: [{ id: 5, login: 'maria', capabilities: 'a:1:{s:11:"shop_manager";b:1;}' }],
      }),
    );
    expect(report.keys).toMatchObject({ imported: 0, not_imported: 1 });
    expect(report.problems).toEqual([
      expect.objectContaining({
        kind: 'owner may not manage',
        message: expect.stringContaining('cannot be read'),
        fix: expect.stringContaining('Export again'),
      }),
    ]);
  });

  test('a key without a hash or a secret is reported, and the rest comes over', async () => {
    const made = { ...MADE, keys: [...MADE.keys, { id: 2, userId: 5, ...madePair(), consumerSecret: '' }] };
    const report = await own.import(own.dump(made));
    expect(report.keys).toMatchObject({ imported: 1, not_imported: 1 });
    expect(report.problems).toEqual([expect.objectContaining({ kind: 'damaged key', key_id: 2 })]);
  });

  test('of two keys with one consumer key, the first comes over, which WooCommerce finds', async () => {
    const made = { ...MADE, keys: [...MADE.keys, { id: 2, userId: 5, ...pair }] };
    const report = await own.import(own.dump(made));
    expect(report.problems).toEqual([expect.objectContaining({ kind: 'same key twice', key_id: 2 })]);
    expect(report.keys).toMatchObject({ imported: 1, not_imported: 1 });
  });

  test('a login with other letters signs in as it is', async () => {
    await own.import(own.dump({ ...MADE, users: [{ id: 5, login: 'магазин ☂' }] }));
    const logins = await own.store.on(async ({ users }) => (await users.list()).map(({ login }) => login));
    expect(logins).toContain('магазин ☂');
  });
});
