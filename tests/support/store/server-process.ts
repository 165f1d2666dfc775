import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { testCertificates } from '../http/certificates';
import { compiled } from '../jest/compiled';
import { httpBrowser } from '../http/http-browser';
import { readOrMakeSecretKeyFile } from '../../../server/storage/secret-key-file';
import { databaseUrl, isOnPostgres } from './test-database';

export const SECRET_KEY = 'process-secret-key-process-secret-key';

/** The end of a process and its output. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ServerProcess {
  /** The URL it listens on. */
  readonly url: string;
  readonly pid: number;
  /** Returns its log so far. */
  output(): string;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

/**
 * Returns the environment of a process on the database in `folder`, with nothing of the tests' own
 * except what Node needs.
 */
export function environment(
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const settings = {
    PATH: process.env['PATH'] ?? '',
    NODE_EXTRA_CA_CERTS: testCertificates().caFile,
    DATABASE_URL: databaseUrl(folder),
    SECRET_KEY,
    STORE_URL: 'http://store.test',
    CALLBACK_ALLOW_HOSTS: 'localhost',
    PORT: '0',
    ...env,
  };
  // A server with SQLite makes this file beside the database.
  return isOnPostgres(folder) && settings.SECRET_KEY === '' && !env['SECRET_KEY_FILE']
    ? { ...settings, SECRET_KEY_FILE: madeKeyFile(folder) }
    : settings;
}

const madeKeyFile = (folder: string): string => {
  const file = join(folder, 'store.sqlite.secret-key');
  readOrMakeSecretKeyFile(file);
  return file;
};

/**
 * Runs one of the project's programs in `folder`, so that it reads no `.env`. `launcher` is a command
 * that starts it, such as `setpriv`.
 */
export function run(
  program: 'main.ts' | 'cli/main.ts',
  args: readonly string[],
  folder: string,
  env: Record<string, string>,
  launcher: readonly string[] = [],
) {
  const [command = '', ...rest] = [...launcher, process.execPath, compiled(`server/${program}`), ...args];
  return spawn(command, rest, {
    cwd: folder,
    env,
    stdio: 'pipe',
  });
}

/** Runs a command from start to end while this process does nothing else. */
export function runAtOnce(args: readonly string[], folder: string, env: Record<string, string>): Ended {
  const all = [compiled('server/cli/main.ts'), ...args];
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, all, {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  return { code: status, signal, stdout, stderr };
}

/** Waits for a process that ends on its own. */
export async function ended(child: ChildProcess): Promise<Ended> {
  const [stdout, stderr, [code, signal]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
  ]);
  return { code, signal, stdout, stderr };
}

/**
 * Starts the real server process and waits until it listens. With `command`, starts it as the
 * command line does.
 */
export async function startServerProcess(
  folder: string,
  env: Readonly<Record<string, string>> = {},
  command: readonly string[] = [],
): Promise<ServerProcess> {
  const program = command.length > 0 ? 'cli/main.ts' : 'main.ts';
  const child = run(program, command, folder, environment(folder, env));
  let output = '';
  const end = ended(child);
  const url = await new Promise<string>((listening, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const address = /addresses"?[:=]\["(http:[^"]+)"/.exec(output)?.[1];
      if (address !== undefined) listening(address);
    });
    end.then(({ stderr }) => {
      reject(new Error(`the server did not start: ${stderr}${output}`));
    }, reject);
  });
  // The server handles signals only after its log says that it listens. The answer to a request
  // proves that it does.
  await httpBrowser(url).get('/login');
  return {
    url,
    pid: child.pid!,
    output: () => output,
    kill: (signal) => void child.kill(signal),
    ended: end,
  };
}

/** Returns the address of the metrics of a server that was started with METRICS_PORT 0. */
export function metricsAddress(server: ServerProcess): string {
  const address = /"metrics":"([^"]+)"/.exec(server.output())?.[1];
  if (address === undefined) throw new Error(`it shows no metrics: ${server.output()}`);
  return address;
}

/** Returns the end of a server that is expected not to start. */
export async function serverThatEnds(
  folder: string,
  env: Record<string, string>,
  launcher: readonly string[] = [],
): Promise<Ended> {
  return ended(run('main.ts', [], folder, env, launcher));
}
