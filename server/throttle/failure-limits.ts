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
  async function waitMs(limits: readonly FailureLimit[]): Promise<number> {
    const waits = limits.map(async ({ counted, most }) => {
      const count = await counts.of(counted, now());
      return count && count.times >= most ? count.until - now() : 0;
    });
    return Math.max(0, ...(await Promise.all(waits)));
  }

  /** For each count, the newest attempt that waits or runs. */
  const last = new Map<string, Promise<unknown>>();

  /** Does `work` after every earlier attempt that shares one of these counts. */
  function inTurn<Result>(limits: readonly FailureLimit[], work: () => Promise<Result>): Promise<Result> {
    const names = limits.map(({ counted }) => JSON.stringify(counted));
    const result = Promise.all(names.map((name) => last.get(name) ?? Promise.resolve())).then(work);
    const done = result
      .catch(() => undefined)
      .then(() => {
        for (const name of names) if (last.get(name) === done) last.delete(name);
      });
    for (const name of names) last.set(name, done);
    return result;
  }

  return {
    /** Returns the milliseconds until the next attempt is allowed. 0: now. */
    waitMs,
    /**
     * Settles an attempt that was made: returns the milliseconds until its outcome may be told. 0: now,
     * and a failure is counted. Attempts that share a count are settled one after another, so that many
     * at once learn no more than the limits allow, even if a count takes long to be written.
     */
    async settle(limits: readonly FailureLimit[], { failed }: { failed: boolean }): Promise<number> {
      // An attempt that is already over a limit does not wait.
      const alreadyOver = await waitMs(limits);
      if (alreadyOver > 0) return alreadyOver;
      return inTurn(limits, async () => {
        const wait = await waitMs(limits);
        if (wait === 0 && failed)
          await Promise.all(limits.map(({ counted }) => counts.raise({ counted, now: now(), windowMs })));
        return wait;
      });
    },
    async forget(counted: Counted): Promise<void> {
      if (await counts.of(counted, now())) await counts.forget(counted);
    },
  };
}
