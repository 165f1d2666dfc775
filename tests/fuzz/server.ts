import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { environment, run } from '../support/store/server-process';

export interface FuzzedServer {
  readonly url: string;
  readonly isAlive: () => boolean;
  /** The errors it logged, and its output to standard error. */
  readonly complaints: readonly string[];
  /** Its resident memory in MiB. */
  readonly memory: () => number;
  stop(): Promise<void>;
}

/** Starts the real server process and keeps only the errors of its log. */
export async function startFuzzedServer(folder: string, env: Record<string, string>): Promise<FuzzedServer> {
  const child = run('main.ts', [], folder, environment(folder, { ...env, LOG_LEVEL: 'info' }));
  const complaints: string[] = [];
  let alive = true;
  createInterface({ input: child.stderr }).on('line', (line) => complaints.push(line));
  const url = await new Promise<string>((listening, reject) => {
    child.once('exit', (code, signal) => {
      alive = false;
      reject(new Error(`the server ended: ${code ?? signal ?? ''} ${complaints.join('\n')}`));
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      const entry = JSON.parse(line) as { level: number; addresses?: string[] };
      if (entry.level >= 50) complaints.push(line);
      const [address] = entry.addresses ?? [];
      if (address !== undefined) listening(address);
    });
  });
  return {
    url,
    isAlive: () => alive,
    complaints,
    memory: () =>
      Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024,
    async stop() {
      if (!alive) return;
      const gone = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGTERM');
      await gone;
    },
  };
}
