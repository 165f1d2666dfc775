import { spawn, spawnSync } from 'node:child_process';
import { ended, type Ended } from './server-process';
import { compiled } from '../jest/compiled';

/** Whether this machine has util-linux's `script`, which gives a process a terminal. */
export const hasTerminal = String(spawnSync('script', ['--version']).stdout).includes('util-linux');

const inShell = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/**
 * Runs `wc-auth ARGS` on a terminal of its own, and types `keys` when it has asked a question. The
 * terminal's whole output is in `stdout`. `redirection` is the shell's, for example `2>err`.
 */
export async function onTerminal(
  args: readonly string[],
  keys: string,
  folder: string,
  env: Record<string, string>,
  redirection = '',
): Promise<Ended> {
  const words = [process.execPath, compiled('server/cli/main.ts'), ...args].map(inShell);
  const command = [...words, redirection].join(' ');
  const child = spawn('script', ['-qec', command, '/dev/null'], { cwd: folder, env, stdio: 'pipe' });
  let shown = '';
  child.stdout.on('data', (chunk: Buffer) => {
    const asked = shown.includes('[y/N]');
    shown += chunk.toString();
    if (!asked && shown.includes('[y/N]')) child.stdin.write(keys);
  });
  return ended(child);
}
