// npm run build: bundles the server, the command line and the package's entry point into dist/
// (decision 11).
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundle, FOLDERS, MYSQL_CLIENT_FOLDER, mysqlClient, threads } from './bundle.cjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = join(ROOT, 'dist');
rmSync(DIST, { recursive: true, force: true });
const published = {
  absWorkingDir: ROOT,
  // A third less to parse at every start. Names stay, so stack traces can be read.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 120,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
};
const built = await Promise.all([
  build({ ...bundle, ...published, outdir: 'dist' }),
  ...FOLDERS.map((folder) => build({ ...threads, ...published, outdir: join(DIST, folder) })),
  build({ ...mysqlClient, ...published, outdir: join(DIST, MYSQL_CLIENT_FOLDER) }),
]);
const inputs = new Set(built.flatMap(({ metafile }) => Object.keys(metafile.inputs)));
writeFileSync(join(DIST, 'THIRD-PARTY-LICENSES.txt'), licenses([...inputs]));
execFileSync(process.execPath, [
  join(ROOT, 'node_modules/typescript/bin/tsc'),
  '-p',
  join(ROOT, 'tsconfig.build.json'),
]);

/** The license of every package in the bundle, as each asks for in copies of it. */
function licenses(inputs) {
  const folders = inputs.map((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]);
  return [...new Set(folders.filter(Boolean))].sort().map(licenseOf).join('\n');
}

function licenseOf(folder) {
  const path = join(ROOT, folder);
  const { name, version, license, author } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
  const file = readdirSync(path).find((entry) => /^(?:licen[cs]e|copying)(?:[.-]|$)/i.test(entry));
  const text = file
    ? readFileSync(join(path, file), 'utf8')
    : `${license}, by ${author?.name ?? author ?? name}`;
  return `${name} ${version}\n${'='.repeat(60)}\n${text.trim()}\n`;
}
