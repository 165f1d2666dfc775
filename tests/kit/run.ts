import { execFile, execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { namedBlocks } from '../support/recipes/recipe';

// npm run test:kit: runs each test of docs/testing.md as it is on the page, in its own runner,
// with the packed package. It needs the npm registry, for the runners that the project does not use.

const ROOT = resolve(__dirname, '../..');
const TIMEOUT_MS = 120_000;
const run = promisify(execFile);

interface Example {
  readonly runner: string;
  /** Blocks of the page. */
  readonly files: readonly string[];
  readonly command: readonly [string, ...string[]];
  /** What the runner prints if all tests ran and passed. Its group is their number. */
  readonly passed: RegExp;
  /** Prints the version of a program that the project does not install. */
  readonly needs?: readonly [string, ...string[]];
  /** Files that the page does not show, because they are about this machine. */
  readonly settings?: Readonly<Record<string, string>>;
}

const inModules = (path: string) => join('node_modules', path);
const chromium = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
const playwrightSettings = {
  reporter: 'list',
  use: { launchOptions: { executablePath: chromium, args: ['--no-sandbox'] } },
};

const EXAMPLES: readonly Example[] = [
  {
    runner: 'Jest',
    files: ['app.js', 'connect.test.js'],
    command: [process.execPath, inModules('jest/bin/jest.js')],
    passed: /^Tests: +(\d+) passed, \1 total$/m,
  },
  {
    runner: 'Vitest',
    files: ['app.js', 'connect.test.mjs'],
    command: [process.execPath, inModules('vitest/vitest.mjs'), 'run'],
    passed: /^ *Tests +(\d+) passed \(\1\)$/m,
  },
  {
    runner: 'node:test',
    files: ['app.js', 'connect-node.test.mjs'],
    command: [process.execPath, '--test', 'connect-node.test.mjs'],
    passed: /^(?:#|ℹ) pass (\d+)\n(?:#|ℹ) fail 0$/m,
  },
  {
    runner: 'Playwright',
    files: ['app.js', 'connect.spec.mjs'],
    command: [process.execPath, inModules('@playwright/test/cli.js'), 'test'],
    passed: /^ *(\d+) passed/m,
    needs: [chromium, '--version'],
    settings: { 'playwright.config.mjs': `export default ${JSON.stringify(playwrightSettings)};\n` },
  },
  {
    runner: 'pytest',
    files: ['store.yaml', 'test_connect.py'],
    command: ['python3', '-m', 'pytest', '-q', '-p', 'no:cacheprovider'],
    passed: /^(\d+) passed/m,
    needs: ['python3', '-m', 'pytest', '--version'],
  },
  {
    runner: 'PHPUnit',
    files: ['store.yaml', 'ConnectTest.php'],
    command: ['phpunit', 'ConnectTest.php'],
    passed: /^OK \((\d+) tests?,/m,
    needs: ['phpunit', '--version'],
  },
];

const work = mkdtempSync(join(tmpdir(), 'wc-auth-kit-'));
// The outer `npm run` sets variables for this repository. With them, the inner npm would work here.
const env = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) =>
        !/^(?:npm_(?:package|lifecycle)_|npm_config_local_prefix$|INIT_CWD$|NODE_ENV$|NODE_PATH$)/.test(name),
    ),
  ),
  NO_COLOR: '1',
};

/** Installs the runners and the packed package, without its installation of native code. */
async function install(): Promise<void> {
  for (const file of ['package.json', 'package-lock.json', '.npmrc'])
    copyFileSync(join(__dirname, file), join(work, file));
  await run('npm', ['ci', '--prefer-offline'], { cwd: work, env });
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', work], { cwd: ROOT, env });
  const [{ filename } = { filename: '' }] = JSON.parse(stdout.slice(stdout.indexOf('[\n'))) as {
    filename: string;
  }[];
  const modules = join(work, 'node_modules');
  const installed = join(modules, 'wc-auth-server');
  mkdirSync(installed);
  execFileSync('tar', ['-xzf', join(work, filename), '-C', installed, '--strip-components', '1']);
  const { bin, dependencies } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
    bin: Record<string, string>;
    dependencies: Record<string, string>;
  };
  for (const [name, program] of Object.entries(bin))
    symlinkSync(join(installed, program), join(modules, '.bin', name));
  for (const name of [...Object.keys(dependencies), 'jest'])
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
}

/** Returns how many tests of the example passed. @throws Error with what the runner printed */
async function play({ runner, files, command, passed, settings = {} }: Example): Promise<number> {
  const folder = join(work, runner.replace(/\W/g, '-'));
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary, { recursive: true });
  symlinkSync(join(work, 'node_modules'), join(folder, 'node_modules'));
  const blocks = namedBlocks('testing.md');
  for (const file of files) {
    const code = blocks.get(file);
    if (code === undefined) throw new Error(`docs/testing.md has no ${file}`);
    writeFileSync(join(folder, file), code);
  }
  for (const [file, text] of Object.entries({ 'package.json': '{"private":true}\n', ...settings }))
    writeFileSync(join(folder, file), text);
  const [program, ...args] = command;
  const { stdout, stderr } = await run(program, args, {
    cwd: folder,
    env: { ...env, TMPDIR: temporary },
    timeout: TIMEOUT_MS,
  });
  const count = Number(passed.exec(stdout + stderr)?.[1] ?? 0);
  if (count === 0) throw new Error(`no test ran: ${stdout}${stderr}`);
  const left = readdirSync(temporary).filter((name) => name.startsWith('wc-auth-'));
  if (left.length > 0) throw new Error(`its stores left ${left.join(', ')}`);
  return count;
}

/** Whether a program that the example needs is here. If CI is set it must be. */
function canPlay({ runner, needs }: Example): boolean {
  if (!needs || process.env['CI']) return true;
  const [program, ...args] = needs;
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    console.warn(`NOT RUN: ${program} is not installed, so the test for ${runner} was not tested.`);
    return false;
  }
}

async function main(): Promise<void> {
  const counts = { passed: 0, failed: 0 };
  const only = process.argv.slice(2).map((name) => name.toLowerCase());
  try {
    await install();
    for (const example of EXAMPLES) {
      const { runner } = example;
      if (only.length > 0 && !only.includes(runner.toLowerCase())) continue;
      if (!canPlay(example)) continue;
      const started = Date.now();
      try {
        const count = await play(example);
        counts.passed += count;
        console.log(`ok - ${runner}: ${count} passed (${((Date.now() - started) / 1000).toFixed(1)} s)`);
      } catch (error) {
        counts.failed++;
        const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
        console.log(`NOT OK - ${runner}: ${String(error)}\n${stdout}${stderr}`);
      }
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  process.exitCode = counts.failed > 0 ? 1 : 0;
}

void main();
