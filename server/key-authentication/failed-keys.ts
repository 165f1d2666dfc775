import type { Logger } from 'pino';
import type { RestError } from '../errors/http-errors';
import { withoutBoundValues } from '../storage/errors';
import { clientNetwork } from '../throttle/client-network';
import type { Counted, ThrottleCounts } from '../throttle/throttle-counts';
import { tooManyFailures } from './refusals';

/** How many wrong keys from one address are told what is wrong, within a window. */
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
 * Wrong keys by address. Asked only once a key has turned out wrong: a right one always passes, for a neighbour behind the
 * same address must not lock it out, and costs nothing here. What is wrong is counted in memory and written together, four
 * times a second; beyond the limit nothing is counted, so that a flood is no load on the disk.
 */
export function failedKeys({ counts, limits, log, now }: FailedKeyDependencies) {
  const { failures, windowMs } = limits;
  let noted = new Map<string, number>();
  let beingWritten = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  async function write(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    if (noted.size === 0) return;
    beingWritten = noted;
    noted = new Map();
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
    /** Counts a wrong key. What is answered in its place, once there were too many. */
    async refusedFrom(address: string): Promise<RestError | undefined> {
      const network = clientNetwork(address);
      const written = await counts.of(countedFor(network), now());
      const unwritten = noted.get(network) ?? 0;
      // While a write is in flight its failures may or may not be in `written`.
      const before = Math.max(written?.times ?? 0, beingWritten.get(network) ?? 0);
      if (before + unwritten >= failures) return tooManyFailures(written ? written.until - now() : windowMs);
      noted.set(network, unwritten + 1);
      timer ??= setTimeout(() => {
        writing = writing.then(write);
      }, WRITE_EVERY_MS).unref();
      return undefined;
    },
    /** Writes what is counted. */
    async flush(): Promise<void> {
      await writing;
      await write();
    },
  };
}
