import { CutOff } from './cut-off';
import { denySomething, grantSomething } from './grants';
import {
  callTheApi,
  editAtTheConsole,
  regenerateAtTheConsole,
  revokeAtTheConsole,
  revokeOverTheApi,
} from './key-work';
import { letAKeyEnd, replaceAtTheConsole } from './limit-work';
import { pause, type Scene } from './scene';
import { signARequest } from './signed-requests';

const CLIENTS = 8;

/** Weights that sum up to a hundred. */
const MIX: readonly (readonly [share: number, work: (scene: Scene) => Promise<void>])[] = [
  [28, grantSomething],
  [4, denySomething],
  [8, revokeOverTheApi],
  [6, revokeAtTheConsole],
  [10, editAtTheConsole],
  [8, regenerateAtTheConsole],
  [4, replaceAtTheConsole],
  [2, letAKeyEnd],
  [22, signARequest],
  [8, callTheApi],
];

/** Runs all clients at once, each with one action after the other, until the server dies. */
export async function workUntilItDies(scene: Scene): Promise<void> {
  await Promise.all(Array.from({ length: CLIENTS }, () => client(scene)));
}

async function client(scene: Scene): Promise<void> {
  for (;;) {
    try {
      await pause(scene.random, 10);
      await chosen(scene)(scene);
    } catch (error) {
      if (error instanceof CutOff) return;
      scene.failures.push((error as Error).message);
      return;
    }
  }
}

function chosen({ random }: Scene): (scene: Scene) => Promise<void> {
  let left = random.below(100);
  for (const [share, work] of MIX) {
    left -= share;
    if (left < 0) return work;
  }
  return grantSomething;
}
