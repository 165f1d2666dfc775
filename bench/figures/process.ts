import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { load } from '../load';
import { median } from '../median';
import { answers, freePort, ROOT, start } from '../processes';
import type { Figure } from '../report';
import type { Bench } from '../run';
import { atMost } from './verify';

const STARTS = 7;
const VERIFICATIONS = 1_000_000;

/** Measures the time of a start, and the memory that a million verifications leave behind. */
export async function processFigures({ folder, few }: Bench): Promise<Figure[]> {
  const times: number[] = [];
  for (let n = 0; n < STARTS; n++) {
    const port = await freePort();
    const began = performance.now();
    const child = spawn(process.execPath, [join(ROOT, 'dist/server/main.js')], {
      env: { PATH: process.env['PATH'], ...few.env, PORT: String(port), NODE_ENV: 'production' },
      stdio: 'ignore',
    });
    await answers(port, child, '/login');
    times.push(performance.now() - began);
    child.kill('SIGTERM');
    await once(child, 'exit');
  }

  const subject = await start('dist/server/main.js', few.env);
  const options = {
    seconds: 5,
    path: '/wc-auth/v1/verify',
    script: ['basic.lua', join(folder, 'in-use.txt')] as const,
  };
  let done = 0;
  const memory: number[] = [];
  while (done < VERIFICATIONS) {
    done += (await load(subject, options)).rate * options.seconds;
    memory.push(subject.memory());
  }
  await subject.stop();
  const half = memory[memory.length >> 1] ?? NaN;
  const end = memory.at(-1) ?? NaN;
  return [
    atMost('start to first answer', median(times), 600, 'ms'),
    atMost('memory after 1,000,000 verifications', end, 160, 'MB'),
    atMost('memory at the end / half way', end / half, 1.1),
  ];
}
