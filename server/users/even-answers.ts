import { setTimeout as delay } from 'node:timers/promises';
import { queueIsFull } from './bounded-queue';

/**
 * How long a sign-in takes at least while imported passwords wait for their first use, in
 * milliseconds.
 *
 * The slowest form that WordPress itself writes is bcrypt with cost 12 (PHP 8.4). A password with a
 * quote is compared in two spellings, which takes about 540 ms on a usual server core. PHP's default
 * for argon2id, which plugins use, takes about 900 ms. So there is room for a core that is half as
 * fast, or busy.
 */
export const SIGN_IN_MS_AT_LEAST = 2000;

/** How many attempts from one network may wait or run. */
const ATTEMPTS_MAX = 10;

export type EvenAnswers = ReturnType<typeof evenAnswers>;

/**
 * Returns a function that runs work and takes the same time for it, whatever the work costs.
 *
 * Work for one network (a client's address, or the first half of it) runs one after another. Many
 * attempts at once would otherwise wait for each other in the queue of `passwords.ts`, and longer if
 * their hashes are expensive.
 *
 * @throws UnavailableError if too much work for this network is waiting.
 */
export function evenAnswers(leastMs = SIGN_IN_MS_AT_LEAST) {
  const lines = new Map<string, { length: number; end: Promise<unknown> }>();

  async function evenly<T>(work: () => Promise<T>): Promise<T> {
    // The timer starts before the work, so that it ends at the same moment whatever the work costs.
    const [outcome] = await Promise.allSettled([work(), delay(leastMs)]);
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  }

  return async function inTurn<T>(network: string | undefined, work: () => Promise<T>): Promise<T> {
    if (network === undefined) return evenly(work);
    const line = lines.get(network) ?? { length: 0, end: Promise.resolve() };
    if (line.length >= ATTEMPTS_MAX) throw queueIsFull();
    lines.set(network, line);
    line.length++;
    const outcome = line.end.then(() => evenly(work));
    line.end = outcome.catch(() => undefined);
    try {
      return await outcome;
    } finally {
      if (--line.length === 0) lines.delete(network);
    }
  };
}
