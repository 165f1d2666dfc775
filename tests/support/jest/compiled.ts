import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import { bundle, FOLDERS, MYSQL_CLIENT_FOLDER, mysqlClient, threads } from '../../../scripts/bundle.cjs';

const ROOT = resolve(__dirname, '../../..');
// Below the root, so that packages and views/ are found from there as they are from the sources.
const CACHE = join(ROOT, 'node_modules/.cache/wc-auth-tests');
const COMMAND_HOST = 'tests/support/programs/command-host.ts';
const FOLDER = 'WC_AUTH_TESTS_COMPILED';

/** Compiles for all suites of a run. Jest's setup calls it. */
export function compileOnce(): void {
  process.env[FOLDER] = compile();
}

let own: string | undefined;

/**
 * Returns the path of a source file's JavaScript, for tests that start it as a process.
 * A process starts from it in a third of the time that a TypeScript loader takes.
 * @param file relative to the root, such as `server/main.ts`
 */
export function compiled(file: string): string {
  const folder = process.env[FOLDER] ?? (own ??= compile());
  return join(folder, file.replace(/\.ts$/, '.js'));
}

function compile(): string {
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, 'run-'));
  process.once('exit', () => {
    rmSync(folder, { recursive: true, force: true });
  });
  buildSync({
    absWorkingDir: ROOT,
    entryPoints: ['server/**/*.ts', 'server/**/*.js', 'migrations/**/*.ts', 'tests/support/**/*.ts'],
    outdir: folder,
    outbase: ROOT,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
  });
  // The programs start from a bundle, as the published package does, because a start is mostly
  // loading.
  const entryPoints = [...(bundle.entryPoints as string[]), COMMAND_HOST];
  buildSync({ ...bundle, entryPoints, absWorkingDir: ROOT, outdir: folder, allowOverwrite: true });
  for (const program of FOLDERS)
    buildSync({ ...threads, absWorkingDir: ROOT, outdir: join(folder, program), allowOverwrite: true });
  const beside = join(folder, MYSQL_CLIENT_FOLDER);
  buildSync({ ...mysqlClient, absWorkingDir: ROOT, outdir: beside, allowOverwrite: true });
  return folder;
}
