import { readFileSync, readdirSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join, resolve } from 'node:path';

// Checks package.json and the lockfile against docs/decisions/0007-dependencies.md.

const ROOT = resolve(__dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

interface Locked {
  readonly version: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(read('package.json')) as {
  engines: { node: string };
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  allowScripts: Record<string, boolean>;
};
/** Returns the packages of a lockfile, without the project itself. */
const lockedIn = (path: string): Record<string, Locked> => {
  const { packages } = JSON.parse(read(path)) as { packages: Record<string, Locked> };
  return Object.fromEntries(Object.entries(packages).filter(([name]) => name !== ''));
};
const locked = lockedIn('package-lock.json');
const clients = JSON.parse(read('tests/clients/package.json')) as { dependencies: Record<string, string> };
const lockedClients = lockedIn('tests/clients/package-lock.json');
const runners = JSON.parse(read('tests/kit/package.json')) as { dependencies: Record<string, string> };
const lockedRunners = lockedIn('tests/kit/package-lock.json');
const page = read('docs/decisions/0007-dependencies.md');
/**
 * Every package that runs: those in the bundle, which are development dependencies, and those
 * installed beside it.
 */
const versions = { ...manifest.dependencies, ...manifest.devDependencies };
const dependencies = importedBy('server', 'migrations', 'emulator');

/**
 * The rows of the page's first table: name, version, number of further packages, install scripts.
 */
const table = [...page.matchAll(/^\| ([@a-z0-9./-]+) (\d\S*) +\|[^|]+\| +(\d+) \| ([^|]+?) +\|/gm)].map(
  ([, name = '', version = '', others = '', atInstall = '']) => ({ name, version, others, atInstall }),
);

/** Returns the package that `name` means for a package at `from`, as Node resolves it. */
function found(name: string, from: string): string | undefined {
  for (let at = from; ; at = at.slice(0, Math.max(at.lastIndexOf('/node_modules/'), 0))) {
    const path = `${at === '' ? '' : `${at}/`}node_modules/${name}`;
    if (path in locked) return path;
    if (at === '') return undefined;
  }
}

function broughtAlong(name: string): number {
  const seen = new Set<string>();
  const open = [`node_modules/${name}`];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    const { dependencies: needed, optionalDependencies: wanted } = locked[path] ?? {};
    for (const other of Object.keys({ ...needed, ...wanted })) {
      const next = found(other, path);
      if (next !== undefined) open.push(next);
    }
  }
  return seen.size - 1;
}

/** The packages that the files of these folders import. */
function importedBy(...folders: readonly string[]): string[] {
  const imported = new Set<string>();
  for (const source of folders.flatMap(sources))
    for (const [, name = ''] of source.matchAll(/(?:from|require\(|import\() ?'((?:@[\w.-]+\/)?\w[\w.:-]*)/g))
      if (!name.startsWith('node:') && !builtinModules.includes(name)) imported.add(name);
  return [...imported].sort();
}

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.[jt]s$/.test(path))
    .map((path) => read(join(folder, path)));
}

test('the table lists every dependency at its version, and no other', () => {
  expect(table.map(({ name, version }) => ({ name, version }))).toEqual(
    dependencies.map((name) => ({ name, version: versions[name] })),
  );
});

test('the table has the number of packages of each dependency, and their install scripts', () => {
  for (const { name, others, atInstall } of table)
    expect({ name, others: Number(others), script: atInstall !== 'nothing' }).toEqual({
      name,
      others: broughtAlong(name),
      script: locked[`node_modules/${name}`]?.hasInstallScript === true,
    });
});

test.each([
  ['the project', { ...manifest.dependencies, ...manifest.devDependencies }, locked],
  ['tests/clients', clients.dependencies, lockedClients],
  ['tests/kit', runners.dependencies, lockedRunners],
])('every version of %s is pinned, and locked to the same version', (_of, all, packages) => {
  for (const [name, version] of Object.entries(all)) {
    expect(`${name} ${version}`).toMatch(/ \d+\.\d+\.\d+$/);
    expect(`${name} ${packages[`node_modules/${name}`]?.version ?? 'not locked'}`).toBe(`${name} ${version}`);
  }
});

test('the page lists the dependencies that stay at old versions for Node 20, while Node 20 is supported', () => {
  const keptOld = [
    ...page.matchAll(/^\| ([a-z0-9.-]+) (\d\S*) +\| \d+\.\d+\.\d+ +\| Node >= 22(?:\.\d+)? +\|/gm),
  ].map(([, name = '', version = '']) => ({ name, version }));
  expect(manifest.engines.node).toMatch(/^>=20\./);
  expect(keptOld).toEqual(
    ['better-sqlite3', 'commander', 'cookie', 'http-proxy-3', 'undici'].map((name) => ({
      name,
      version: versions[name],
    })),
  );
});

test('every import of the server is a package of this project, and only native code, pg and two ES modules stay out of the bundle', () => {
  expect(dependencies.filter((name) => !(name in versions))).toEqual([]);
  expect(Object.keys(manifest.dependencies)).toEqual([
    'argon2',
    'better-sqlite3',
    'jose',
    'openid-client',
    'pg',
  ]);
  expect(Object.keys(manifest.dependencies).filter((name) => !dependencies.includes(name))).toEqual([]);
});

test.each([
  ['the project', locked, dependencies.length],
  ['tests/clients', lockedClients, Object.keys(clients.dependencies).length],
  ['tests/kit', lockedRunners, Object.keys(runners.dependencies).length],
])('the lockfile of %s names no registry and has a checksum for every package', (_of, packages, named) => {
  const entries = Object.entries(packages);
  expect(entries.length).toBeGreaterThan(named);
  expect(entries.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  expect(entries.filter(([, { integrity }]) => !integrity?.startsWith('sha512-'))).toEqual([]);
});

test('the clients that only tests/clients imports are not installed with the project', () => {
  const imported = readdirSync(join(ROOT, 'tests/clients'))
    .filter((file) => file.endsWith('.mjs'))
    .map((file) => /^import .* from '(?!node:)(.+)';$/m.exec(read(join('tests/clients', file)))?.[1] ?? '');
  // The demo's app signs with the first, and the server signs people in with the second.
  const shared = ['oauth-1.0a', 'openid-client'];
  const own = new Set(imported.filter((name) => !shared.includes(name)));
  expect([...own].sort()).toEqual(Object.keys(clients.dependencies));
  const everywhere = { ...manifest.dependencies, ...manifest.devDependencies };
  expect(Object.keys(clients.dependencies).filter((name) => name in everywhere)).toEqual([]);
  // woocommerce-api lists npm-check-updates but never loads it. It brings 250 packages, so an
  // override replaces it.
  expect(Object.keys(lockedClients).length).toBeLessThan(150);
  // 1,032 before the clients had their own lockfile. esbuild counts once for each platform.
  expect(Object.keys(locked).length).toBeLessThan(750);
});

test('allowScripts decides on every install script, and the published package runs two', () => {
  const scripts = Object.entries(locked).filter(([, { hasInstallScript }]) => hasInstallScript);
  const name = ([path]: [string, Locked]) => path.replace(/^.*node_modules\//, '');
  expect(scripts.map(name).sort()).toEqual(Object.keys(manifest.allowScripts).sort());
  expect(
    scripts
      .filter(([, { dev }]) => !dev)
      .map(name)
      .sort(),
  ).toEqual(['argon2', 'better-sqlite3']);
});
