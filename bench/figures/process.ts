import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { load } from '../load';
import { median } from '../median';
import { freePort } from '../../tests/support/http/free-port';
import { answers, ROOT, start } from '../processes';
import type { Figure } from '../report';
import type { Bench } from '../run';
import { atMost } from './verify';

const STARTS = 9;
const VERIFICATIONS = 1_000_000;

/**
 * Measures starts against a bare Express, and the memory that a million verifications leave behind.
 */
export async function processFigures({ folder, few }: Bench): Promise<Figure[]> {
  const helps: number[] = [];
  const starts: number[] = [];
  for (let n = 0; n < STARTS; n++) {
    const express = run('-e', 'require("express")()');
    helps.push(run(join(ROOT, 'dist/server/cli/main.js'), '--help') / express);
    starts.push((await firstAnswer(few)) / express);
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
    atMost('wc-auth --help / node -e \'require("express")()\'', median(helps), 2),
    atMost('start to first answer / the same', median(starts), 2.5),
    atMost('memory after 1,000,000 verifications', end, 160, 'MB'),
    atMost('memory at the end / half way', end / half, 1.1),
  ];
}

/** Runs `node ARGS` to its end and returns the milliseconds. */
function run(...args: readonly string[]): number {
  const began = performance.now();
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'ignore' });
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${String(status)}`);
  return performance.now() - began;
}

/** Returns the milliseconds from the start of the server's process to its first page. */
async function firstAnswer({ env }: Bench['few']): Promise<number> {
  const port = await freePort();
  const began = performance.now();
  const child = spawn(process.execPath, [join(ROOT, 'dist/server/main.js')], {
    env: { PATH: process.env['PATH'], ...env, PORT: String(port), NODE_ENV: 'production' },
    stdio: 'ignore',
  });
  await answers(port, child, '/login');
  const ms = performance.now() - began;
  child.kill('SIGTERM');
  await once(child, 'exit');
  return ms;
}
