import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import Sqlite from 'better-sqlite3';

const ROOT = resolve(__dirname, '../../..');
const CLIENTS = join(ROOT, 'tests/clients');
const LOCK = join(ROOT, 'node_modules/.cache/wc-auth-tests-clients.lock');
/** `npm ci` with an empty cache on a slow network. */
export const INSTALL_MS = 300_000;

/**
 * Installs the client libraries of tests/clients, unless they are there as its lockfile says.
 * They need the npm registry, once.
 * @throws Error with what npm said when it cannot install them
 */
export function installClients(): void {
  mkdirSync(join(LOCK, '..'), { recursive: true });
  // Jest runs two files of tests/clients at once. A file lock ends with its process, however that
  // ends.
  const lock = new Sqlite(LOCK, { timeout: INSTALL_MS });
  lock.exec('begin exclusive');
  try {
    if (!areInstalled()) install();
  } finally {
    lock.close();
  }
}

/** Whether npm has written its own list after the lockfile last changed. */
function areInstalled(): boolean {
  const changedAt = (file: string) => statSync(join(CLIENTS, file), { throwIfNoEntry: false })?.mtimeMs;
  return (changedAt('node_modules/.package-lock.json') ?? 0) >= (changedAt('package-lock.json') ?? 0);
}

function install(): void {
  try {
    execFileSync('npm', ['ci', '--prefer-offline'], { cwd: CLIENTS, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    throw new Error(
      `The client libraries of tests/clients are not installed, and npm could not install them. ` +
        `Run "npm ci --prefix tests/clients" where the npm registry answers.\n${stderr || String(error)}`,
      { cause: error },
    );
  }
}
