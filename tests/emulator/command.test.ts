import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ended, run } from '../support/store/server-process';

// The command as a process. tests/emulator/emulation.test.ts has what needs no process.

let folder: string;
let temporary: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'wc-auth-command-'));
  temporary = mkdtempSync(join(tmpdir(), 'wc-auth-command-tmp-'));
});
afterAll(() => {
  for (const one of [folder, temporary]) rmSync(one, { recursive: true });
});

const emulate = (args: readonly string[], env: Record<string, string> = {}): ReturnType<typeof spawn> =>
  run('cli/main.ts', ['emulate', ...args], folder, {
    PATH: process.env['PATH'] ?? '',
    TMPDIR: temporary,
    ...env,
  });

/** Starts the command, and returns its first line with what happens afterwards. */
async function started(args: readonly string[]) {
  const child = emulate(['--json', ...args]);
  const lines = createInterface({ input: child.stdout! });
  const [first] = (await once(lines, 'line')) as [string];
  return { child, lines, start: JSON.parse(first) as Record<string, string> };
}

test.each(['SIGINT', 'SIGTERM'] as const)(
  'the command starts a store, ends on %s with exit code 0, and removes its files',
  async (signal) => {
    const { child, lines, start } = await started(['--port', '0']);
    expect(Object.keys(start)).toEqual([
      'event',
      'url',
      'name',
      'users',
      'key',
      'control_url',
      'token',
      'ca_file',
      'trust_command',
    ]);
    expect(start).toMatchObject({
      event: 'started',
      name: 'Test store',
      control_url: `${start['url']!}/_emulator/`,
    });
    expect(existsSync(start['ca_file']!)).toBe(true);
    child.kill(signal);
    const [last] = (await once(lines, 'line')) as [string];
    expect(JSON.parse(last)).toEqual({ event: 'stopped' });
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(readdirSync(temporary)).toEqual([]);
  },
);

test('another program that trusts the printed file reads the store with the printed key', async () => {
  const { child, lines, start } = await started(['--port', '0']);
  const { consumer_key, consumer_secret } = start['key'] as unknown as Record<string, string>;
  const program = spawn(
    process.execPath,
    [
      '-e',
      `fetch(process.argv[1], { headers: { Authorization: 'Basic ' + btoa(process.argv[2]) } })
        .then((answer) => console.log(answer.status), (error) => console.log(error.cause));`,
      `${start['url']!}/wp-json/wc/v3/products`,
      `${consumer_key!}:${consumer_secret!}`,
    ],
    { env: { PATH: process.env['PATH'], NODE_EXTRA_CA_CERTS: start['ca_file'] } },
  );
  const [{ stdout }, [line]] = await Promise.all([ended(program), once(lines, 'line') as Promise<[string]>]);
  expect(stdout).toBe('200\n');
  expect(JSON.parse(line)).toEqual({
    event: 'request',
    method: 'GET',
    path: '/wp-json/wc/v3/products',
    query: '',
    key_id: 1,
    status: 200,
    at: expect.any(Number),
  });
  child.kill('SIGTERM');
  await once(child, 'close');
});

describe('a port that is taken', () => {
  let taken: Server;
  beforeAll(async () => {
    taken = createServer().listen(0, 'localhost');
    await once(taken, 'listening');
  });
  afterAll(() => taken.close());

  test('fails with exit code 1, and names the option', async () => {
    const { port } = taken.address() as AddressInfo;
    const { code, stdout, stderr } = await ended(emulate(['--port', String(port)]));
    expect([code, stdout, stderr]).toEqual([
      1,
      '',
      `Port ${port} of localhost is already in use. Stop the process that uses it, or set another port with --port. --port 0 takes any free port.\n`,
    ]);
    expect(readdirSync(temporary)).toEqual([]);
  });
});

test('does not start with NODE_ENV=production, and writes nothing', async () => {
  const kept = join(folder, 'kept');
  const child = emulate(['--port', '0', '--certificates', kept], { NODE_ENV: 'production' });
  const { code, stdout, stderr } = await ended(child);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^The test store does not start with NODE_ENV=production: .*wc-auth serve`\.\n$/);
  expect(existsSync(kept)).toBe(false);
});

test('a wrong seed file fails with exit code 1, and names the line', async () => {
  const seed = join(folder, 'seed.yaml');
  writeFileSync(seed, 'users:\n  - login: mara\n    rol: customer\n');
  const { code, stdout, stderr } = await ended(emulate(['--port', '0', '--seed', seed]));
  expect([code, stdout, stderr]).toEqual([
    1,
    '',
    `The seed file ${seed} cannot be used:\n  line 3: users[0].rol is unknown. Remove it, or correct its name.\n`,
  ]);
});

test.each([
  ['--port 70000', 'It must be a number from 0 to 65535.'],
  ['--fail api:500 --fail api:429', 'There is another --fail api:…. Give one of each kind.'],
  ['--allow app.example', '--allow only works with --auto-approve. Add it, or remove --allow.'],
])('the usage error %j has exit code 2', async (args, message) => {
  const { code, stdout, stderr } = await ended(emulate(args.split(' ')));
  expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining(message)]);
});
