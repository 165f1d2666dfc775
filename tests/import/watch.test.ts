import { once } from 'node:events';
import { importScene, type ImportScene } from '../support/import/import-scene';
import { CUSTOMER, madePair, type MadeKey, type MadeStore } from '../support/import/wordpress-dump';
import { environment, run } from '../support/store/server-process';
import { isOnPostgres } from '../support/store/test-database';

let scene: ImportScene;
beforeEach(async () => {
  scene = await importScene();
});
afterEach(() => scene.clear());

const made = (keys: number): MadeStore => ({
  users: [{ id: 5, login: 'maria' }],
  keys: Array.from({ length: keys }, (_, index) => ({ id: index + 1, userId: 5, ...PAIRS[index]! })),
  options: { siteurl: 'https://shop.test', timezone_string: 'UTC' },
});
const PAIRS = Array.from({ length: 3 }, () => madePair());

/** Starts `wc-auth import --watch 1`. */
function watching(file: string, ...args: string[]) {
  const { folder } = scene.store;
  const child = run(
    'cli/main.ts',
    ['--quiet', 'import', '--from', file, '--watch', '1', ...args],
    folder,
    environment(folder),
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => (output += data.toString()));
  const ended = once(child, 'close');
  return {
    child,
    ended,
    forget: () => void (output = ''),
    said: () => output,
    says: async (words: string): Promise<void> => {
      for (;;) {
        if (output.includes(words)) return;
        const next = await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data'), ended]);
        if (typeof next[0] === 'number')
          throw new Error(`The import ended with ${String(next[0])}: ${output}`);
      }
    },
  };
}

test('--watch brings changes, outlives a busy database here, and ends with a signal', async () => {
  const file = scene.dump(made(1));
  const { folder } = scene.store;
  const { child, ended, says, forget } = watching(file);
  await says('Keys: 1 imported');
  forget();
  scene.dump(made(2));
  await says('Keys: 1 imported');

  // Only SQLite has one lock for all writers.
  if (isOnPostgres(folder)) return void child.kill('SIGKILL');
  await scene.store.on(({ database }) =>
    database.transaction(async (within) => {
      await within('users').update({ name: 'Busy' });
      scene.dump(made(3));
      await says('The database is not available');
    }),
  );
  forget();
  await says('Keys: 1 imported');
  child.kill('SIGINT');
  expect(await ended).toEqual([0, null]);
}, 60_000);

test('--watch holds back what needs --yes, brings the other changes, and says so at each round', async () => {
  const store = made(3);
  await scene.import(scene.dump(store));
  const [first, second, third] = store.keys as [MadeKey, MadeKey, MadeKey];
  const demoted = { id: 5, login: 'maria', capabilities: CUSTOMER };
  const added = { id: 9, userId: 6, ...madePair() };
  const other = { id: 6, login: 'olga' };
  const file = scene.dump({
    ...store,
    users: [demoted, other],
    keys: [{ ...first, description: 'Renamed' }, second, added],
  });
  const { child, ended, says, said, forget } = watching(file);
  const would = 'would revoke 1 and take the access from 2 of the';
  await says('Keys: 1 imported, 1 changed');
  expect(said()).toContain(would);
  for (let round = 0; round < 2; round++) {
    forget();
    await says(would);
    await says('run the import once with --yes');
  }
  child.kill('SIGINT');
  expect(await ended).toEqual([0, null]);
  const keysHere = () =>
    scene.store.on(async ({ consumerKeys, users }) =>
      (await users.list()).some(({ login, role }) => login === 'maria' && role === 'shop_manager')
        ? (await consumerKeys.list()).map(({ keyId }) => keyId)
        : 'demoted',
    );
  expect(await keysHere()).toEqual([first.id, second.id, third.id, added.id]);
  // What was held back comes with --yes.
  expect((await scene.import(file, '--yes')).keys).toMatchObject({ revoked: 1 });
  expect(await keysHere()).toBe('demoted');
}, 60_000);

test('--watch leaves a key with its owner while the new one may not manage the store', async () => {
  const store = made(3);
  await scene.import(scene.dump(store));
  const carl = { id: 7, login: 'carl', capabilities: CUSTOMER };
  const file = scene.dump({
    ...store,
    users: [...store.users, carl],
    keys: store.keys.map((key) => ({ ...key, userId: 7 })),
  });
  const { child, ended, says, forget } = watching(file);
  const would = 'would take the access from 3 of the 3 keys';
  await says(would);
  // The command handles signals from its second round on.
  forget();
  await says(would);
  child.kill('SIGINT');
  expect(await ended).toEqual([0, null]);
  const owners = () =>
    scene.store.on(async ({ consumerKeys, users }) =>
      Promise.all(
        (await consumerKeys.list()).map(async ({ userId }) => (await users.find(userId))?.login ?? ''),
      ),
    );
  expect(await owners()).toEqual(['maria', 'maria', 'maria']);
  expect((await scene.import(file, '--yes')).keys).toMatchObject({ changed: 3 });
  expect(await owners()).toEqual(['carl', 'carl', 'carl']);
}, 60_000);
