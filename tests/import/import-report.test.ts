import { importScene, type ImportScene } from '../support/import/import-scene';
import { madePair } from '../support/import/wordpress-dump';

let scene: ImportScene;
beforeEach(async () => {
  scene = await importScene();
});
afterEach(() => scene.clear());

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
