import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { importScene, type ImportScene } from '../support/import/import-scene';
import { madePair, type MadeStore } from '../support/import/wordpress-dump';
import { environment, run } from '../support/store/server-process';

const KEYS = 4_000;
const OPTIONS = { siteurl: 'https://shop.test', timezone_string: 'UTC' };
const USERS = Array.from({ length: 200 }, (_, index) => ({ id: index + 1, login: `manager-${index}` }));
const KILLS = 12;

const made: MadeStore = {
  users: USERS,
  keys: Array.from({ length: KEYS }, (_, index) => ({
    id: index + 1,
    userId: (index % USERS.length) + 1,
    lastAccess: '2026-01-02 03:04:05',
    ...madePair(),
  })),
  options: OPTIONS,
};

/** Returns everything that an import leaves, without ids and times that differ between stores. */
function state(scene: ImportScene) {
  return scene.store.on(async ({ database: { knex } }) => {
    const count = async (table: string) => Number((await knex(table).count({ n: '*' }))[0]?.['n']);
    const imported = (await knex('audit_events')
      .where({ event: 'key.imported' })
      .orderBy('key_id')
      .pluck('key_id')) as number[];
    return {
      keys: await knex('consumer_keys as k')
        .join('users as u', 'u.user_id', 'k.user_id')
        .join('key_uses as used', 'used.key_id', 'k.key_id')
        .join('imported_keys as i', 'i.key_id', 'k.key_id')
        .orderBy('k.key_id')
        .select('k.key_id', 'k.consumer_key', 'u.login', 'used.last_access', 'i.source_key_id'),
      imported,
      accounts: await knex('users').orderBy('login').pluck('login'),
      added: await count('imported_users'),
    };
  });
}

function start(scene: ImportScene, file: string) {
  const { folder } = scene.store;
  return run('cli/main.ts', ['--quiet', 'import', '--from', file], folder, environment(folder));
}

test('an import that is killed at any instant is finished by the next one', async () => {
  const [whole, killed] = [await importScene(), await importScene()];
  try {
    const began = performance.now();
    await whole.import(whole.dump(made));
    const durationMs = performance.now() - began;
    const file = killed.dump(made);
    for (let kill = 1; kill <= KILLS; kill++) {
      const child = start(killed, file);
      const ended = once(child, 'exit');
      await Promise.race([ended, wait((durationMs * kill) / KILLS)]);
      child.kill('SIGKILL');
      await ended;
    }
    const report = await killed.import(file);
    expect(report.keys).toMatchObject({ found: KEYS, not_imported: 0, revoked: 0, revoked_here: 0 });
    expect(await state(killed)).toEqual(await state(whole));
  } finally {
    await Promise.all([whole.clear(), killed.clear()]);
  }
}, 180_000);
