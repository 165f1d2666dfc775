import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const ROOT = join(__dirname, '..');
const GRACE_MS = 5_000;
const START_MS = 60_000;
const POLL_MS = 50;

export interface ProcessOptions {
  /** A TypeScript file, relative to the repository. */
  readonly script: string;
  readonly env: NodeJS.ProcessEnv;
  /** An address that answers once the process is ready. */
  readonly readyAt: string;
}

/** The demo's processes. They start together, and when one ends, all end. */
export interface Processes {
  /** Resolves when the process answers. */
  start(name: string, options: ProcessOptions): Promise<void>;
  /** Sends SIGTERM to all processes, and SIGKILL after a few seconds. */
  stop(): Promise<void>;
}

/** @param onDeath called when a process ends by itself. */
export function processes({
  folder,
  onDeath,
}: {
  folder: string;
  onDeath: (message: string) => void;
}): Processes {
  const running = new Set<ChildProcess>();
  let stopping = false;

  function launch(name: string, { script, env }: ProcessOptions): ChildProcess {
    const preload = (file: string) => ['--import', pathToFileURL(file).href];
    const child = spawn(
      process.execPath,
      [
        ...preload(require.resolve('tsx')),
        ...preload(join(__dirname, 'end-with-parent.ts')),
        join(ROOT, script),
      ],
      // In its own process group: a terminal sends Ctrl-C to the whole group, and a second signal
      // would stop the server without a graceful stop. In the demo's folder, which has no `.env` of
      // a real server.
      { cwd: folder, env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'], detached: true },
    );
    running.add(child);
    child.once('exit', (code, signal) => {
      running.delete(child);
      if (!stopping) onDeath(`${name} ended unexpectedly (${signal ?? `exit code ${code ?? '?'}`}).`);
    });
    return child;
  }

  return {
    async start(name, options) {
      const child = launch(name, options);
      const deadline = Date.now() + START_MS;
      while (child.exitCode === null && child.signalCode === null && Date.now() < deadline) {
        if (await answers(options.readyAt)) return;
        await wait(POLL_MS);
      }
      throw new Error(`${name} did not start.`);
    },

    async stop() {
      stopping = true;
      const force = setTimeout(() => {
        for (const child of running) child.kill('SIGKILL');
      }, GRACE_MS);
      await Promise.all(
        [...running].map(async (child) => {
          const exit = once(child, 'exit');
          child.kill('SIGTERM');
          await exit;
        }),
      );
      clearTimeout(force);
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    await fetch(url, { redirect: 'manual' });
    return true;
  } catch {
    return false;
  }
}
