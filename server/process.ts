import { existsSync } from 'node:fs';
import { readConfig } from './config';
import { serve } from './serve';
import { withoutBoundValues } from './storage/errors';

/**
 * The server as a process: a `.env` file in the working directory fills in what the environment does not set. SIGTERM
 * and SIGINT let requests in flight finish; a second one does not wait. Exit code 1 when it cannot start.
 */
export async function main(): Promise<void> {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const starting = serve(readConfig(process.env));
  let stopping = false;
  const stop = () => {
    if (stopping) process.exit(1);
    stopping = true;
    starting
      .then((server) => server.stop())
      .then(() => process.exit(0))
      .catch(fail);
  };
  // From the first moment on: a signal during the start must not find the process without a handler.
  process.on('SIGTERM', stop).on('SIGINT', stop);
  await starting;
}

/** Prints the message without its stack, which does not help to fix a configuration, and ends with exit code 1. */
export function fail(error: unknown): never {
  console.error(withoutBoundValues(error).message);
  process.exit(1);
}
