import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MAX_OUTPUT = 64 * 1024 * 1024;

/** What a command printed, and its exit code. */
export interface Ended {
  readonly code: number;
  readonly output: string;
}

/** A Docker engine. */
export interface Engine {
  /** Runs the `docker` command. @throws if it fails */
  readonly docker: (...args: readonly string[]) => Promise<string>;
  /** Like `docker`, and returns the exit code instead of throwing. */
  readonly tried: (...args: readonly string[]) => Promise<Ended>;
  /** Creates an image from the files of a folder. */
  readonly imported: (folder: string, image: string, changes: readonly string[]) => Promise<void>;
  readonly stop: () => Promise<void>;
}

// Debian installs it there. Another `docker` may come first in PATH.
const DOCKER = '/usr/bin/docker';

/**
 * Starts an engine of its own: nothing of another one is used or changed. It adds no firewall rules
 * and no network, so containers run in the network of this machine or in none.
 */
export async function startEngine(folder: string): Promise<Engine> {
  mkdirSync(folder);
  const socket = `unix://${join(folder, 'docker.sock')}`;
  const daemon = spawn(
    'setpriv',
    [
      // It ends with this process, and its mounts end with it.
      ...['--pdeathsig', 'TERM', 'unshare', '--mount', 'dockerd'],
      ...['--host', socket, '--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')],
      ...['--pidfile', join(folder, 'pid'), '--bridge', 'none', '--iptables=false', '--ip6tables=false'],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let log = '';
  const ready = new Promise<void>((resolve, reject) => {
    for (const stream of [daemon.stdout, daemon.stderr])
      stream.on('data', (chunk: Buffer) => {
        log += chunk.toString();
        if (log.includes('API listen on')) resolve();
      });
    daemon.once('error', reject).once('exit', () => {
      reject(new Error(`dockerd ended:\n${log}`));
    });
  });
  await ready;
  const env = { ...process.env, DOCKER_HOST: socket, DOCKER_BUILDKIT: '1' };
  const tried = async (...args: readonly string[]): Promise<Ended> => {
    try {
      const { stdout, stderr } = await run(DOCKER, args, { env, maxBuffer: MAX_OUTPUT });
      return { code: 0, output: stdout + stderr };
    } catch (error) {
      const { code, stdout, stderr } = error as { code?: unknown; stdout: string; stderr: string };
      if (typeof code !== 'number') throw error;
      return { code, output: stdout + stderr };
    }
  };
  return {
    tried,
    async docker(...args) {
      const { code, output } = await tried(...args);
      if (code !== 0) throw new Error(`docker ${args.join(' ')} ended with ${code}:\n${output}`);
      return output.trim();
    },
    async imported(root, image, changes) {
      const options = changes.flatMap((change) => ['--change', change]);
      const tar = spawn('tar', ['-C', root, '-c', '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
      const load = spawn(DOCKER, ['import', ...options, '-', image], {
        env,
        stdio: [tar.stdout, 'ignore', 'inherit'],
      });
      const [code] = (await once(load, 'exit')) as [number];
      if (code !== 0) throw new Error(`docker import ended with ${code}`);
    },
    async stop() {
      const ended = once(daemon, 'exit');
      daemon.kill('SIGTERM');
      await Promise.race([ended, wait(20_000, undefined, { ref: false })]);
      daemon.kill('SIGKILL');
    },
  };
}

/** Returns the base image of the Dockerfile, with the versions that its tag names. */
export function baseImage(dockerfile: string): { image: string; node: string; debian: string } {
  const named = new Set(
    [...readFileSync(dockerfile, 'utf8').matchAll(/^FROM (\S+)/gm)].map(([, image]) => image ?? ''),
  );
  const [image = ''] = named;
  const [, node, debian] = /^node:(\d+)-([a-z]+)-slim$/.exec(image) ?? [];
  if (named.size !== 1 || node === undefined || debian === undefined)
    throw new Error(`The stages of the Dockerfile start from ${[...named].join(', ')}.`);
  return { image, node, debian };
}
