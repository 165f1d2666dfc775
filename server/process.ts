import { loadEnvFile, readConfig } from './config';
import { serve } from './serve';
import { withoutBoundValues } from './storage/errors';

/**
 * Runs the server as a process. `env` is the process's own environment, which a `.env` file in the
 * working directory completes.
 *
 * SIGTERM and SIGINT let requests in progress finish; a second signal does not wait. The exit code
 * is 1 if the server cannot start.
 */
export async function main(env: NodeJS.ProcessEnv): Promise<void> {
  loadEnvFile();
  const starting = serve(readConfig(env));
  let stopping = false;
  const stop = () => {
    if (stopping) process.exit(1);
    stopping = true;
    starting
      .then((server) => server.stop())
      .then(() => process.exit(0))
      .catch(fail);
  };
  // The handlers exist before the start, so that a signal during the start is handled too.
  process.on('SIGTERM', stop).on('SIGINT', stop);
  await starting;
}

/**
 * Prints the message without its stack, which does not help to fix a configuration, and ends the
 * process with exit code 1.
 */
export function fail(error: unknown): never {
  console.error(withoutBoundValues(error).message);
  process.exit(1);
}
