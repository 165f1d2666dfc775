import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { median } from '../median';
import { ROOT } from '../processes';
import type { Figure } from '../report';
import { atMost } from './verify';

const ROUNDS = 9;

/** Measures the start and the reset of a test store, in milliseconds since its module was loaded. */
const STORE = `
  const { startStore } = require(${JSON.stringify(join(ROOT, 'dist/emulator/bundle.js'))});
  const began = performance.now();
  startStore().then(async (store) => {
    const started = performance.now();
    const resets = [];
    for (let n = 0; n < 5; n++) {
      await store.createKey({ permissions: 'read' });
      const before = performance.now();
      await store.reset();
      resets.push(performance.now() - before);
    }
    await store.close();
    console.log(JSON.stringify([started - began, resets.sort((a, b) => a - b)[2]]));
  });`;

const EXPRESS = `
  const began = performance.now();
  import('express').then(({ default: express }) => {
    const server = express().listen(0, () => {
      console.log(JSON.stringify([performance.now() - began]));
      server.close();
    });
  });`;

/** Measures the test kit against `import('express')` and a listen. */
export function emulatorFigures(): Figure[] {
  const starts: number[] = [];
  const resets: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const [express = NaN] = measure(EXPRESS);
    const [start = NaN, reset = NaN] = measure(STORE);
    starts.push(start / express);
    resets.push(reset);
  }
  return [
    atMost("startStore() / import('express') and a listen", median(starts), 2),
    atMost('reset() of a test store', median(resets), 20, 'ms'),
  ];
}

function measure(program: string): number[] {
  const { status, stdout } = spawnSync(process.execPath, ['-e', program], { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error(`the program ended with ${String(status)}`);
  return JSON.parse(stdout) as number[];
}
