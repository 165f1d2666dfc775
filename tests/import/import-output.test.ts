import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { importScene, type ImportScene } from '../support/import/import-scene';
import { madePair } from '../support/import/wordpress-dump';

let scene: ImportScene;
const pair = madePair();
const LONG_NAME = 'A Long Name '.repeat(12).trim();

beforeAll(async () => {
  scene = await importScene();
});
afterAll(() => scene.clear());

const made = () =>
  scene.dump({
    users: [{ id: 5, login: 'maria' }],
    keys: [{ id: 1, userId: 5, ...pair, description: `${LONG_NAME} - API (2026-01-02 03:04:05)` }],
  });

test('the report names a key only for a problem of a key, and fits a terminal with a long app name', async () => {
  const { code, stdout } = await scene.store.command(['import', '--from', made()]);
  expect(code).toBe(0);
  expect(stdout).toContain('\nTime zone (1):\n  Last use\n');
  const [row = ''] = /^maria .*$/m.exec(stdout) ?? [];
  expect(row).toMatch(/A Long Name .*… +1 /);
  expect(row.length).toBeLessThan(100);
});

test('import verify prints JSON for a script, and fails if a pair does not work', async () => {
  const pairs = join(scene.store.folder, 'pairs.txt');
  const { consumerKey, consumerSecret } = pair;
  writeFileSync(pairs, `${consumerKey} ${consumerSecret}\n${consumerKey},${madePair().consumerSecret}\n`);
  const { code, stdout } = await scene.store.command(['import', 'verify', '--pairs', pairs, '--json']);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toEqual([
    expect.objectContaining({ line: 1, result: 'works', key_id: 1, owner: 'maria' }),
    expect.objectContaining({ line: 2, result: 'wrong secret', key_id: null, owner: null }),
  ]);
});
