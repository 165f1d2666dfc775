import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { ended, environment, type Ended } from '../support/store/server-process';

/** The result of `npm run build`, which starts in half the time of the sources. */
export const BUILT_SERVER = resolve(__dirname, '../../dist/server/main.js');

export interface BuiltServer {
  /** Its URL, as soon as it listens. `undefined` if it ended before. */
  readonly listening: Promise<string | undefined>;
  kill(): void;
  readonly ended: Promise<Ended>;
}

/** Starts the built server on the database in `folder`, behind a trusted proxy. */
export function startBuiltServer(program: string, folder: string): BuiltServer {
  const child = spawn(process.execPath, [program], {
    cwd: folder,
    // The checks try hundreds of revoked keys.
    env: environment(folder, { TRUST_PROXY: 'loopback', FAILED_KEYS_PER_ADDRESS: '1000000' }),
    stdio: 'pipe',
  });
  const end = ended(child);
  const listening = new Promise<string | undefined>((resolve) => {
    let output = '';
    child.stdout.on('data', function look(chunk: Buffer) {
      output += chunk.toString();
      const address = /"addresses":\["(http:[^"]+)"/.exec(output)?.[1];
      if (address === undefined) return;
      child.stdout.off('data', look);
      resolve(address);
    });
    end.then(
      () => resolve(undefined),
      () => resolve(undefined),
    );
  });
  return { listening, kill: () => void child.kill('SIGKILL'), ended: end };
}
