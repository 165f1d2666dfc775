import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { join, resolve } from 'node:path';
import { freePort } from '../tests/support/http/free-port';

export const ROOT = resolve(__dirname, '..');

/** A server under load that runs in its own process. */
export interface Subject {
  readonly port: number;
  readonly pid: number;
  /** Returns the CPU time so far in seconds, user and system. */
  cpu(): number;
  /** Returns the resident memory in megabytes. */
  memory(): number;
  stop(): Promise<void>;
}

/** Starts `node FILE` with PORT set to a free port, and waits until it answers. */
export async function start(file: string, env: Record<string, string> = {}): Promise<Subject> {
  const port = await freePort();
  const child = spawn(process.execPath, [...loaderOf(file), join(ROOT, file)], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], ...env, PORT: String(port), NODE_ENV: 'production' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await answers(port, child);
  const pid = child.pid ?? 0;
  return {
    port,
    pid,
    cpu: () => cpuOf(pid),
    memory: () => memoryOf(pid),
    async stop() {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

const loaderOf = (file: string): string[] => (file.endsWith('.ts') ? ['--import', 'tsx'] : []);

/** Sends requests until it gets any answer. Returns the milliseconds until then. */
export async function answers(port: number, child: ChildProcess, path = '/'): Promise<number> {
  const began = performance.now();
  for (;;) {
    if (child.exitCode !== null) throw new Error(`The server ended with code ${child.exitCode}.`);
    const answered = await new Promise<boolean>((resume) => {
      http
        .get({ port, host: '127.0.0.1', path, agent: false }, (response) => {
          response.resume().on('end', () => resume(true));
        })
        .on('error', () => resume(false));
    });
    if (answered) return performance.now() - began;
    await new Promise((resume) => setTimeout(resume, 2));
  }
}

// Fields 14 and 15 of proc_pid_stat(5), in ticks of 1/100 s.
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function memoryOf(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? 0) / 1024;
}
