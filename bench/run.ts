/**
 * `npm run bench`: starts what it compares, loads it from another process in rounds that take turns, and prints one table of
 * medians. See README.md. Options: --only NAME[,NAME], --keys N, --rounds N, --seconds N.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gatewayFigures } from './figures/gateway';
import { grantFigures } from './figures/grant';
import { latencyFigures } from './figures/latency';
import { processFigures } from './figures/process';
import { basicLines, verifyFigures } from './figures/verify';
import { holds, report, type Figure } from './report';
import { seed, type Seeded } from './seed';

export interface Bench {
  readonly folder: string;
  readonly rounds: number;
  /** Of each round. */
  readonly seconds: number;
  readonly many: Seeded & { readonly count: number };
  readonly few: Seeded;
}

const SUITES = {
  verify: verifyFigures,
  gateway: gatewayFigures,
  latency: latencyFigures,
  grant: grantFigures,
  process: processFigures,
};

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      keys: { type: 'string', default: '1000000' },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '3' },
      json: { type: 'string' },
    },
  });
  const folder = mkdtempSync(join(tmpdir(), 'wc-auth-bench-'));
  const wanted = values.only?.split(',') ?? Object.keys(SUITES);
  try {
    const began = performance.now();
    const count = Number(values.keys);
    const few = await seed(folder, 'few', 1_000);
    basicLines(folder, 'in-use', 1_000);
    const many = { ...(await seed(folder, 'many', wanted.includes('verify') ? count : 0)), count };
    const bench = { folder, rounds: Number(values.rounds), seconds: Number(values.seconds), many, few };
    const figures: Figure[] = [];
    for (const [name, suite] of Object.entries(SUITES)) {
      if (!wanted.includes(name)) continue;
      console.error(`${name} …`);
      figures.push(...(await suite(bench)));
    }
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

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 2;
});
