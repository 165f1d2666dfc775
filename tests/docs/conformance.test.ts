import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { compiled } from '../support/jest/compiled';
import { freePorts } from '../support/http/free-port';
import { ended, startServerProcess, type ServerProcess } from '../support/store/server-process';

// Runs each command of conformance/README.md in a copy of the folder, as a person does who tests
// another server. The runs play few cases; `npm run conformance` plays all of them.

jest.setTimeout(60_000);

const ROOT = resolve(__dirname, '../..');
const readme = readFileSync(join(ROOT, 'conformance/README.md'), 'utf8');
const commands = [...readme.matchAll(/^ *```sh\n(.*?)^ *```$/gms)].map(([, line = '']) => line.trim());
const [settings = ''] = /PORT=8080.*?UPSTREAM_URL=\S+/s.exec(readme) ?? [];
const FEW = '--only validation/scope,callback/status/200,oauth/timestamp/letters,own/address';

interface Target {
  httpBase: string;
  httpsBase: string;
  callback: Record<string, string | number>;
  upstream: { port: number };
  hook: { command: string[]; cwd: string; env: Record<string, string> };
}

let work: string;
let folder: string;
let env: Record<string, string>;
let ports: Map<number, number>;
let server: ServerProcess | undefined;

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'wc-auth-conformance-docs-'));
  folder = join(work, 'conformance');
  cpSync(join(ROOT, 'conformance'), folder, { recursive: true });
  const documented = [8080, 8443, 9443, 9444, 9445, 9446, 9080, 9090];
  const free = await freePorts(documented.length);
  ports = new Map(documented.map((port, index) => [port, free[index]!]));
  env = {
    PATH: process.env['PATH'] ?? '',
    DATABASE_URL: `sqlite:${join(work, 'store.sqlite')}`,
    SECRET_KEY: 'conformance-secret-key-conformance-secret-key',
  };
});
afterAll(async () => {
  await stop();
  rmSync(work, { recursive: true });
});

const withFreePorts = (text: string) =>
  text.replace(/\b(?:8080|8443|9443|9444|9445|9446|9080|9090)\b/g, (port) => String(ports.get(Number(port))));

async function stop(): Promise<void> {
  server?.kill('SIGTERM');
  await server?.ended;
  server = undefined;
}

/** Starts the server with the settings of the page, without those in `except`. */
async function start(except: readonly string[] = []): Promise<void> {
  const pairs = [
    ...withFreePorts(settings)
      .replaceAll('$PWD', folder)
      .matchAll(/(\w+)=(\S+)/g),
  ];
  const named = pairs.map(([, name = '', value = '']) => [name, except.includes(name) ? '' : value]);
  await stop();
  server = await startServerProcess(work, { ...env, ...Object.fromEntries(named) });
}

/** Runs a command of the page; the runs play few cases. */
async function play(command: string) {
  const few = /--target/.test(command) && !/--only/.test(command) ? `${command} ${FEW}` : command;
  return ended(spawn('sh', ['-c', few], { cwd: folder, env }));
}

test('conformance/README.md names the commands in the order in which a person runs them', () => {
  expect(commands.map((command) => command.replace(/--target \S+ --work \S+ ?/, '').trim())).toEqual([
    'cp targets/wc-auth-server.example.json targets/local.json',
    'node run.mjs --certs-only --work .work',
    'node run.mjs',
    'node run.mjs --profile default',
    'node run.mjs --only login/page --verbose',
    'node run.mjs --raw observed/woocommerce-11.1.json',
    'node run.mjs --all-profiles --record-all --record .work/seen.json',
    'node make-expected.mjs',
    'node run.mjs --list',
  ]);
});

describe('a copy of conformance/', () => {
  beforeAll(async () => {
    expect((await play(commands[0]!)).code).toBe(0);
    const file = join(folder, 'targets/local.json');
    const target = JSON.parse(withFreePorts(readFileSync(file, 'utf8'))) as Target;
    target.hook = {
      command: [process.execPath, compiled('tests/support/programs/conformance-hook.ts')],
      cwd: ROOT,
      env,
    };
    writeFileSync(file, JSON.stringify(target));
    expect((await play(commands[1]!)).code).toBe(0);
  });

  test('tests a server that is started with the settings of the page', async () => {
    await start();
    const { code, stdout } = await play(commands[2]!);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^(?!0 )\d+ passed, 0 failed$/m)]);
    const one = await play(commands[4]!);
    expect([one.code, one.stdout]).toEqual([0, expect.stringContaining('"kind": "login"')]);
  });

  test('says which facts differ from the recording, and ends with 1', async () => {
    const { code, stdout } = await play(commands[5]!);
    expect([code, stdout]).toEqual([
      1,
      expect.stringMatching(/^✗ \S+ .*\n {4}\.\S*: expected .+ but saw .+$/m),
    ]);
  });

  test('records what a server answers', async () => {
    expect((await play(commands[6]!)).code).toBe(0);
    const { cases } = JSON.parse(readFileSync(join(folder, '.work/seen.json'), 'utf8')) as { cases: object };
    expect(cases).toHaveProperty(['validation/scope/missing', 'status'], 401);
  });

  test('tests a server that may not call private addresses', async () => {
    await start(['CALLBACK_ALLOW_HOSTS']);
    const { code, stdout } = await play(commands[3]!);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^(?!0 )\d+ passed, 0 failed$/m)]);
  });

  test('builds the expectations of the repository from the recording', async () => {
    const files = ['expected/ours.json', 'expected/dropped.json'].map((name) => join(folder, name));
    const read = () => files.map((file) => readFileSync(file, 'utf8'));
    const before = read();
    expect((await play(commands[7]!)).code).toBe(0);
    expect(read()).toEqual(before);
  });

  test('ends with 2 when no case has the id', async () => {
    const { code, stderr } = await play('node run.mjs --only login/nothing');
    expect([code, stderr]).toEqual([
      2,
      'There are no cases for --only login/nothing and --profile lab. --list --all-profiles prints all ids.\n',
    ]);
  });

  test.each([
    ['an unknown option', '--olny login/', "Unknown option '--olny'. README.md lists the options."],
    [
      'a target that does not exist',
      '--target nothing.json',
      'The target cannot be read: FOLDER/nothing.json (ENOENT).',
    ],
    [
      'a hook that does not start',
      '--target targets/no-hook.json --work .work',
      'The hook did not create the user admin: spawn no-such-hook ENOENT. Check hook.command and hook.cwd in FOLDER/targets/no-hook.json.',
    ],
  ])('ends with 2 and one line for %s', async (_what, options, message) => {
    const target = JSON.parse(readFileSync(join(folder, 'targets/local.json'), 'utf8')) as Target;
    target.hook.command = ['no-such-hook'];
    writeFileSync(join(folder, 'targets/no-hook.json'), JSON.stringify(target));
    const { code, stderr } = await ended(
      spawn('sh', ['-c', `node run.mjs ${options}`], { cwd: folder, env }),
    );
    expect([code, stderr]).toEqual([2, `${message.replace('FOLDER', folder)}\n`]);
  });

  test('lists its cases without a server', async () => {
    const { code, stdout } = await play(commands[8]!);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^login\/page\twhat the login page holds$/m);
  });
});
