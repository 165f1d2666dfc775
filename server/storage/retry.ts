import { setTimeout as wait } from 'node:timers/promises';
import { codeOf, type ErrorCodes } from './error-codes';

const ATTEMPTS = 12;
const PAUSE_MS = 4;

/**
 * Runs `work`, a whole transaction, until the database lets it through. Of two transactions that stand in each other's way
 * the database ends one (PostgreSQL: serialization failure, deadlock). After a broken reference `work` runs once more: the
 * row that it refers to was removed while it ran, and now it sees that.
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
      // Random, so that the two transactions do not meet a second time.
      await wait(Math.random() * PAUSE_MS * attempt);
    }
  }
}
