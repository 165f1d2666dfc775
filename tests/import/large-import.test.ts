import { createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { importScene, type ImportScene } from '../support/import/import-scene';
import { dumpOf, madePair, type MadeKey, type MadeUser } from '../support/import/wordpress-dump';
import { ended, environment, run } from '../support/store/server-process';

const KEYS = 100_000;
const USERS = 20_000;
const SECONDS_MAX = 60;
const MEGABYTES_MAX = 150;
const POLL_MS = 20;

let scene: ImportScene;
beforeAll(async () => {
  scene = await importScene();
});
afterAll(() => scene.clear());

/** Polls the most memory that a process has had, in MB, until it ends. Linux counts it. */
function watchMemory(pid: number): () => number {
  let most = 0;
  const timer = setInterval(() => {
    try {
      const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
      most = Math.max(most, Number(kilobytes ?? 0) / 1024);
    } catch {
      clearInterval(timer);
    }
  }, POLL_MS);
  return () => {
    clearInterval(timer);
    return most;
  };
}

test('100,000 keys of 20,000 users come over within a minute and 150 MB', async () => {
  const users = Array.from({ length: USERS }, (_, index): MadeUser => ({
    id: index + 1,
    login: `manager-${index + 1}`,
  }));
  const keys = Array.from({ length: KEYS }, (_, index): MadeKey => ({
    id: index + 1,
    userId: (index % USERS) + 1,
    ...madePair(),
  }));
  const { folder } = scene.store;
  const file = join(folder, 'large.sql');
  await pipeline(
    Readable.from(
      dumpOf({ users, keys, options: { siteurl: 'https://large.test', timezone_string: 'UTC' } }),
    ),
    createWriteStream(file),
  );
  const began = performance.now();
  const child = run('cli/main.ts', ['--quiet', 'import', '--from', file], folder, environment(folder));
  const memory = watchMemory(child.pid ?? 0);
  const { code, stdout, stderr } = await ended(child);
  const seconds = (performance.now() - began) / 1000;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain(`Keys: ${KEYS} imported`);
  console.info(`${seconds.toFixed(1)} s, ${memory().toFixed(0)} MB`);
  expect(seconds).toBeLessThan(SECONDS_MAX);
  expect(memory()).toBeLessThan(MEGABYTES_MAX);
}, 180_000);
