import type { Logger } from 'pino';
import type { RestError } from '../errors/http-errors';
import { withoutBoundValues } from '../storage/errors';
import { clientNetwork } from '../throttle/client-network';
import type { Counted, ThrottleCounts } from '../throttle/throttle-counts';
import { tooManyFailures } from './verification-errors';

/**
 * After how many wrong keys from one address within a window the response no longer says what is
 * wrong.
 */
export interface FailedKeyLimits {
  readonly failures: number;
  readonly windowMs: number;
}

export interface FailedKeyDependencies {
  readonly counts: ThrottleCounts;
  readonly limits: FailedKeyLimits;
  readonly log: Logger;
  readonly now: () => number;
}

const WRITE_EVERY_MS = 250;
const countedFor = (network: string): Counted => ['failed key', network];

/**
 * Counts wrong keys by address.
 *
 * A right key never reaches this code: it always passes, so that another client behind the same
 * address cannot lock it out. Failures are counted in memory and written together four times a
 * second. Beyond the limit they are not counted, so that a flood of wrong keys does not load the
 * disk.
 */
export function failedKeys({ counts, limits, log, now }: FailedKeyDependencies) {
  const { failures, windowMs } = limits;
  let unwritten = new Map<string, number>();
  let beingWritten = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  async function write(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    if (unwritten.size === 0) return;
    beingWritten = unwritten;
    unwritten = new Map();
    try {
      await counts.raiseMany(
        [...beingWritten].map(([network, times]) => ({ counted: countedFor(network), times, windowMs })),
        now(),
      );
    } catch (error) {
      log.error({ err: withoutBoundValues(error) }, 'failed keys could not be counted');
    } finally {
      beingWritten = new Map();
    }
  }

  return {
    /**
     * Counts a wrong key from this address. Returns the error to answer with instead after too
     * many, else `undefined`.
     */
    async countFailure(address: string): Promise<RestError | undefined> {
      const network = clientNetwork(address);
      const written = await counts.of(countedFor(network), now());
      const waiting = unwritten.get(network) ?? 0;
      // During a write, its failures may or may not be in `written` already.
      const before = Math.max(written?.times ?? 0, beingWritten.get(network) ?? 0);
      if (before + waiting >= failures) return tooManyFailures(written ? written.until - now() : windowMs);
      unwritten.set(network, waiting + 1);
      timer ??= setTimeout(() => {
        writing = writing.then(write);
      }, WRITE_EVERY_MS).unref();
      return undefined;
    },
    /** Writes the counts that are still in memory. */
    async flush(): Promise<void> {
      await writing;
      await write();
    },
  };
}
