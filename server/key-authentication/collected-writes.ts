import type { Logger } from 'pino';
import type { SqlValue } from '../storage/database';
import { withoutBoundValues } from '../storage/errors';

const WRITE_AFTER_MS = 500;
const WRITE_AFTER_AT_MOST_MS = 5_000;
/**
 * After a write of at least `MANY_ROWS` rows, the next write waits `PAUSES` times as long as this
 * one took. Rows cost less when more are written at once.
 */
const MANY_ROWS = 1_000;
const PAUSES = 20;

export interface CollectedWriteDependencies<Value> {
  /** Writes rows that `rowOf` made. */
  readonly write: (rows: readonly (readonly SqlValue[])[]) => Promise<void>;
  readonly rowOf: (keyId: number, value: Value) => readonly SqlValue[];
  readonly log: Logger;
  /** What to log when a write fails. */
  readonly failure: string;
}

/**
 * Collects one value for each key in memory, and writes the values together.
 *
 * A value is written after half a second, under load after at most five seconds. No request waits
 * for the write. A failed write is repeated with the next one. A clean stop writes the rest, and a
 * crash loses what is not written yet.
 */
export function collectedWrites<Value>(dependencies: CollectedWriteDependencies<Value>) {
  const { write, rowOf, log, failure } = dependencies;
  let unwritten = new Map<number, Value>();
  let taken = new Map<number, Value>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  let writeAfterMs = WRITE_AFTER_MS;

  async function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    if (unwritten.size === 0) return;
    taken = unwritten;
    unwritten = new Map();
    // Sorted like the table: neighbors share pages, and a transaction writes each page once.
    const rows = [...taken]
      .sort(([one], [other]) => one - other)
      .map(([keyId, value]) => rowOf(keyId, value));
    const began = performance.now();
    try {
      await write(rows);
    } catch (error) {
      log.error({ err: withoutBoundValues(error) }, failure);
      for (const [keyId, value] of taken) if (!unwritten.has(keyId)) unwritten.set(keyId, value);
    }
    taken = new Map();
    const pauseMs = rows.length < MANY_ROWS ? 0 : PAUSES * (performance.now() - began);
    writeAfterMs = Math.min(Math.max(WRITE_AFTER_MS, pauseMs), WRITE_AFTER_AT_MOST_MS);
    if (unwritten.size > 0) writeLater();
  }

  // One write after another: each has the values that the one before could not write.
  const flushNext = (): Promise<void> => (writing = writing.then(flush));

  function writeLater(): void {
    timer ??= setTimeout(() => void flushNext(), writeAfterMs).unref();
  }

  return {
    /** Keeps a value for the next write. It replaces an earlier one of the same key. */
    note(keyId: number, value: Value): void {
      unwritten.set(keyId, value);
      writeLater();
    },
    /** Returns the value of a key that is not in the database yet. */
    unwritten: (keyId: number): Value | undefined => unwritten.get(keyId) ?? taken.get(keyId),
    /** Writes the values that are still in memory. Call it before the database is closed. */
    flush: flushNext,
  };
}
