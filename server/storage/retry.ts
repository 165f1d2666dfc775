import { setTimeout as wait } from 'node:timers/promises';
import { isForeignKeyViolation, isOvertaken } from './errors';

const ATTEMPTS = 12;
const PAUSE_MS = 4;

/**
 * Does `work`, a whole transaction, until the database lets it through: it ends one of two that stand in each other's way
 * (PostgreSQL: serialization failure, deadlock). And a second time when what a row refers to went while it was at work,
 * which it then sees.
 */
export async function retry<T>(work: () => Promise<T>): Promise<T> {
  let brokenReferences = 0;
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (isForeignKeyViolation(error)) brokenReferences += 1;
      const mayPass = isForeignKeyViolation(error) ? brokenReferences === 1 : isOvertaken(error);
      if (!mayPass || attempt === ATTEMPTS) throw error;
      // At random, so that the two do not meet again.
      await wait(Math.random() * PAUSE_MS * attempt);
    }
  }
}
