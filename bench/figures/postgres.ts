import { load, type Round } from '../load';
import { median } from '../median';
import { start, type Subject } from '../processes';
import type { Figure } from '../report';
import { seedPostgres } from '../seed-postgres';
import { atMost, basicLines, signedTargets } from './verify';

const PATH = '/wc-auth/v1/verify';
const IN_USE = 1_000;

export interface PostgresBench {
  readonly folder: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly keys: number;
  /** The URL of a database in which the benchmark may make schemas. */
  readonly server: string;
}

/**
 * Measures the cost of verification with a store in PostgreSQL, and the throughput of several
 * servers together.
 */
export async function postgresFigures({ folder, rounds, seconds, keys, server }: PostgresBench) {
  console.error('seeding …');
  const few = await seedPostgres(server, 'few', IN_USE);
  const many = await seedPostgres(server, 'many', keys);
  const subjects: Subject[] = [];
  const starting = async (file: string, env?: Record<string, string>): Promise<Subject> => {
    const subject = await start(file, env);
    subjects.push(subject);
    return subject;
  };
  try {
    const express = await starting('bench/servers/empty-express.ts');
    const ofFew = await starting('dist/server/main.js', few.env);
    const instances = [
      await starting('dist/server/main.js', many.env),
      await starting('dist/server/main.js', many.env),
      await starting('dist/server/main.js', many.env),
    ] as const;
    const thousand = basicLines(folder, 'in-use', IN_USE);
    const all = basicLines(folder, 'all', keys);

    const seen: Record<string, Round[]> = {};
    const round = async (name: string, subject: Subject, options: Partial<Parameters<typeof load>[1]>) => {
      const result = await load(subject, { seconds, path: PATH, ...options });
      if (result.rejected > 0) throw new Error(`${name}: ${result.rejected} requests failed`);
      (seen[name] ??= []).push(result);
      return result;
    };
    const together = { 2: [] as number[], 3: [] as number[] };
    for (let n = 0; n < rounds; n++) {
      console.error(`round ${n + 1} …`);
      await round('express', express, {});
      await round('few', ofFew, { script: ['basic.lua', thousand] });
      await round('many', instances[0], { script: ['basic.lua', thousand] });
      await round('all', instances[0], { script: ['basic.lua', all] });
      await round('oauth', instances[0], { script: ['targets.lua', signedTargets(folder, n, seconds)] });
      for (const count of [2, 3] as const) {
        const rates = await Promise.all(
          instances.slice(0, count).map((subject) =>
            round(`of ${count}`, subject, {
              script: ['basic.lua', thousand],
              connections: Math.floor(48 / count),
            }),
          ),
        );
        together[count].push(rates.reduce((sum, { rate }) => sum + rate, 0));
      }
    }
    const of = (name: string, what: 'rate' | 'cpuMicros') =>
      median((seen[name] ?? []).map((one) => one[what]));
    const ratio = (a: string, b: string) =>
      median((seen[a] ?? []).map((one, n) => one.cpuMicros / (seen[b]?.[n]?.cpuMicros ?? NaN)));
    const million = keys.toLocaleString('en');
    const figures: Figure[] = [
      atMost(
        `CPU a verification, ${million} keys, 1,000 in use / empty Express route`,
        ratio('many', 'express'),
        2,
      ),
      atMost(`CPU a verification, all ${million} in use / empty Express route`, ratio('all', 'express'), 2),
      atMost(`CPU a verification, 1,000 in use of ${million} / of 1,000`, ratio('many', 'few'), 1.15),
    ];
    const perSecond = (value: number) => `${Math.round(value).toLocaleString('en')} a second`;
    const notes = [
      `empty Express route: ${perSecond(of('express', 'rate'))}, ${of('express', 'cpuMicros').toFixed(0)} µs of CPU each`,
      `one instance, Basic: ${perSecond(of('many', 'rate'))}, ${of('many', 'cpuMicros').toFixed(0)} µs of CPU each`,
      `one instance, Basic, all keys in use: ${perSecond(of('all', 'rate'))}, ${of('all', 'cpuMicros').toFixed(0)} µs`,
      `one instance, OAuth 1.0a: ${perSecond(of('oauth', 'rate'))}, ${of('oauth', 'cpuMicros').toFixed(0)} µs`,
      ...Object.entries(together).map(
        ([count, rates]) => `${count} instances together, Basic: ${perSecond(median(rates))}`,
      ),
    ];
    return { figures, notes };
  } finally {
    await Promise.all(subjects.map((subject) => subject.stop()));
    await few.drop();
    await many.drop();
  }
}
