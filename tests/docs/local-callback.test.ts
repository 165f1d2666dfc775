import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { httpBrowser, type HttpBrowser } from '../support/http/http-browser';
import { compiled } from '../support/jest/compiled';
import { copyOfExample } from '../support/recipes/example-copy';
import { filledIn, namedBlocks } from '../support/recipes/recipe';
import { freePort } from '../support/http/free-port';
import { basicHeader, eventually } from '../support/scenes/rest-scene';
import { ended, run } from '../support/store/server-process';

// Runs the scripts of "A callback on your own machine" in docs/apps.md, as they are on the page
// except for ports and one folder.

jest.setTimeout(60_000);

const ROOT = resolve(__dirname, '../..');
const blocks = namedBlocks('apps.md');
type Replacements = readonly (readonly [string, string])[];

/** A script that runs with the programs that it starts. */
interface Running {
  readonly child: ChildProcess;
  output(): string;
}

let folder: string;
let env: Record<string, string>;
let ports: { app: string; store: string; api: string; plain: string };
let running: Running[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wc-auth-local-'));
  const numbers = await Promise.all(Array.from({ length: 5 }, freePort));
  const [app = '', store = '', api = '', plain = '', unused = ''] = numbers.map(String);
  ports = { app, store, api, plain };
  // PORT is the store's port for plain HTTP, which the scripts leave at its default.
  env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    PORT: unused,
    npm_config_update_notifier: 'false',
  };
});
afterEach(async () => {
  await Promise.all(running.map(stop));
  running = [];
  rmSync(folder, { recursive: true });
});

/** Makes a folder like the repository after `npm run build`, without data. */
function makeRepository(): string {
  const repository = join(folder, 'repository');
  const bin = join(repository, 'node_modules/.bin');
  mkdirSync(bin, { recursive: true });
  copyFileSync(join(ROOT, 'package.json'), join(repository, 'package.json'));
  symlinkSync(join(ROOT, 'examples'), join(repository, 'examples'));
  symlinkSync(dirname(dirname(compiled('server/main.ts'))), join(repository, 'dist'));
  const program = `#!/bin/sh\nexec node ${compiled('server/cli/main.ts')} "$@"\n`;
  writeFileSync(join(bin, 'wc-auth'), program, { mode: 0o755 });
  return repository;
}

/** Starts a script in a process group of its own. */
function start(script: string, cwd: string, replacements: Replacements = []): Running {
  const text = filledIn(script, replacements);
  const child = spawn('sh', ['-ec', text], { cwd, env, detached: true, stdio: 'pipe' });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const started = { child, output: () => output };
  running.push(started);
  return started;
}

async function stop({ child }: Running): Promise<void> {
  const closed = child.stdout?.closed === true ? undefined : once(child, 'close');
  try {
    process.kill(-child.pid!, 'SIGTERM');
  } catch {
    // All of its processes have ended.
  }
  await closed;
}

/** Waits for output of a script. @throws if the script ends before. */
const printed = (script: Running, pattern: RegExp): Promise<RegExpExecArray> =>
  eventually(() => {
    const match = pattern.exec(script.output());
    if (match === null && script.child.exitCode !== null)
      throw new Error(`the script ended with ${script.child.exitCode}: ${script.output()}`);
    return match ?? undefined;
  }, 30_000);

/** Runs the first script of the page. Returns the certificate of the authority. */
async function makeCertificate(cwd: string): Promise<string> {
  const script = start(blocks.get('certificate.sh') ?? '', cwd);
  const [code] = (await once(script.child, 'close')) as [number | null];
  if (code !== 0) throw new Error(script.output());
  return readFileSync(join(cwd, 'ca.crt'), 'utf8');
}

async function signIn(manager: HttpBrowser, password: string): Promise<void> {
  const { fields } = (await manager.get('/login')).form('wc_auth_csrf');
  expect((await manager.post('/login', { ...fields, username: 'mara', password })).status).toBe(302);
}

/** The examples, with the script that replaces the last line of `app.sh`. */
const EXAMPLES = [
  { language: 'Node', file: 'connect.mjs', script: undefined, programs: [] },
  { language: 'Python', file: 'connect.py', script: 'app-python.sh', programs: ['python3'] },
  { language: 'PHP', file: 'connect.php', script: 'app-php.sh', programs: ['php', 'caddy'] },
];
const isInstalled = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

