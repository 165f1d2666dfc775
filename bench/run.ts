/**
 * `npm run bench`: starts the servers to compare, loads them from another process in rounds that
 * take turns, and prints one table of medians. See README.md. Options: --only NAME[,NAME], --keys
 * N, --rounds N, --seconds N, --json FILE, --database postgres.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { emulatorFigures } from './figures/emulator';
import { gatewayFigures } from './figures/gateway';
import { grantFigures } from './figures/grant';
import { importedFigures } from './figures/imported';
import { limitFigures } from './figures/limits';
import { latencyFigures } from './figures/latency';
import { postgresFigures } from './figures/postgres';
import { processFigures } from './figures/process';
import { basicLines, verifyFigures } from './figures/verify';
import { holds, report, type Figure } from './report';
import { seed, type Seeded, type SeededFile } from './seed';

export interface Bench {
  readonly folder: string;
  readonly rounds: number;
  /** The length of each round. */
  readonly seconds: number;
  readonly many: SeededFile & { readonly count: number };
  readonly few: Seeded;
}

const SUITES = {
  verify: verifyFigures,
  gateway: gatewayFigures,
  latency: latencyFigures,
  grant: grantFigures,
  process: processFigures,
  emulator: emulatorFigures,
  imported: importedFigures,
  limits: limitFigures,
};

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      keys: { type: 'string', default: '1000000' },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '3' },
      json: { type: 'string' },
      database: { type: 'string', default: 'sqlite' },
    },
  });
  requireWrk();
  const folder = mkdtempSync(join(tmpdir(), 'wc-auth-bench-'));
  const wanted = values.only?.split(',') ?? Object.keys(SUITES);
  try {
    const began = performance.now();
    const count = Number(values.keys);
    const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
    const figures: Figure[] = [];
    if (values.database === 'postgres') {
      const server = process.env['TEST_DATABASE_URL'];
      if (!server)
        throw new Error('TEST_DATABASE_URL has to name a PostgreSQL database that schemas may be made in.');
      const measured = await postgresFigures({ folder, rounds, seconds, keys: count, server });
      console.log(measured.notes.join('\n'));
      figures.push(...measured.figures);
    } else figures.push(...(await sqliteFigures({ folder, rounds, seconds }, wanted, count)));
    console.log(report(figures));
    console.log(
      `${figures.filter(holds).length} held, ${figures.filter((figure) => !holds(figure)).length} missed`,
    );
    console.error(`took ${Math.round((performance.now() - began) / 1000)} s`);
    if (values.json) writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`);
    process.exitCode = figures.every(holds) ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @throws if the load generator is missing, before minutes are spent on seeding. */
function requireWrk(): void {
  const { error } = spawnSync('wrk', ['--version'], { stdio: 'ignore' });
  if (error) throw new Error('The benchmark needs wrk, which is not installed. Run: apt-get install wrk');
}

/** Runs the wanted suites on SQLite. */
async function sqliteFigures(
  { folder, rounds, seconds }: Pick<Bench, 'folder' | 'rounds' | 'seconds'>,
  wanted: readonly string[],
  count: number,
): Promise<Figure[]> {
  const few = await seed(folder, 'few', 1_000);
  basicLines(folder, 'in-use', 1_000);
  const many = { ...(await seed(folder, 'many', wanted.includes('verify') ? count : 0)), count };
  const figures: Figure[] = [];
  for (const [name, suite] of Object.entries(SUITES)) {
    if (!wanted.includes(name)) continue;
    console.error(`${name} …`);
    figures.push(...(await suite({ folder, rounds, seconds, many, few })));
  }
  return figures;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
});
