import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { compiled } from '../jest/compiled';
import { testCertificates } from '../http/certificates';
import type { HostedCommand, HostedEnd } from '../programs/command-host';
import { ended, run, type Ended } from './server-process';

let host: ChildProcess | undefined;
let isBusy = false;
afterAll(() => host?.disconnect());

/**
 * Runs `wc-auth ARGS` in `folder`, outside of this process: in a process that has run commands
 * before, or in a new one if that one cannot run it. `run` always starts a process, for tests
 * about what only a process shows.
 */
export async function command(
  args: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>>,
  stdin = '',
): Promise<Ended> {
  if (isBusy || args.includes('serve') || !isForHost(env)) {
    const child = run('cli/main.ts', args, folder, { ...env });
    child.stdin.end(stdin);
    return ended(child);
  }
  isBusy = true;
  try {
    return { ...(await inHost({ args, folder, env, stdin })), signal: null };
  } finally {
    isBusy = false;
  }
}

/** Node reads these variables only when it starts. */
const isForHost = (env: Readonly<Record<string, string>>): boolean =>
  env['NODE_OPTIONS'] === undefined && env['NODE_EXTRA_CA_CERTS'] === testCertificates().caFile;

async function inHost(command: HostedCommand): Promise<HostedEnd> {
  host ??= fork(compiled('tests/support/programs/command-host.ts'), {
    env: { PATH: process.env['PATH'], NODE_EXTRA_CA_CERTS: testCertificates().caFile },
    execArgv: [],
  });
  const over = new AbortController();
  const { signal } = over;
  const answer = once(host, 'message', { signal }) as Promise<[HostedEnd]>;
  const end = once(host, 'exit', { signal }).then(([code]) => {
    host = undefined;
    throw new Error(`the process of the commands ended with ${String(code)}`);
  });
  host.send(command);
  try {
    const [result] = await Promise.race([answer, end]);
    return result;
  } finally {
    end.catch(() => undefined);
    over.abort();
  }
}
