import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLease } from '../../server/storage/sqlite/lease';
import { compiled } from '../support/jest/compiled';

// Holders run in their own processes.
jest.setTimeout(60_000);

let folder: string;
let leases: string;
let file: string;
let children: ChildProcess[];
let exits: Promise<unknown>[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wc-auth-lease-'));
  leases = join(folder, 'leases');
  // The database of the leases.
  file = join(folder, 'store.sqlite');
  children = [];
  exits = [];
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(exits);
  rmSync(folder, { recursive: true });
});

/** Starts a process that runs `body` with `openLease`, `folder` and `tell` in scope. */
async function processThat(body: string): Promise<ChildProcess> {
  const program = join(folder, `holder-${children.length}.js`);
  const module = JSON.stringify(compiled('server/storage/sqlite/lease.ts'));
  writeFileSync(
    program,
    `const { openLease } = require(${module});
     const { setTimeout: wait } = require('node:timers/promises');
     const [folder, file] = ${JSON.stringify([leases, file])};
     const tell = (message, then) => process.send(message, then);
     tell('ready');
     process.once('message', async () => { ${body} });`,
  );
  const child = fork(program);
  children.push(child);
  exits.push(once(child, 'exit'));
  await once(child, 'message');
  return child;
}

async function answerOf<T>(child: ChildProcess): Promise<T> {
  child.send('go');
  return ((await once(child, 'message')) as [T])[0];
}

test('a lease is held while its process runs, and free however that process ends', async () => {
  const mine = openLease(leases, file);
  const ids: string[] = [];
  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    const child = await processThat(
      'const lease = openLease(folder, file); tell(lease.id); setInterval(() => lease, 1000);',
    );
    const id = await answerOf<string>(child);
    expect(await mine.isGone(id)).toBe(false);
    expect(await mine.holder(id)).toBe(`process ${child.pid}`);
    child.kill(signal);
    await once(child, 'exit');
    expect(await mine.isGone(id)).toBe(true);
    expect(await mine.holder(id)).toBeUndefined();
    ids.push(id);
  }
  const next = openLease(leases, file);
  const files = readdirSync(leases);
  for (const id of ids) expect(files).not.toContain(id);
  expect(files).toEqual(expect.arrayContaining([mine.id, next.id]));
  expect(await next.isGone(mine.id)).toBe(false);
  next.release();
  mine.release();
});

test('a lease that was never held is free, one’s own lease is not, and a released one is', async () => {
  const [first, second] = [openLease(leases, file), openLease(leases, file)];
  expect(await first.isGone('00000000-0000-4000-8000-000000000000')).toBe(true);
  expect([await first.isGone(first.id), await first.isGone(second.id)]).toEqual([false, false]);
  second.release();
  expect(await first.isGone(second.id)).toBe(true);
  first.release();
});

test('many processes that start and stop at the same time keep their leases (regression: a new one looked dead)', async () => {
  const body = `
    const result = { lost: 0, errors: [] };
    for (let round = 0; round < 60; round++) {
      try {
        const lease = openLease(folder, file);
        await wait(1);
        if (!require('node:fs').readdirSync(folder).includes(lease.id)) result.lost++;
        lease.release();
      } catch (error) { result.errors.push(error.message); }
    }
    tell(result, () => process.disconnect());`;
  const holders = await Promise.all(Array.from({ length: 4 }, () => processThat(body)));
  const results = await Promise.all(holders.map((holder) => answerOf(holder)));
  expect(results).toEqual(Array.from({ length: 4 }, () => ({ lost: 0, errors: [] })));
});

/** Returns `of` for the folder of leases and for each file in it. */
function all<T>(of: (stats: ReturnType<typeof statSync>) => T): T[] {
  const paths = [leases, ...readdirSync(leases).map((name) => join(leases, name))];
  return paths.map((path) => of(statSync(path)));
}

test.each([
  ['can be locked by the group that can write the database', 0o660, [0o770, 0o660]],
  ['are private, though everyone can read the database', 0o644, [0o700, 0o600]],
])('leases %s', (_what, database, expected) => {
  writeFileSync(file, '');
  chmodSync(file, database);
  const lease = openLease(leases, file);
  expect([...new Set(all((stats) => Number(stats?.mode) & 0o777))]).toEqual(expected);
  lease.release();
});

(process.getuid?.() === 0 ? test : test.skip)(
  'leases that root makes belong to the owner of the database, who can check whether root still runs',
  () => {
    writeFileSync(file, '');
    chownSync(file, 65_534, 65_533);
    const lease = openLease(leases, file);
    expect(new Set(all((stats) => `${stats?.uid}:${stats?.gid}`))).toEqual(new Set(['65534:65533']));
    lease.release();
  },
);
