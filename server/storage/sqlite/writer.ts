import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { UnavailableDatabaseError } from '../database-error';
import type { SqlValue } from '../hot-statements';

/** One statement, and the values of each time it is to be run. */
export interface Write {
  readonly sql: string;
  readonly rows: readonly (readonly SqlValue[])[];
}

/** A transaction. Whoever waits for another's lock waits from the asking on, however many are in front. */
export interface Message {
  readonly writes: readonly Write[];
  /** Milliseconds since 1970. */
  readonly askedAt: number;
}

/** How many rows it changed, or the code of SQLite's refusal. */
export type Outcome = number | string;

/** Of a transaction: the outcomes in their order, or the code of why nothing was written. */
export type Answer = readonly Outcome[] | string;

/** What the thread is started with. */
export interface ThreadOptions {
  readonly file: string;
  readonly pragmas: readonly string[];
  /** When the write lock is taken. */
  readonly retryEveryMs: number;
  readonly giveUpAfterMs: number;
}

interface Pending {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

export type Writer = ReturnType<typeof openWriter>;

/** A thread that writes (writer-thread.js), started by the first write, and once more by the next one should it end. */
export function openWriter(options: ThreadOptions) {
  let thread: Worker | undefined;
  let pending: Pending[] = [];
  let closed = false;

  function start(): Worker {
    const started = new Worker(join(__dirname, 'writer-thread.js'), {
      workerData: options,
      // What the process was told to load first is not for it.
      execArgv: [],
      // A thread that holds hardly anything.
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    });
    started.on('message', (answer: Answer) => {
      const first = pending.shift();
      // It does not keep the process, but what is being written does.
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
    /** All of these in one transaction. @throws UnavailableDatabaseError when the thread ends meanwhile: whether it had written is unknown. */
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
