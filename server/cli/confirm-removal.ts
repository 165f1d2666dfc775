import { createInterface } from 'node:readline/promises';
import { Option } from 'commander';
import { visibleText } from '../http/visible-text';

export interface RemovalOptions {
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** Returns the option `--yes`. */
export const yesOption = () => new Option('--yes', 'do not ask for confirmation on a terminal');

/**
 * Asks a person on a terminal. A script has no terminal and is not asked.
 * @throws if the answer is not yes, or if the question cannot be shown.
 */
export async function confirmRemoval(question: string, { yes = false }: RemovalOptions): Promise<void> {
  if (yes || !process.stdin.isTTY) return;
  if (!process.stderr.isTTY) throw new Error('Nothing was changed. Add --yes: the question cannot be shown.');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const ended = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
    const answer = await Promise.race([terminal.question(`${visibleText(question)} [y/N] `), ended]);
    if (!/^y(?:es)?$/i.test(answer.trim())) throw new Error('Nothing was changed.');
  } finally {
    terminal.close();
  }
}
