import type { EmulateOptions } from '../../server/cli/emulate-options';
import { startEmulation } from './emulation';
import { jsonReport, textReport } from './report';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs `wc-auth emulate` until the process is told to stop, and resolves then.
 * @throws EmulatorError if it cannot start
 */
export async function emulate(options: EmulateOptions): Promise<void> {
  const print = (line: string) => void process.stdout.write(`${line}\n`);
  const report = options.json ? jsonReport(print) : textReport(print);
  const stopped = signal();
  const { close } = await startEmulation(options, report);
  await stopped;
  await close();
  report.stopped();
}

/** Resolves with the first signal. A second one ends the process at once. */
function signal(): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      for (const name of SIGNALS) process.off(name, stop);
      resolve();
    };
    for (const name of SIGNALS) process.on(name, stop);
  });
}
