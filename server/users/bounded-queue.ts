import { UnavailableError } from '../errors/http-errors';

/** Returns the error of a sign-in for which there is no place. */
export const queueIsFull = () => new UnavailableError('Too many people are signing in. Try again.', 2);

/**
 * Returns a function that runs work, at most `atOnce` at the same time, and lets `waitingMax` wait.
 * @throws UnavailableError if more is waiting.
 */
export function boundedQueue(atOnce: number, waitingMax: number) {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async function turn<T>(work: () => Promise<T>): Promise<T> {
    if (running >= atOnce) {
      if (waiting.length >= waitingMax) throw queueIsFull();
      await new Promise<void>((resume) => waiting.push(resume));
    } else running++;
    try {
      return await work();
    } finally {
      // The slot passes directly to the next request, so that no new request can take it in
      // between.
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
