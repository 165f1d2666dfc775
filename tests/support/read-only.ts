import { execFileSync } from 'node:child_process';
import { chmodSync, statSync } from 'node:fs';

/**
 * Takes away the right to write a file or what is in a folder, and answers how to give it back. Permissions do not stop
 * root, so for root it is mounted read-only onto itself; `undefined` where that may not be done.
 */
export function makeReadOnly(path: string): (() => void) | undefined {
  if (process.getuid?.() !== 0) {
    const { mode } = statSync(path);
    chmodSync(path, mode & ~0o222);
    return () => chmodSync(path, mode);
  }
  const mount = (...args: string[]) => execFileSync('mount', args, { stdio: 'pipe' });
  const unmount = () => void execFileSync('umount', [path], { stdio: 'pipe' });
  try {
    mount('--bind', path, path);
  } catch {
    return undefined;
  }
  mount('-o', 'remount,bind,ro', path);
  return unmount;
}
