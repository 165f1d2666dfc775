import { once } from 'node:events';
import { importScene, type ImportScene } from '../support/import/import-scene';
import { madePair, type MadeStore } from '../support/import/wordpress-dump';
import { environment, run } from '../support/store/server-process';
import { isOnPostgres } from '../support/store/test-database';

let scene: ImportScene;
beforeAll(async () => {
  scene = await importScene();
});
afterAll(() => scene.clear());

const made = (keys: number): MadeStore => ({
  users: [{ id: 5, login: 'maria' }],
  keys: Array.from({ length: keys }, (_, index) => ({ id: index + 1, userId: 5, ...PAIRS[index]! })),
  options: { siteurl: 'https://shop.test', timezone_string: 'UTC' },
});
const PAIRS = Array.from({ length: 3 }, () => madePair());

test('--watch brings changes, outlives a busy database here, and ends with a signal', async () => {
  const file = scene.dump(made(1));
  const { folder } = scene.store;
  const child = run(
    'cli/main.ts',
    ['--quiet', 'import', '--from', file, '--watch', '1'],
    folder,
    environment(folder),
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => (output += data.toString()));
  const ended = once(child, 'close');
  const says = async (words: string) => {
    for (;;) {
      if (output.includes(words)) return;
      const next = await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data'), ended]);
      if (typeof next[0] === 'number') throw new Error(`The import ended with ${String(next[0])}: ${output}`);
    }
  };
  await says('Keys: 1 imported');
  output = '';
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
  output = '';
  await says('Keys: 1 imported');
  child.kill('SIGINT');
  expect(await ended).toEqual([0, null]);
}, 60_000);
