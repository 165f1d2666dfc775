/** What a program checks one after another, and how many passed. Its last line is for .ci/run. */
export function checks() {
  const counts = { passed: 0, failed: 0 };
  return {
    counts,
    /** Runs one check and prints its result. Returns whether it passed. */
    check: async (what: string, work: () => Promise<void> | void): Promise<boolean> => {
      const started = Date.now();
      try {
        await work();
        counts.passed++;
        console.log(`ok - ${what} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
        return true;
      } catch (error) {
        counts.failed++;
        // The message of a failed command already has its stderr.
        console.log(`NOT OK - ${what}\n${String(error)}\n${(error as { stdout?: string }).stdout ?? ''}`);
        return false;
      }
    },
  };
}

export function hold(condition: boolean, complaint: string): void {
  if (!condition) throw new Error(complaint);
}
