import { setTimeout as wait } from 'node:timers/promises';
import { codeOf, type ErrorCodes } from './error-codes';

const ATTEMPTS = 12;
const PAUSE_MS = 4;

/**
 * Runs `work`, a whole transaction, until the database accepts it.
 *
 * If two transactions conflict, the database aborts one (PostgreSQL: serialization failure,
 * deadlock). After a broken reference, `work` runs once more: the row it refers to was removed
 * during the run, and now it can see that.
 */
export async function retry<T>(codes: ErrorCodes, work: () => Promise<T>): Promise<T> {
  let brokenReferences = 0;
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const code = codeOf(error);
      const isBroken = codes.foreignKeyViolation.test(code);
      if (isBroken) brokenReferences += 1;
      const mayPass = isBroken ? brokenReferences === 1 : codes.overtaken?.test(code);
      if (!mayPass || attempt === ATTEMPTS) throw error;
      // A random delay, so that the two transactions do not conflict again.
      await wait(Math.random() * PAUSE_MS * attempt);
    }
  }
}
