/**
 * `npm run crash`: kills the server at random moments while it grants, revokes, changes keys and
 * verifies, starts it again, and checks that it keeps what it has answered. Options: --kills N,
 * --seed S, --server FILE.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startHttpsReceiver } from '../support/http/https-receiver';
import { BUILT_SERVER, startBuiltServer } from './built-server';
import { check } from './check';
import { openLedger } from './ledger';
import { makeManagers, openAdministration } from './managers';
import { randomFrom } from './random';
import { workUntilItDies } from './workload';

const KILLED_WHILE_STARTING = 0.2;
// The unit is the start time of this machine at the moment, so that a busy one gets as much done
// before a kill.
const STARTING = 1.3;
const LIFE = 0.8;
const SAY_EVERY = 25;

async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '500' },
      seed: { type: 'string', default: String(Date.now() % 1e6) },
      server: { type: 'string', default: BUILT_SERVER },
    },
  });
  const [wanted, seed, program] = [Number(values.kills), Number(values.seed), resolve(values.server)];
  const random = randomFrom(seed);
  const folder = mkdtempSync(join(tmpdir(), 'wc-auth-crashes-'));
  const file = join(folder, 'store.sqlite');
  const ledger = openLedger();
  const apps = await startHttpsReceiver();
  const started = performance.now();
  console.log(`${wanted} kills, --seed ${seed}`);

  let kills = 0;
  let failed = 0;
  let startMs = 0;
  /** Counts everything found between two checks as one failure of the kill before. */
  function countFailures(failures: readonly string[]): void {
    if (failures.length > 0) failed += 1;
    for (const failure of failures) console.log(`after ${kills} kills: ${failure}`);
  }

  const managers = await makeManagers(program, folder);
  const administration = await openAdministration(folder);
  while (kills < wanted) {
    const spawned = performance.now();
    const server = startBuiltServer(program, folder);
    const failures: string[] = [];
    if (startMs > 0 && random.chance(KILLED_WHILE_STARTING)) {
      await wait(random.between(0, STARTING * startMs));
      ledger.count('kills: while starting');
    } else {
      const url = await server.listening;
      if (url === undefined) throw new Error(`the server did not start: ${(await server.ended).stderr}`);
      startMs = performance.now() - spawned;
      countFailures(await check(url, file, { ledger, random, thorough: false }));
      const working = workUntilItDies({ url, ledger, random, apps, managers, administration, failures });
      await wait(random.between(0, LIFE * startMs));
      server.kill();
      await working;
      ledger.count('kills: at work');
    }
    server.kill();
    const { code, stderr } = await server.ended;
    if (code !== null) failures.push(`the server ended by itself with ${code}: ${stderr}`);
    kills += 1;
    countFailures(failures);
    apps.clear();
    if (kills % SAY_EVERY === 0) console.log(`${kills} kills, ${failed} failed, ${seconds()} s`);
  }

  const last = startBuiltServer(program, folder);
  const url = await last.listening;
  if (url === undefined) throw new Error(`the server did not start: ${(await last.ended).stderr}`);
  countFailures(await check(url, file, { ledger, random, thorough: true }));
  last.kill();
  await last.ended;
  await apps.stop();
  await administration.close();
  // The state is worth a look if something is wrong.
  if (failed === 0) rmSync(folder, { recursive: true });
  else console.log(`the database is kept at ${file}`);

  for (const [what, count] of [...ledger.counts].sort()) console.log(`${String(count).padStart(8)} ${what}`);
  console.log(`${seconds()} s in all`);
  console.log(`${kills - Math.min(failed, kills)} passed, ${failed} failed`);
  return failed === 0;

  function seconds(): number {
    return Math.round((performance.now() - started) / 1000);
  }
}

main().then(
  (held) => process.exit(held ? 0 : 1),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
