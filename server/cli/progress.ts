import type { Command } from 'commander';
import { isQuiet } from './store-command';

const LINE_EVERY_MS = 1_000;

/** Prints a step of long work on standard error, if a person watches it on a terminal. */
export function stepPrinter(command: Command): (step: string) => void {
  return isWatched(command) ? console.error : () => undefined;
}

/** Like {@link stepPrinter}, for work in many small pieces: it prints the first one, and then one
 * line per second. */
export function piecePrinter(command: Command): (step: () => string) => void {
  const print = stepPrinter(command);
  let printed = -Infinity;
  return (step) => {
    if (performance.now() - printed < LINE_EVERY_MS) return;
    printed = performance.now();
    print(step());
  };
}

const isWatched = (command: Command): boolean =>
  process.stderr.isTTY && !isQuiet(command) && command.opts<{ json?: boolean }>().json !== true;
