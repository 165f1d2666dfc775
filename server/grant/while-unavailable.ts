import { setTimeout as wait } from 'node:timers/promises';
import { isUnavailable } from '../storage/errors';

const RETRY_MS = 250;

/**
 * Runs `work`, and retries while the database is unavailable and the key still verifies, because the
 * app already has the key. If all attempts fail, the key no longer verifies, so the failure page is
 * right.
 *
 * @param until when the key stops verifying. Milliseconds since 1970.
 */
export async function whileUnavailable<T>(
  work: () => Promise<T>,
  { until, now }: { readonly until: number; readonly now: () => number },
): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isUnavailable(error) || now() > until) throw error;
      await wait(RETRY_MS);
    }
  }
}
