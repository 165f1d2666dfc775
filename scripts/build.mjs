// npm run build: bundles the server, the command line and the package's entry point into dist/ (decision 11).
import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = join(ROOT, 'dist');
const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

/** Drivers that knex names but this server never loads. */
const UNUSED_DRIVERS = ['mysql', 'mysql2', 'sqlite3', 'oracledb', 'tedious', 'mariadb*', 'pg-query-stream'];

rmSync(DIST, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: ROOT,
  entryPoints: ['server/main.ts', 'server/index.ts', 'server/cli/main.ts'],
  outdir: 'dist',
  outbase: '.',
  bundle: true,
  // What is installed beside the package, native code above all, stays outside of the bundle.
  external: [...Object.keys(dependencies), ...UNUSED_DRIVERS],
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  // A third less to parse at every start. Names stay, so stack traces can be read.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 120,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
});
// Node starts a thread from a file of its own.
for (const entry of ['server', 'server/cli'])
  copyFileSync(join(ROOT, 'server/storage/sqlite/writer-thread.js'), join(DIST, entry, 'writer-thread.js'));
writeFileSync(join(DIST, 'THIRD-PARTY-LICENSES.txt'), licenses(Object.keys(metafile.inputs)));
execFileSync(process.execPath, [
  join(ROOT, 'node_modules/typescript/bin/tsc'),
  '-p',
  join(ROOT, 'tsconfig.build.json'),
]);

/** The licence of every package in the bundle, as each asks for in copies of it. */
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
