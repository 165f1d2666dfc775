import type { Counted, ThrottleCounts } from './throttle-counts';

/** A limit on the number of failures of one kind within a window. */
export interface FailureLimit {
  readonly counted: Counted;
  readonly most: number;
}

export interface FailureLimitDependencies {
  readonly counts: ThrottleCounts;
  readonly windowMs: number;
  readonly now: () => number;
}

export type FailureLimits = ReturnType<typeof failureLimits>;

/**
 * Applies several limits to something that may fail. A check writes nothing, only a failure does.
 */
export function failureLimits({ counts, windowMs, now }: FailureLimitDependencies) {
  return {
    /** Returns the milliseconds until the next attempt is allowed. 0: now. */
    async waitMs(limits: readonly FailureLimit[]): Promise<number> {
      const waits = limits.map(async ({ counted, most }) => {
        const count = await counts.of(counted, now());
        return count && count.times >= most ? count.until - now() : 0;
      });
      return Math.max(0, ...(await Promise.all(waits)));
    },
    async failed(limits: readonly FailureLimit[]): Promise<void> {
      await Promise.all(limits.map(({ counted }) => counts.raise({ counted, now: now(), windowMs })));
    },
    async forget(counted: Counted): Promise<void> {
      if (await counts.of(counted, now())) await counts.forget(counted);
    },
  };
}
