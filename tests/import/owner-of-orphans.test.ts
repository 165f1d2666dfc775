import { importScene, type ImportScene } from '../support/import/import-scene';
import { ADMINISTRATOR, madePair, type MadeKey, type MadeStore } from '../support/import/wordpress-dump';

let scene: ImportScene;
beforeEach(async () => {
  scene = await importScene();
  await addAccount('mara', 'shop_manager');
});
afterEach(() => scene.clear());

const maria = { id: 5, login: 'maria', capabilities: ADMINISTRATOR };
const owned: MadeKey[] = Array.from({ length: 20 }, (_, index) => ({
  id: 1 + index,
  userId: 5,
  ...madePair(),
}));
const orphan: MadeKey = { id: 50, userId: 999, description: 'Orphan', ...madePair() };
const made = (keys: readonly MadeKey[]): MadeStore => ({
  users: [maria],
  keys,
  options: { siteurl: 'https://shop.test', timezone_string: 'UTC' },
});

const addAccount = (login: string, role: 'shop_manager' | 'customer') =>
  scene.store.on(({ users }) =>
    users.add({ login, email: `${login}@store.test`, role, password: 'a-password-of-theirs', now: 1 }),
  );
const keyHere = (id: number) =>
  scene.store.on(async ({ consumerKeys, users }) => {
    const key = (await consumerKeys.list()).find(({ keyId }) => keyId === id);
    return key && { ...key, owner: (await users.find(key.userId))?.login };
  });

test('an orphaned key that came with --owner keeps its owner and follows the source without the option', async () => {
  await scene.import(scene.dump(made([...owned, orphan])), '--owner', 'mara');
  const changed = { ...orphan, description: 'Renamed', permissions: 'read' };
  const report = await scene.import(scene.dump(made([...owned, changed])));
  expect(report.problems).toEqual([]);
  expect(report.keys).toMatchObject({ changed: 1, unchanged: 20, not_imported: 0 });
  expect(report.apps).toContainEqual(expect.objectContaining({ owner: 'mara', keys: 1 }));
  expect(await keyHere(50)).toMatchObject({ owner: 'mara', description: 'Renamed', permissions: 'read' });
  expect((await scene.import(scene.dump(made(owned)))).keys).toMatchObject({ revoked: 1 });
  expect(await keyHere(50)).toBeUndefined();
});

test('another --owner at a later run gets only keys that are new', async () => {
  await addAccount('bert', 'shop_manager');
  await scene.import(scene.dump(made([...owned, orphan])), '--owner', 'mara');
  const second = { ...orphan, id: 51, ...madePair() };
  const report = await scene.import(scene.dump(made([...owned, orphan, second])), '--owner', 'bert');
  expect(report.keys).toMatchObject({ imported: 1, changed: 0 });
  expect(await keyHere(50)).toMatchObject({ owner: 'mara' });
  expect(await keyHere(51)).toMatchObject({ owner: 'bert' });
  expect(report.apps.map(({ owner }) => owner)).toEqual(['bert', 'mara', 'maria']);
});

test('an orphaned key that was revoked here counts as revoked here, and the report asks for no owner', async () => {
  await scene.import(scene.dump(made([...owned, orphan])), '--owner', 'mara');
  await scene.store.command(['keys', 'revoke', '50', '--yes']);
  const report = await scene.import(scene.dump(made([...owned, orphan])));
  expect(report.problems).toEqual([]);
  expect(report.keys).toMatchObject({ revoked_here: 1, not_imported: 0 });
});
