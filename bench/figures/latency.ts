import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { load } from '../load';
import { median } from '../median';
import { ROOT, start, type Subject } from '../processes';
import type { Figure } from '../report';
import type { Bench } from '../run';
import { pairOf } from '../seed';
import { storeVisitor, type Page } from '../store-visitor';
import { atMost } from './verify';

const PATH = '/wc-auth/v1/verify';
const LOGINS_PER_SECOND = 10;

/** Measures whether users who sign in make API calls wait. */
export async function latencyFigures({ folder, rounds, seconds, few }: Bench): Promise<Figure[]> {
  const store = await start('dist/server/main.js', few.env);
  const capacity = await load(store, {
    seconds,
    path: PATH,
    script: ['basic.lua', join(folder, 'in-use.txt')],
  });
  const rate = Math.floor(capacity.rate / 3);
  const ratios: number[] = [];
  for (let n = 0; n < rounds; n++) {
    const quiet = await paced(store, rate, seconds + 2);
    const logins = signInRepeatedly(store);
    const busy = await paced(store, rate, seconds + 2);
    await logins.stop();
    ratios.push(busy / quiet);
  }
  await store.stop();
  return [atMost('p99 of verify at a third of capacity, with 10 logins/s / without', median(ratios), 3)];
}

async function paced(store: Subject, rate: number, seconds: number): Promise<number> {
  const { consumerKey, consumerSecret } = pairOf(1);
  const authorization = `Basic ${Buffer.from(`${consumerKey}:${consumerSecret}`).toString('base64')}`;
  const child = spawn(
    process.execPath,
    [
      ...['--import', 'tsx', join(ROOT, 'bench/load/paced.ts')],
      ...[String(store.port), PATH, String(rate), String(seconds), authorization],
    ],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  return Number(await text(child.stdout));
}

function mustBeIn({ status }: Page): void {
  if (status !== 302) throw new Error(`signing in answered ${status}`);
}

function signInRepeatedly(store: Subject): { stop(): Promise<void> } {
  const under: Promise<unknown>[] = [];
  const timer = setInterval(() => {
    const visitor = storeVisitor(store);
    under.push(visitor.signIn().then(mustBeIn).finally(visitor.close));
  }, 1000 / LOGINS_PER_SECOND);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(under);
    },
  };
}
