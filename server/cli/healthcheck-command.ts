import { get } from 'node:http';
import { Command } from 'commander';
import { examples } from './help';
import { commandConfig } from './store-command';

const TIMEOUT_MS = 4_000;

/** Returns the command `wc-auth healthcheck`. */
export function healthcheckCommand(): Command {
  return new Command('healthcheck')
    .description('ask the server on this machine for /healthz; the health check of the container image')
    .addHelpText(
      'after',
      `
It reads HOST and PORT as the server does. Exit code 0: the server answers. 1: it does not.
${examples('healthcheck')}`,
    )
    .action(healthcheck);
}

/** @throws if the server does not answer with status 200 in time */
async function healthcheck(): Promise<void> {
  const { host, port } = commandConfig();
  const url = `http://${reachable(host)}:${port}/healthz`;
  const status = await statusOf(url).catch((error: unknown) => {
    throw new Error(`The server does not answer at ${url} (${reasonOf(error)}).`, { cause: error });
  });
  if (status !== 200)
    throw new Error(
      `${url} answers with status ${status}. Does another program listen there? Check HOST and PORT.`,
    );
  console.log(`${url} answers with status 200.`);
}

/** Does not use `fetch`, which blocks some ports, such as 10080. */
const statusOf = (url: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    get(url, { signal: AbortSignal.timeout(TIMEOUT_MS) }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });

/** The addresses that mean every address of this machine are reached at its own. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

/** A timeout keeps its reason in the cause. */
function reasonOf(error: unknown): string {
  const { code, cause, name } = error as NodeJS.ErrnoException;
  return cause instanceof Error ? cause.name : (code ?? name);
}