describe.each(EXAMPLES)('the scripts of docs/apps.md', ({ language, file, script, programs }) => {
  const testIfPresent = programs.every(isInstalled) ? test : test.skip;

  testIfPresent(`connect the ${language} example to a store on the same machine`, async () => {
    const appFolder = join(folder, 'app');
    mkdirSync(appFolder);
    const ca = await makeCertificate(appFolder);
    const appPort = ['8443', ports.app] as const;
    const storePort = ['8444', ports.store] as const;

    const replacements: Replacements = [
      appPort,
      storePort,
      ['3900', ports.api],
      ['/path/to/my-app', appFolder],
    ];
    const store = start(blocks.get('store.sh') ?? '', makeRepository(), replacements);
    const [, password = ''] = await printed(store, /^Password: (\S+)$/m);
    await printed(store, /"addresses":\[/);
    await printed(store, /^The API is ready$/m);

    writeFileSync(join(appFolder, file), blocks.get(file) ?? '');
    const appScript = blocks.get('app.sh') ?? '';
    const own = script === undefined ? undefined : blocks.get(script);
    const lines = own === undefined ? appScript : appScript.replace(/^NODE_EXTRA.*\n/m, own);
    const app = start(lines, appFolder, [
      appPort,
      storePort,
      ...(language === 'PHP' ? [['3001', ports.plain] as const] : []),
    ]);
    const appUrl = `https://localhost:${ports.app}`;
    const visitor = httpBrowser(appUrl, undefined, ca);
    await eventually(async () => {
      const answer = await visitor.get('/').catch(() => undefined);
      return answer?.status === 200 ? true : undefined;
    }, 30_000);

    const authorize = (await visitor.get('/connect')).location;
    const manager = httpBrowser(new URL(authorize).origin, undefined, ca);
    await signIn(manager, password);
    const { fields } = (await manager.get(authorize)).form('wc_auth_nonce');
    const answer = await manager.post('/wc-auth/v1/access_granted', fields);

    expect(answer.location).toContain(`${appUrl}/done?success=1&user_id=`);
    if (language === 'Node') expect(app.output()).toBe(`Open ${appUrl}\n`);
    expect((await visitor.get(answer.location)).body).toContain('Your store is connected.');
    // The app has read the orders, and the page of the store agrees. It needed its key for that.
    await eventually(async () => {
      const { body } = await manager.get('/keys');
      expect(body).toContain('Parcel Pilot');
      return body.includes('Never used') ? undefined : true;
    });
    expect((await manager.get('/wp-json/wc/v3/orders')).status).toBe(401);
  });
});

test('examples/express serves HTTPS as its README says, and accepts a key as HTTP Basic', async () => {
  const example = copyOfExample('express');
  const ca = await makeCertificate(example);
  const readme = readFileSync(join(example, 'README.md'), 'utf8');
  const [, script = ''] = /^```sh\n(export STORE_URL=https:.*?)^```$/ms.exec(readme) ?? [];
  env['SECRET_KEY'] = 'example-secret-key-example-secret-key';
  const url = `https://localhost:${ports.store}`;
  const command = async (args: string) => {
    const { code, stdout, stderr } = await ended(
      run('cli/main.ts', args.split(' '), example, { ...env, STORE_URL: url }),
    );
    if (code !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as Record<string, string>;
  };
  await command('init mara --email mara@shop.example --json');
  const key = await command('keys create --user mara --permissions read --description curl --json');

  const store = start(script, example, [['8444', ports.store]]);
  await printed(store, /The store is ready/);
  const [name, value] = basicHeader({
    consumerKey: key['consumer_key'] ?? '',
    consumerSecret: key['consumer_secret'] ?? '',
  });
  const client = httpBrowser(url, undefined, ca);
  expect((await client.get('/wp-json/wc/v3/orders', { [name]: value })).status).toBe(200);
  expect((await client.get('/wp-json/wc/v3/orders')).status).toBe(401);
  rmSync(example, { recursive: true });
});
