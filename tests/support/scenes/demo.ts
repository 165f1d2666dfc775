import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { freePorts } from '../http/free-port';

const ROOT = resolve(__dirname, '../../..');

/** A running `npm run demo`. */
export interface Demo {
  /** The app's first page, without a final slash. */
  readonly appUrl: string;
  readonly storeUrl: string;
  readonly login: string;
  readonly password: string;
  readonly folder: string;
  /** Returns its whole output. */
  readonly output: () => string;
  /** Runs the command `wc-auth` on the demo's store. */
  wcAuth(...args: string[]): Promise<unknown>;
  /** @returns the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface DemoOptions {
  /**
   * The folder of an earlier demo, which is kept. By default a new folder, which is removed at the
   * end.
   */
  readonly folder?: string;
  /** The first ports to try: store, app, API, callback, callback with a wrong certificate. */
  readonly ports?: readonly number[];
}

/** Starts the demo as a new user does, but on free ports and in its own folder. */
export async function startDemo(options: DemoOptions = {}): Promise<Demo> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'wc-auth-demo-'));
  const [store, app, api, callback, wrongCallback] = options.ports ?? (await freePorts(5));
  const child = spawn(process.execPath, ['--import', 'tsx', 'demo/main.ts'], {
    cwd: ROOT,
    env: {
      ...process.env,
      DEMO_DIR: folder,
      DEMO_STORE_PORT: String(store),
      DEMO_APP_PORT: String(app),
      DEMO_API_PORT: String(api),
      DEMO_CALLBACK_PORT: String(callback),
      DEMO_WRONG_CALLBACK_PORT: String(wrongCallback),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const printed = new Promise<void>((found, gaveUp) => {
    const take = (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('Ctrl-C')) found();
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('exit', (code) => gaveUp(new Error(`The demo ended with ${code ?? 'a signal'}:\n${output}`)));
  });
  await printed;

  const after = (pattern: RegExp): string => {
    const found = pattern.exec(output)?.[1];
    if (found === undefined) throw new Error(`The demo printed no ${pattern.source}:\n${output}`);
    return found;
  };
  const storeUrl = after(/store is (\S+)\//);
  return {
    appUrl: after(/(https?:\/\/\S+)\//),
    storeUrl,
    login: after(/Sign in +(\S+)/),
    password: after(/Password +(\S+)/),
    folder,
    output: () => output,
    async wcAuth(...args) {
      const command = ['--import', 'tsx', 'server/cli/main.ts', ...args, '--json'];
      const env = { ...process.env, DATABASE_URL: `sqlite:${join(folder, 'store.sqlite')}` };
      const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: ROOT, env });
      return JSON.parse(stdout) as unknown;
    },
    async stop(signal = 'SIGINT') {
      if (child.exitCode === null && child.signalCode === null) {
        const exit = once(child, 'exit');
        child.kill(signal);
        await exit;
      }
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
      return child.exitCode;
    },
  };
}
