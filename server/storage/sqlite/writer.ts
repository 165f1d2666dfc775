import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { UnavailableDatabaseError } from '../database-error';
import type { SqlValue } from '../hot-statements';

/** One statement, and one list of values for each run. */
export interface Write {
  readonly sql: string;
  readonly rows: readonly (readonly SqlValue[])[];
}

/**
 * A transaction. The time limit for the lock counts from its request, however many transactions are
 * ahead of it.
 */
export interface Message {
  readonly writes: readonly Write[];
  /** The time of the request in milliseconds since 1970. */
  readonly askedAt: number;
}

/** The number of changed rows, or SQLite's error code. */
export type Outcome = number | string;

/** The outcomes of a transaction in order, or the code of why nothing was written. */
export type Answer = readonly Outcome[] | string;

/** The options that the thread starts with. */
export interface ThreadOptions {
  readonly file: string;
  readonly pragmas: readonly string[];
  /** How the thread waits for the write lock. */
  readonly retryEveryMs: number;
  readonly giveUpAfterMs: number;
}

interface Pending {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

export type Writer = ReturnType<typeof openWriter>;

/**
 * Starts a thread that writes (writer-thread.js) with the first write. If it ends, the next write
 * starts another one.
 */
export function openWriter(options: ThreadOptions) {
  let thread: Worker | undefined;
  let pending: Pending[] = [];
  let closed = false;

  function start(): Worker {
    const started = new Worker(join(__dirname, 'writer-thread.js'), {
      workerData: options,
      // The thread does not preload what the process was told to preload.
      execArgv: [],
      // The thread holds almost no data.
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    });
    started.on('message', (answer: Answer) => {
      const first = pending.shift();
      // An idle thread does not keep the process alive, but a running write does.
      if (pending.length === 0) started.unref();
      first?.resolve(answer);
    });
    let why = 'it ended';
    started.on('error', (error: Error & { code?: string }) => (why = error.code ?? why));
    started.on('exit', () => {
      if (thread !== started) return;
      thread = undefined;
      const lost = pending;
      pending = [];
      const error = new UnavailableDatabaseError(`The thread that writes to the database is gone (${why}).`);
      for (const { reject } of lost) reject(error);
    });
    return started;
  }

  return {
    /**
     * Writes everything in one transaction.
     *
     * @throws UnavailableDatabaseError if the thread ends in the meantime. Whether it had written
     * is then unknown.
     */
    write(writes: readonly Write[]): Promise<Answer> {
      return new Promise((resolve, reject) => {
        if (closed) throw new UnavailableDatabaseError('The database is closed.');
        thread ??= start();
        const message: Message = { writes, askedAt: Date.now() };
        thread.postMessage(message);
        thread.ref();
        pending.push({ resolve, reject });
      });
    },
    async close(): Promise<void> {
      closed = true;
      const ending = thread;
      if (!ending) return;
      ending.ref();
      ending.postMessage('close');
      await new Promise((ended) => ending.once('exit', ended));
    },
  };
}
