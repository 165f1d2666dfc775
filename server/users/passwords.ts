import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import argon2 from 'argon2';
import { UnavailableError } from '../errors/http-errors';

// RFC 9106 names argon2id; OWASP's minimum for it is 19 MiB, two passes, one lane.
const PARAMETERS = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

// Looks like any other hash and belongs to no password; written down, not computed, so that it costs nothing extra.
const inBase64 = (bytes: number) => randomBytes(bytes).toString('base64').replace(/=+$/, '');
const NOBODYS =
  `$argon2id$v=19$m=${PARAMETERS.memoryCost},p=${PARAMETERS.parallelism},t=${PARAMETERS.timeCost}` +
  `$${inBase64(16)}$${inBase64(32)}`;

/** Longer ones are refused before any work is done, so that a password cannot be a load. In UTF-16 units. */
export const PASSWORD_MAX = 1024;
export const PASSWORD_MIN = 8;

// Each computation takes a core and 19 MiB for some 20 ms. One core is left to the rest of the server; who comes when the
// queue is full is asked to come again rather than kept waiting.
const AT_ONCE = Math.max(1, Math.min(4, availableParallelism()) - 1);
const WAITING_MAX = 32;

export interface Passwords {
  hash(password: string): Promise<string>;
  /** Without a hash the same work is done, and the answer is `false`: an unknown user takes as long as a wrong password. */
  verify(passwordHash: string | undefined, password: string): Promise<boolean>;
}

/** @throws UnavailableError from both when too many are waiting. */
export function passwords(): Passwords {
  const turn = boundedQueue(AT_ONCE, WAITING_MAX);
  const hash = (password: string) => turn(() => argon2.hash(password, PARAMETERS));
  return {
    hash,
    async verify(passwordHash, password) {
      if (password.length > PASSWORD_MAX) return false;
      const compared = passwordHash ?? NOBODYS;
      const right = await turn(() => argon2.verify(compared, password));
      return right && passwordHash !== undefined;
    },
  };
}

function boundedQueue(atOnce: number, waitingMax: number) {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async function turn<T>(work: () => Promise<T>): Promise<T> {
    if (running >= atOnce) {
      if (waiting.length >= waitingMax)
        throw new UnavailableError('Too many people are signing in just now.', 2);
      await new Promise<void>((resume) => waiting.push(resume));
    } else running++;
    try {
      return await work();
    } finally {
      // The place is handed on, not given back, so that nobody slips in between.
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
