import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import { ROOT, type Subject } from './processes';

/** One round of load: the work of the server and its cost. */
export interface Round {
  /** Requests answered per second. */
  readonly rate: number;
  /** Microseconds of the server's CPU per request. */
  readonly cpuMicros: number;
  /** Answers other than 2xx and 3xx. */
  readonly rejected: number;
}

export interface LoadOptions {
  readonly seconds: number;
  readonly connections?: number;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A wrk script in bench/load/ and its argument. */
  readonly script?: readonly [name: string, argument: string];
}

/**
 * Loads a server from a second process, wrk, for some seconds.
 * @throws if wrk is not installed or any answer was lost.
 */
export async function load(
  subject: Subject,
  { seconds, connections = 50, path = '/', headers = {}, script }: LoadOptions,
): Promise<Round> {
  const named = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const scripted = script ? ['-s', join(ROOT, 'bench/load', script[0])] : [];
  const before = subject.cpu();
  const wrk = spawn('wrk', [
    ...[
      '-t',
      '1',
      '-c',
      String(connections),
      '-d',
      `${Math.max(1, Math.round(seconds))}s`,
      '--timeout',
      '10s',
    ],
    ...named,
    ...scripted,
    `http://127.0.0.1:${subject.port}${path}`,
    ...(script ? ['--', script[1]] : []),
  ]);
  const failed = new Promise<never>((_resolve, reject) => {
    wrk.on('error', () => reject(new Error('wrk is needed for the benchmark: apt-get install wrk')));
  });
  const said = await Promise.race([text(wrk.stdout), failed]);
  const cpu = subject.cpu() - before;
  const number = (pattern: RegExp) => Number(pattern.exec(said)?.[1] ?? 0);
  const answered = number(/(\d+) requests in/);
  if (answered === 0) throw new Error(`wrk answered: ${said}`);
  return {
    rate: number(/Requests\/sec:\s+([\d.]+)/),
    cpuMicros: (cpu * 1e6) / answered,
    rejected: number(/Non-2xx or 3xx responses: (\d+)/),
  };
}
