import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { UnavailableError } from '../errors/http-errors';
import type { PasswordForm } from './imported-password';

/** What a thread compares: a stored text with each spelling that may be its password. */
export interface Comparison {
  readonly form: Extract<PasswordForm, 'phpass' | 'bcrypt' | 'wp-bcrypt' | 'md5'>;
  readonly stored: string;
  readonly spellings: readonly string[];
}

/** Imported passwords are rare, so threads that nothing uses end. */
const IDLE_MS = 30_000;

export type PasswordThreads = ReturnType<typeof passwordThreads>;

/**
 * Compares passwords in threads (password-thread.js). A thread starts when all others are busy, so
 * the caller limits how many comparisons run at the same time.
 */
export function passwordThreads() {
  const idle = new Set<Worker>();
  let idleSince: NodeJS.Timeout | undefined;

  function start(): Worker {
    const thread = new Worker(join(__dirname, 'password-thread.js'), {
      // The thread does not preload what the process was told to preload.
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    });
    // Without a listener, an error of the thread would end the process. `exit` follows it.
    thread.on('error', () => {});
    thread.on('exit', () => idle.delete(thread));
    return thread;
  }

  function take(): Worker {
    const [thread] = idle;
    if (!thread) return start();
    idle.delete(thread);
    // A comparison keeps the process alive, and an idle thread does not.
    thread.ref();
    return thread;
  }

  function putBack(thread: Worker): void {
    thread.unref();
    idle.add(thread);
    clearTimeout(idleSince);
    idleSince = setTimeout(() => {
      for (const one of idle) void one.terminate();
      idle.clear();
    }, IDLE_MS).unref();
  }

  return {
    /**
     * Returns whether a spelling is the stored password.
     * @throws UnavailableError if the thread ends in the meantime. The next comparison starts another.
     */
    compare(comparison: Comparison): Promise<boolean> {
      return new Promise((resolve, reject) => {
        const thread = take();
        const gone = () => {
          reject(new UnavailableError('The password could not be checked. Try again.', 2));
        };
        thread.once('exit', gone);
        thread.once('message', (isRight: boolean) => {
          thread.off('exit', gone);
          putBack(thread);
          resolve(isRight);
        });
        thread.postMessage(comparison);
      });
    },
  };
}
