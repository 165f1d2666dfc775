import { importScene, type ImportScene } from '../support/import/import-scene';
import { madePair } from '../support/import/wordpress-dump';

let scene: ImportScene;
beforeEach(async () => {
  scene = await importScene();
});
afterEach(() => scene.clear());

const OPTIONS = { siteurl: 'https://shop.test', timezone_string: 'UTC' };
const MADE = { users: [{ id: 5, login: 'maria' }], keys: [{ id: 1, userId: 5, ...madePair() }] };

test.each([
  ['0', 'UTC'],
  ['2', 'UTC+02:00'],
])('a time zone that does not exist is named in the report, beside the offset %s', async (offset, zone) => {
  const options = { siteurl: 'https://shop.test', timezone_string: 'Middle/Earth', gmt_offset: offset };
  const report = await scene.import(scene.dump({ ...MADE, options }));
  expect(report.source.time_zone).toBe(zone);
  expect(report.problems).toEqual([
    {
      kind: 'time zone',
      about: 'Last use',
      key_id: null,
      message: `The store's time zone "Middle/Earth" is unknown here, so the times of last use count as ${zone}.`,
      fix: "Add the store's time zone: --time-zone Europe/Berlin, or --time-zone +02:00",
    },
  ]);
});

test('the table of the report cuts a long name of an app, and the JSON has all of it', async () => {
  // The family is one character for a reader, and seven code points.
  const longest = `${'a'.repeat(59)}👩‍👩‍👧‍👦`;
  const names = [longest, `${longest}!`];
  const keys = names.map((name, index) => ({
    id: index + 1,
    userId: 5,
    ...madePair(),
    description: `${name} - API (2026-01-02 03:04:05)`,
  }));
  const file = scene.dump({ ...MADE, keys, options: OPTIONS });
  const { stdout } = await scene.store.command(['import', '--from', file, '--dry-run']);
  const apps = [...stdout.matchAll(/^maria {2}(.*?) +1 +-/gm)].map(([, app]) => app);
  expect(apps).toEqual([longest, `${longest}…`]);
  expect((await scene.import(file)).apps.map(({ app }) => app)).toEqual(names);
});

test('the table of the report has 100 rows and says how many more the JSON has', async () => {
  const users = Array.from({ length: 103 }, (_, index) => ({ id: index + 1, login: `manager-${index + 1}` }));
  const keys = users.map(({ id }) => ({ id, userId: id, ...madePair() }));
  const file = scene.dump({ users, keys, options: OPTIONS });
  const { stdout } = await scene.store.command(['import', '--from', file, '--dry-run']);
  expect(stdout.match(/^manager-/gm)).toHaveLength(100);
  expect(stdout).toContain('\n  and 3 more, which --json lists\n');
  expect((await scene.import(file)).apps).toHaveLength(103);
});
