import { importScene, type ImportScene } from '../support/import/import-scene';
import { madePair } from '../support/import/wordpress-dump';

let scene: ImportScene;
beforeAll(async () => {
  scene = await importScene();
});
afterAll(() => scene.clear());

const OPTIONS = { siteurl: 'https://shop.test', timezone_string: 'UTC' };

test('keys list and keys show say which keys were imported from WooCommerce', async () => {
  const key = ['--user', 'manager', '--permissions', 'read', '--description', 'Reports'];
  await scene.store.command(['keys', 'create', ...key]);
  const shown = async (...args: string[]) => (await scene.store.command(['keys', ...args])).stdout;
  const [head = '', ...none] = (await shown('list')).trimEnd().split('\n');
  expect(head).not.toContain('IMPORTED FROM');
  expect(none).toHaveLength(1);

  const keys = [{ id: 7, userId: 5, ...madePair() }];
  await scene.import(scene.dump({ users: [{ id: 5, login: 'maria' }], keys, options: OPTIONS }));
  const [newHead = '', ...rows] = (await shown('list', '--sort', 'description-asc')).trimEnd().split('\n');
  const column = newHead.indexOf('IMPORTED FROM');
  expect(rows.map((row) => row.slice(column).split(' ')[0])).toEqual(['WooCommerce', '-']);
  expect(await shown('show', '7')).toMatch(/^imported +from WooCommerce$/m);
  expect(await shown('show', '1')).toMatch(/^imported +-$/m);
});
