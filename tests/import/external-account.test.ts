import { importScene, type ImportScene } from '../support/import/import-scene';
import { ADMINISTRATOR, CUSTOMER, madePair, type MadeStore } from '../support/import/wordpress-dump';

let scene: ImportScene;
beforeEach(async () => {
  scene = await importScene();
});
afterEach(() => scene.clear());

const made = (capabilities: string): MadeStore => ({
  users: [
    { id: 5, login: 'maria', capabilities: ADMINISTRATOR },
    { id: 6, login: 'cora', capabilities },
  ],
  keys: [{ id: 1, userId: 6, ...madePair() }],
  options: { siteurl: 'https://shop.test', timezone_string: 'UTC' },
});

test('a later import leaves an account alone that another system keeps', async () => {
  await scene.import(scene.dump(made(ADMINISTRATOR)));
  const cora = () =>
    scene.store.on(async ({ users }) => (await users.list()).find(({ login }) => login === 'cora'));
  const before = await cora();
  await scene.store.on(async ({ externalUserAdministration }) => {
    const subject = { way: 'oidc', issuer: 'https://id.test', subject: 'cora' } as const;
    if (before) await externalUserAdministration.link(before, subject, { how: 'command line' });
  });
  await scene.import(scene.dump(made(CUSTOMER)), '--yes');
  expect(await cora()).toEqual(before);
  // Unlinked, the account has no password, neither the one of WordPress nor another.
  const row = await scene.store.on(({ database }) =>
    database.knex('users').where({ login: 'cora' }).first('imported_password'),
  );
  expect(row).toEqual({ imported_password: null });
  const { users } = made(CUSTOMER);
  await scene.import(scene.dump({ ...made(CUSTOMER), users: users.slice(0, 1), keys: [] }), '--yes');
  expect((await cora())?.disabledAt).toBeNull();
});
