import { createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { importScene, type ImportScene } from '../support/import/import-scene';
import { dumpOf, madePair, type MadeKey, type MadeUser } from '../support/import/wordpress-dump';
import { ended, environment, run } from '../support/store/server-process';
import { onPostgres } from '../support/store/test-database';

const KEYS = 100_000;
const USERS = 20_000;
const SECONDS_MAX = 60;
const MEGABYTES_MAX = 150;
const POLL_MS = 20;
const TICKS_PER_SECOND = 100;

let scene: ImportScene;
beforeAll(async () => {
  scene = await importScene();
});
afterAll(() => scene.clear());

/**
 * Polls the most memory that a process has had and the CPU time that it has used, until it ends. Linux
 * counts both.
 */
function watch(pid: number): () => { megabytes: number; cpuSeconds: number } {
  let megabytes = 0;
  let cpuSeconds = 0;
  const timer = setInterval(() => {
    try {
      const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
      megabytes = Math.max(megabytes, Number(kilobytes ?? 0) / 1024);
      // proc(5): utime and stime are the fields 14 and 15. The second field, the name, ends at the last ")".
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      cpuSeconds = Math.max(cpuSeconds, (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND);
    } catch {
      clearInterval(timer);
    }
  }, POLL_MS);
  return () => {
    clearInterval(timer);
    return { megabytes, cpuSeconds };
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
  const used = watch(child.pid ?? 0);
  const { code, stdout, stderr } = await ended(child);
  const seconds = (performance.now() - began) / 1000;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain(`Keys: ${KEYS} imported`);
  const { megabytes, cpuSeconds } = used();
  console.info(`${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of CPU, ${megabytes.toFixed(0)} MB`);
  expect(cpuSeconds).toBeGreaterThan(0);
  expect(cpuSeconds).toBeLessThan(SECONDS_MAX);
  // On PostgreSQL, the database and the suites beside this one take the same cores.
  if (!onPostgres) expect(seconds).toBeLessThan(SECONDS_MAX);
  expect(megabytes).toBeLessThan(MEGABYTES_MAX);
}, 300_000);
