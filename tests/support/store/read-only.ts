import { execFileSync } from 'node:child_process';
import { chmodSync, statSync } from 'node:fs';

/**
 * Removes the right to write a file or the contents of a folder, and returns a function that
 * restores it. Permissions do not stop root, so for root it mounts the path read-only onto itself.
 * Returns `undefined` if that is not permitted.
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
